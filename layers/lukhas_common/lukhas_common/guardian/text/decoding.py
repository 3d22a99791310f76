"""Parts of a text in base64, base32, hexadecimal, binary, decimal, octal or Morse code."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable

from lukhas_common.guardian.text.english import WORD, english
from lukhas_common.guardian.text.offsets import Edit

_SIGNS = "abcdefghijklmnopqrstuvwxyz0123456789.,?'!/()&:;=+-_\"$@"
_MORSE_CODES = (
    ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --.. ----- "
    ".---- ..--- ...-- ....- ..... -.... --... ---.. ----. .-.-.- --..-- ..--.. .----. -.-.-- -..-. -.--. -.--.- .-... "
    "---... -.-.-. -...- .-.-. -....- ..--.- .-..-. ...-..- .--.-."
)
_MORSE = dict(zip(_MORSE_CODES.split(), _SIGNS, strict=True))
# Each pattern ends in a greedy repetition that nothing follows, so none is tried again from within a match.
_BASE = r"(?P<base>[A-Za-z0-9+/_-]{10,}(?:\r?\n[A-Za-z0-9+/_-]{10,})*={0,6})"
_ONLY_BASE = re.compile(_BASE)
_CODES = re.compile(
    _BASE + r"|(?P<binary>[01]{7,8}(?:[\s,]{1,2}[01]{7,8}){3,})"
    r"|(?P<decimal>[0-9]{2,3}(?:[\s,;]{1,2}[0-9]{2,3}){4,})"
    r"|(?P<hex>(?:0x)?[0-9A-Fa-f]{2}(?:[\s,:;]{1,2}(?:0x)?[0-9A-Fa-f]{2}){5,})"
    r"|(?P<morse>[.·•−–_-]{1,6}(?:[ /|\n]{1,3}[.·•−–_-]{1,6}){3,})"
)
# Is in all of the others, and begins with what separates them: prose is ruled out at few places.
_SEPARATED = re.compile(
    r"[\s,:;/|](?:[01]{7}|(?:0x)?[0-9A-Fa-f]{2,3}[\s,:;]{1,2}(?:0x)?[0-9A-Fa-f]{2,3}[\s,:;]"
    r"|[.·•−–_-]{1,6}[ /|\n]{1,3}[.·•−–_-])"
)
_BETWEEN = re.compile(r"[\s,:;_-]+")
_HEX = re.compile("[0-9A-Fa-f]+")
_MIN_BYTES = 6
_CERTAIN = 24
"""So many bytes are not all printable by chance."""
_TEXT = re.compile(r"[\w\s.,;:!?'\"()/-]")


def _plain(found: str) -> bool:
    """Whether a long word is one of prose: most are, and need not be tried."""
    return found[1:].islower() and found.isalpha() and len(found) < 16


def decode(text: str) -> tuple[list[Edit], set[str]]:
    """Read coded parts as what they say, where it is text."""
    codes = _CODES if _SEPARATED.search(text) else _ONLY_BASE
    edits: list[Edit] = []
    names: set[str] = set()
    for match in codes.finditer(text):
        if _plain(match[0]):
            continue
        for name, reader in _READERS[match.lastgroup or ""]:
            if new := reader(match[0]):
                edits.append(Edit(match.start(), match.end(), new))
                names.add(name)
                break
    return edits, names


def _text(found: bytes, least: int = _MIN_BYTES) -> str | None:
    """Return bytes as text, if they are text for people to read."""
    try:
        text = found.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if len(text) < least or not all(map(_seen, text)):
        return None
    if len(text) >= _CERTAIN and text.isascii():
        return text  # perhaps in another code
    readable = len(_TEXT.findall(text))
    letters = sum(map(str.isalpha, text))
    return text if readable >= 0.85 * len(text) and letters >= 0.5 * len(text) else None


def _seen(character: str) -> bool:
    return character.isprintable() or character in "\t\r\n"


def _english(text: str | None) -> str | None:
    """Return the text if most of its letters are in English words: short codes of numbers prove nothing else."""
    words = WORD.findall(text or "")
    known = sum(len(word) for word in words if len(word) > 1 and english().knows(word))
    return text if text and known * 2 > sum(map(len, words)) else None


def _hex(found: str) -> str | None:
    digits = _BETWEEN.sub("", found.replace("0x", ""))
    return _text(bytes.fromhex(digits[: len(digits) // 2 * 2])) if _HEX.fullmatch(digits) else None


def _binary(found: str) -> str | None:
    groups = _BETWEEN.split(found)
    if any(group.strip("01") for group in groups):
        return None
    if len(groups) == 1:
        groups = [found[at : at + 8] for at in range(0, len(found) - 7, 8)]
    return _text(bytes(int(group, 2) & 255 for group in groups if group), 4)


def _numbers(radix: int) -> Callable[[str], str | None]:
    def read(found: str) -> str | None:
        try:
            return _english(_text(bytes(int(group, radix) for group in re.findall("[0-9]+", found)), 5))
        except ValueError:
            return None

    return read


def _morse(found: str) -> str | None:
    plain = re.sub("[·•]", ".", re.sub("[−–_]", "-", found))
    words = re.split(r"\s*[/|]\s*|\s{2,}|\n", plain)
    letters = [[_MORSE.get(code) for code in word.split()] for word in words]
    if any(letter is None for word in letters for letter in word):
        return None
    return _english(" ".join("".join(filter(None, word)) for word in letters))


def _base64(found: str) -> str | None:
    body = "".join(found.split()).rstrip("=").translate(_URL_SAFE)
    if body[1:].islower() or body.isdigit() or (body.isupper() and len(body) < 16) or len(body) % 4 == 1:
        return None
    try:
        return _text(base64.b64decode(body + "=" * (-len(body) % 4), validate=True))
    except binascii.Error:
        return None


def _base32(found: str) -> str | None:
    body = "".join(found.split()).rstrip("=")
    if not _BASE32.fullmatch(body):
        return None
    try:
        read = _text(base64.b32decode(body.upper() + "=" * (-len(body) % 8)))
        # Words in letters of one case are base32, too, if there is no digit.
        return _english(read) if body.isalpha() else read
    except binascii.Error:
        return None


_URL_SAFE = str.maketrans("-_", "+/")
_BASE32 = re.compile("[A-Z2-7]{10,}|[a-z2-7]{16,}")
_READERS: dict[str, tuple[tuple[str, Callable[[str], str | None]], ...]] = {
    "base": (("binary", _binary), ("hex", _hex), ("base32", _base32), ("base64", _base64)),
    "binary": (("binary", _binary),),
    "decimal": (("decimal", _numbers(10)), ("octal", _numbers(8)), ("hex", _hex)),
    "hex": (("hex", _hex),),
    "morse": (("morse", _morse),),
}
