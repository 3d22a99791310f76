"""What a text hides: the passages that read otherwise once an encoding is undone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lukhas_common.guardian.constitution.sentences import parts
from lukhas_common.guardian.text.views import View, views

MOST = 8
"""Passages that are answered, the longest; all of a text's are in its judgement as a whole."""

LONGEST = 20_000
"""Code points; passages of a longer text are only judged with all of it."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """A passage of a text, and how it reads.

    Attributes:
        start: of what hides it in the text, in code points.
        end: after its last code point.
        text: how it reads.
        view: what was undone for that, such as ``base64``.
    """

    start: int
    end: int
    text: str
    view: str


def hidden(text: str) -> list[Hidden]:
    """The longest hidden passages, each once, by the plainest way to read them."""
    if len(text) > LONGEST:
        return []
    found: dict[str, Hidden] = {}
    for view in reversed(views(text)):
        for passage in _passages(text, view) if view.encodings else ():
            found.setdefault(passage.text, passage)
    return sorted(found.values(), key=lambda passage: -len(passage.text))[:MOST]


def _passages(text: str, view: View) -> Iterator[Hidden]:
    """Neighbouring sentences of a view that do not stand in the text as they are read."""
    start = end = -1
    for part in parts(view.text):
        if view.text[part.start : part.end] not in text:
            start, end = (part.start if start < 0 else start), part.end
        elif start >= 0:
            yield _passage(view, start, end)
            start = -1
    if start >= 0:
        yield _passage(view, start, end)


def _passage(view: View, start: int, end: int) -> Hidden:
    first, last = view.span(start, end)
    return Hidden(first, last, view.text[start:end], view.name)
