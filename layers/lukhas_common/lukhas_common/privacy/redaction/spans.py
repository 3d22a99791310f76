"""Where in a text there is personal data, and of which kind."""

from __future__ import annotations

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


def apart(spans: Iterable[Span]) -> list[Span]:
    """The spans in order, of those that overlap only the one that was given first."""
    kept: list[Span] = []
    for span in spans:
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return sorted(kept)
