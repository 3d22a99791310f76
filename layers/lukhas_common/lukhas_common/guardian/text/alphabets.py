"""Which writing a character belongs to, and the language that a writing tells."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter

# First code point, last one, ISO 639-1 of the language that is most written so.
_RANGES = (
    (0x0041, 0x024F, "latin"),
    (0x0250, 0x02AF, "latin"),
    (0x0370, 0x03FF, "el"),
    (0x0400, 0x052F, "ru"),
    (0x0531, 0x058F, "hy"),
    (0x0590, 0x05FF, "he"),
    (0x0600, 0x06FF, "ar"),
    (0x0700, 0x074F, "und"),
    (0x0750, 0x077F, "ar"),
    (0x0780, 0x07BF, "dv"),
    (0x07C0, 0x08FF, "und"),
    (0x0900, 0x097F, "hi"),
    (0x0980, 0x09FF, "bn"),
    (0x0A00, 0x0A7F, "pa"),
    (0x0A80, 0x0AFF, "gu"),
    (0x0B00, 0x0B7F, "or"),
    (0x0B80, 0x0BFF, "ta"),
    (0x0C00, 0x0C7F, "te"),
    (0x0C80, 0x0CFF, "kn"),
    (0x0D00, 0x0D7F, "ml"),
    (0x0D80, 0x0DFF, "si"),
    (0x0E00, 0x0E7F, "th"),
    (0x0E80, 0x0EFF, "lo"),
    (0x0F00, 0x0FFF, "bo"),
    (0x1000, 0x109F, "my"),
    (0x10A0, 0x10FF, "ka"),
    (0x1100, 0x11FF, "ko"),
    (0x1200, 0x139F, "am"),
    (0x13A0, 0x13FF, "und"),
    (0x1400, 0x167F, "iu"),
    (0x1680, 0x177F, "und"),
    (0x1780, 0x17FF, "km"),
    (0x1800, 0x18AF, "mn"),
    (0x18B0, 0x1C7F, "und"),
    (0x1C80, 0x1C8F, "ru"),
    (0x1C90, 0x1CBF, "ka"),
    (0x1CC0, 0x1DFF, "und"),
    (0x1E00, 0x1EFF, "latin"),
    (0x1F00, 0x1FFF, "el"),
    (0x2C00, 0x2DFF, "und"),
    (0x3005, 0x3007, "zh"),
    (0x3040, 0x30FF, "ja"),
    (0x3105, 0x312F, "zh"),
    (0x3131, 0x318E, "ko"),
    (0x31F0, 0x31FF, "ja"),
    (0x3400, 0x9FFF, "zh"),
    (0xA000, 0xA4CF, "ii"),
    (0xA4D0, 0xA71F, "und"),
    (0xA720, 0xA7FF, "latin"),
    (0xA800, 0xABFF, "und"),
    (0xAC00, 0xD7FF, "ko"),
    (0xF900, 0xFAFF, "zh"),
    (0xFB1D, 0xFB4F, "he"),
    (0xFB50, 0xFEFC, "ar"),
    (0xFF21, 0xFF5A, "latin"),
    (0xFF66, 0xFF9F, "ja"),
    (0x10000, 0x1D3FF, "und"),
    (0x1E000, 0x1EFFF, "und"),
    (0x20000, 0x3FFFF, "zh"),
)
_STARTS = [first for first, _, _ in _RANGES]
_NOT_ASCII = re.compile("[^\x00-\x7f]")
# Letters that tell a language from the one that is most written with its alphabet.
_TELLING = {
    "ar": (("ur", "ٹڈڑںےھ"), ("fa", "پچژگیک")),
    "ru": (("uk", "іїєґ"), ("be", "ўі"), ("sr", "ђјљњћџ"), ("mk", "ѓѕќ"), ("kk", "әғқңөұүһ"), ("mn", "өү")),
    "hi": (("mr", "ळ"),),
    "bn": (("as", "ৰৱ"),),
}
_TELLING_SHARE = 0.015


def alphabets(text: str) -> Counter[str]:
    """Return how many letters, with their marks, each alphabet has in a text but for ASCII ones."""
    found: Counter[str] = Counter()
    if text.isascii():
        return found
    for character, times in Counter(_NOT_ASCII.findall(text)).items():
        code = ord(character)
        at = bisect_right(_STARTS, code) - 1
        if code <= _RANGES[at][1] and (character.isalpha() or (not character.isascii() and _is_mark(code))):
            found[_RANGES[at][2]] += times
    return found


def _is_mark(code: int) -> bool:
    return 0x0900 <= code <= 0x109F or 0x1780 <= code <= 0x17D3


def language(text: str, found: Counter[str]) -> str:
    """Return the language that the alphabet with most letters tells, given how many letters of each there are."""
    if found["ja"] and found["ja"] * 12 > found["zh"]:
        return "ja"
    first = max(found, key=lambda name: (found[name], name), default="und")
    for name, telling in _TELLING.get(first, ()):
        if sum(map(text.count, telling)) > _TELLING_SHARE * found[first]:
            return name
    return first
