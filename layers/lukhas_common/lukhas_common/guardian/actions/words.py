"""A text as words: split where names are joined, folded, and in the form a dictionary has."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable, Iterator

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?|[,.;:!?&](?=\s|$)")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f]"
)
_JOINTS = str.maketrans("_-/’", "   '")


def words(text: str) -> list[str]:
    """The words of a text and the marks that end a clause, folded; ``sendEmail`` and ``send_email`` are two words."""
    plain = unicodedata.normalize("NFKC", _CAMEL.sub(" ", _INVISIBLE.sub("", text))).casefold()
    return _WORD.findall(plain.replace("e-mail", "email").translate(_JOINTS))


def phrases(found: list[str], starts: Container[str]) -> Iterator[str]:
    """Each word, and each run of two or three that begins with one of these."""
    yield from found
    for at, word in enumerate(found):
        if word in starts:
            yield " ".join(found[at : at + 2])
            yield " ".join(found[at : at + 3])


def starts_of(*tables: Iterable[str]) -> frozenset[str]:
    """The words with which phrases of several words begin."""
    return frozenset(phrase.split()[0] for table in tables for phrase in table if " " in phrase)
