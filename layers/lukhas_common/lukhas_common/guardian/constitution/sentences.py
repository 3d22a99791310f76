"""Cutting a text into its sentences and lines, and where a response gets to the point.

Every pattern is a plain run of characters, so each takes time linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MAX_PARTS = 128
"""Parts that a text is looked at in; a longer one is cut into larger parts."""

_END = re.compile(r"[.!?。!?][\"'”’)\]]?(?=\s)|\n")
_SPACE = re.compile(r"\s*")
_ITEM = re.compile(
    r"[ \t]{0,8}(?:[-*•–][ \t]|\(?\d{1,3}[.):][ \t]|step[ \t]\d{1,3}\b|\*\*step[ \t]\d|#{1,4}[ \t]step\b)", re.I
)
_NUMBER = re.compile(r"[ \t]{0,8}\(?\d{1,3}[.)]$")
_HERE = r"here(?:['’]s| is| are)"
# With what follows up to a colon: "Sure, here is what you asked for: …".
_OPENER = re.compile(
    rf"\s{{0,20}}+(?:(?:sure(?: thing)?|certainly|of course|absolutely|gladly|happy to help)[\s,.!:–—-]{{1,4}}+"
    rf"(?:(?:i can help(?: you)?(?: with that)?|i['’]d be happy to help)[\s,.!:–—-]{{1,4}}+)?"
    rf"(?:{_HERE}[\s,:–—-]{{1,4}}+)?|{_HERE}\s{{1,3}}+(?=(?:how|a|an|the|some|your|what|my)\b))"
    rf"(?:(?:how|what|a|an|the|some|your|my)\b[^.:!?\n]{{0,40}}:\s{{1,4}}+)?",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Part:
    """A sentence or line, without the space after it."""

    start: int
    end: int


def parts(text: str, most: int = MAX_PARTS) -> list[Part]:
    """The sentences and lines of a text in its order; everything but white space is in one of them."""
    found: list[Part] = []
    start = _skip(text, 0)
    for end in _END.finditer(text):
        stop = end.start() if end[0] == "\n" else end.end()
        # "1. Mix" is one line of a list, not two sentences.
        if stop <= start or (end[0] != "\n" and stop - start < 16 and _NUMBER.match(text[start:stop])):
            continue
        found.append(Part(start, start + len(text[start:stop].rstrip())))
        start = _skip(text, stop)
    if start < len(text):
        found.append(Part(start, start + len(text[start:].rstrip())))
    if len(found) <= most:
        return found
    size = -(-len(found) // most)
    return [Part(found[at].start, found[min(at + size, len(found)) - 1].end) for at in range(0, len(found), size)]


def paragraphs(text: str, pieces: Sequence[Part]) -> list[range]:
    """Which parts belong together: an empty line sets paragraphs apart."""
    found: list[range] = []
    first = 0
    for at in range(1, len(pieces) + 1):
        if at == len(pieces) or text.count("\n", pieces[at - 1].end, pieces[at].start) > 1:
            found.append(range(first, at))
            first = at
    return found


def is_item(text: str, part: Part) -> bool:
    """Whether the part is an item of a list or a step."""
    return _ITEM.match(text, part.start) is not None


def opener(text: str) -> int:
    """Where a response that starts by complying ("Sure, here is how to …") gets to the point; 0 if it does not."""
    found = _OPENER.match(text)
    return found.end() if found and found.end() < len(text) else 0


def _skip(text: str, start: int) -> int:
    found = _SPACE.match(text, start)
    return found.end() if found else start
