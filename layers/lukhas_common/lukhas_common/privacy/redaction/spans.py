"""Where in a text there is personal data, and of which kind."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Kinds of personal data; the name stands in a redacted text in place of the value."""

    EMAIL = "EMAIL"
    PHONE = "PHONE"
    CARD = "CARD"
    IBAN = "IBAN"
    NATIONAL_ID = "NATIONAL_ID"
    IP = "IP"
    URL = "URL"
    COORDINATES = "COORDINATES"
    BIRTH_DATE = "BIRTH_DATE"
    SECRET = "SECRET"
    PERSON = "PERSON"
    ADDRESS = "ADDRESS"
    PLACE = "PLACE"
    ORGANISATION = "ORGANISATION"
    DATE = "DATE"
    AGE = "AGE"
    TITLE = "TITLE"
    GROUP = "GROUP"


STRUCTURED = frozenset(
    {
        Kind.EMAIL,
        Kind.PHONE,
        Kind.CARD,
        Kind.IBAN,
        Kind.NATIONAL_ID,
        Kind.IP,
        Kind.URL,
        Kind.COORDINATES,
        Kind.BIRTH_DATE,
        Kind.SECRET,
    }
)
"""Found by rules with validators; the others by the tagger."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Characters ``start`` to ``end`` (not included) of a text."""

    start: int
    end: int
    kind: Kind


def apart(spans: Iterable[Span], text: str | None = None) -> list[Span]:
    """The spans in order; where some overlap, the first that was given has the characters and the others the rest.

    Args:
        text: where it is given, a rest goes without the signs at its ends; one of signs only is none, and so is half a
            mail address.
    """
    kept: list[Span] = []
    for span in spans:
        at = bisect_right(kept, span.start, key=lambda other: other.end)
        start, rest, cut = span.start, [], False
        while at < len(kept) and kept[at].start < span.end:
            rest.append(Span(start, kept[at].start, span.kind))
            start, at, cut = kept[at].end, at + 1, True
        rest.append(Span(start, span.end, span.kind))
        for piece in rest:
            whole = _trimmed(piece, text) if cut and text is not None else piece
            if whole.start < whole.end:
                insort(kept, whole)
    return kept


def _trimmed(span: Span, text: str) -> Span:
    start, end = span.start, span.end
    while start < end and not text[start].isalnum():
        start += 1
    while start < end and not text[end - 1].isalnum():
        end -= 1
    if span.kind is Kind.EMAIL and "@" not in text[start:end]:
        end = start
    return Span(start, end, span.kind)
