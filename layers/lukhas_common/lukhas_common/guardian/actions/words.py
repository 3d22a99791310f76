"""A text as words: split where names are joined, folded, and in the form a dictionary has."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable, Iterator

from lukhas_common.guardian.text.lookalikes import fold
from lukhas_common.guardian.text.offsets import rewrite

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?|[,.;:!?&](?=\s|$)")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f]"
)
_JOINTS = str.maketrans("_-/’", "   '")


def visible(text: str) -> str:
    """The text without characters that are not seen."""
    return text if text.isascii() else _INVISIBLE.sub("", text)


def plain(text: str) -> str:
    """The text as it looks: letters that look like ASCII ones are those, and accents are left out."""
    if text.isascii():
        return text
    seen = visible(text)
    edits, _ = fold(seen)
    return unicodedata.normalize("NFKC", rewrite(seen, edits, None)[0] if edits else seen)


def words(text: str) -> list[str]:
    """The words of a text and the marks that end a clause, folded; ``sendEmail`` and ``send_email`` are two words."""
    folded = _CAMEL.sub(" ", plain(text)).casefold()
    return _WORD.findall(folded.replace("e-mail", "email").translate(_JOINTS))


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
