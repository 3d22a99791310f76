"""Dates in digits and ages: what has a form that no tagger needs to learn."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lukhas_common.privacy.redaction.spans import Kind, Span
from lukhas_common.privacy.redaction.view import view

_DAY = r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}([/.-])\d{1,2}\1(?:\d{4}|\d{2})"
_DATE = re.compile(rf"(?<![\w./-])(?:{_DAY})(?:[ T]\d{{1,2}}:\d{{2}}(?::\d{{2}}(?:\.\d+)?)?Z?)?(?![\w/-]|[.,]\d)")
_AGE = re.compile(
    r"(?:(?<=\baged )|(?<=\bage )|(?<=\bage: ))\d{1,3}\b|"
    r"(?<![\w.,-])\d{1,3}(?=[ -](?:years?[ -]old|y/o|yo|yrs? old)\b)",
    re.I,
)


def dated(text: str) -> Iterator[Span]:
    """Dates in digits, with the time of day if it follows, and ages."""
    seen = view(text)
    for match in _DATE.finditer(seen):
        yield Span(match.start(), match.end(), Kind.DATE)
    for match in _AGE.finditer(seen):
        yield Span(match.start(), match.end(), Kind.AGE)
