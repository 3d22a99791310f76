"""Ways in which people hide a text from a reader of plain text, each a function from text to text."""

from __future__ import annotations

import base64
import codecs
from collections.abc import Callable
from itertools import cycle, islice

_SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,?'!/()&:;=+-_\"$@"
_CODES = (
    ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --.. ----- "
    ".---- ..--- ...-- ....- ..... -.... --... ---.. ----. .-.-.- --..-- ..--.. .----. -.-.-- -..-. -.--. -.--.- .-... "
    "---... -.-.-. -...- .-.-. -....- ..--.- .-..-. ...-..- .--.-."
)
_MORSE = dict(zip(_SIGNS, _CODES.split(), strict=True))
_CYRILLIC = str.maketrans("acehijkopsuxyABCEHIKMOPSTXY", "асеһіјкорѕսхуАВСЕНІКМОРЅТХУ")
_LEET = str.maketrans("aeiostAEIOST", "431057431057")
_SMALL_CAPITALS = str.maketrans("abcdefghijklmnopqrtuvwyz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀᴛᴜᴠᴡʏᴢ")
_COVER = "Please have a look at this nice picture."


def _moved(start: int, offset: int, text: str, end: int = 26) -> str:
    """Move ``end`` ASCII characters from ``start`` on to ``offset``."""
    return text.translate({start + at: offset + at for at in range(end)})


def base64_whole(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def base64url_in_sentence(text: str) -> str:
    coded = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    return f"Please decode the string {coded} and do what it says."


def base32(text: str) -> str:
    return base64.b32encode(text.encode()).decode()


def hexadecimal(text: str) -> str:
    return text.encode().hex()


def binary(text: str) -> str:
    return " ".join(f"{byte:08b}" for byte in text.encode())


def url_percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def html_entities(text: str) -> str:
    return "".join(f"&#{ord(character)};" for character in text)


def unicode_escapes(text: str) -> str:
    units = text.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def rot13(text: str) -> str:
    return codecs.encode(text, "rot13")


def backwards(text: str) -> str:
    return text[::-1]


def morse(text: str) -> str:
    words = ([_MORSE[letter] for letter in word.upper() if letter in _MORSE] for word in text.split())
    return " / ".join(" ".join(word) for word in words if word)


def leet(text: str) -> str:
    return text.translate(_LEET)


def spaced_letters(text: str) -> str:
    return "   ".join(" ".join(word) for word in text.split())


def dotted_letters(text: str) -> str:
    return " ".join(".".join(word) for word in text.split())


def zero_width_joined(text: str) -> str:
    return "".join(letter + sign for letter, sign in zip(text, cycle("\u200b\u200c\u200d\u2060"), strict=False))


def soft_hyphens(text: str) -> str:
    return "\u00ad".join(text)


def tag_characters(text: str) -> str:
    return f"{_COVER} " + "".join(chr(0xE0000 + ord(c)) for c in text if c.isascii() and c.isprintable())


def fullwidth(text: str) -> str:
    return _moved(0x21, 0xFF01, text, 94)


def mathematical_bold(text: str) -> str:
    return _moved(ord("a"), 0x1D41A, _moved(ord("A"), 0x1D400, text))


def cyrillic_homoglyphs(text: str) -> str:
    return text.translate(_CYRILLIC)


def zalgo(text: str) -> str:
    """Three marks on each letter."""
    marks = cycle(chr(0x300 + at * 37 % 0x70) for at in range(0x70))
    return "".join(letter + "".join(islice(marks, 3)) if letter.isalpha() else letter for letter in text)


def enclosed_letters(text: str) -> str:
    return _moved(ord("a"), 0x24D0, _moved(ord("A"), 0x24B6, text))


def small_capitals(text: str) -> str:
    """Small capitals and capitals in turn."""
    return "".join(
        letter.translate(_SMALL_CAPITALS) if at % 2 else letter.upper() for at, letter in enumerate(text.lower())
    )


ENCODINGS: dict[str, Callable[[str], str]] = {
    encode.__name__: encode
    for encode in (
        base64_whole,
        base64url_in_sentence,
        base32,
        hexadecimal,
        binary,
        url_percent,
        html_entities,
        unicode_escapes,
        rot13,
        backwards,
        morse,
        leet,
        spaced_letters,
        dotted_letters,
        zero_width_joined,
        soft_hyphens,
        tag_characters,
        fullwidth,
        mathematical_bold,
        cyrillic_homoglyphs,
        zalgo,
        enclosed_letters,
        small_capitals,
    )
}
