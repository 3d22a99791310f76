"""Dates in a question, as stretches of time: each is matched against when memories were made.

A day is asked for as a day, its month and its year at once: memories of the day itself score most, those of the
same month next. All in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_YEAR_OF_MONTHS = "january february march april may june july august september october november december"
MONTHS = _YEAR_OF_MONTHS.split()
_NAMES = {name[:length]: at for at, name in enumerate(MONTHS, 1) for length in (3, len(name))} | {"sept": 9}
_MONTH = "(?P<month>" + "|".join(sorted(_NAMES, key=len, reverse=True)) + r")\b\.?"
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?\b"
_YEAR = r"(?P<year>(?:19|20)\d\d)\b"
_WRITTEN = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?P<year>(?:19|20)\d\d)-(?P<month>[01]\d)-(?P<day>[0-3]\d)\b",
        rf"\b{_DAY}\s+(?:of\s+)?{_MONTH}(?:,?\s+(?:of\s+)?{_YEAR})?",
        rf"\b{_MONTH}\s+{_DAY}(?:,?\s+{_YEAR})?",
        rf"\b{_MONTH},?\s+(?:of\s+)?{_YEAR}",
        r"\b(?P<year>(?:19|20)\d\d)-(?P<month>[01]\d)\b",
        rf"\b(?:in|during|since|last|this|early|late|until|of)\s+{_MONTH}",
        rf"\b{_YEAR}",
    )
)
_RELATIVE = re.compile(r"\b(today|yesterday|(?:last|this|past) (?:week|month|year))\b", re.IGNORECASE)
_MOST_DATES = 8
_MOST_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some time, from ``start`` until before ``end``, in milliseconds since the epoch.

    Attributes:
        name: as in RFC 3339, as much of it as was said: ``2023``, ``2023-05``, ``2023-05-07``; a month of any year
            ``--05``, a day of any year ``--05-07``, with one (start, end) for each year.
    """

    name: str
    spans: tuple[tuple[int, int], ...]


def stretches(query: str, now: float | None, years: range) -> tuple[Stretch, ...]:
    """The dates that a question names, each once, the first eight.

    Args:
        now: what "yesterday" is told from, in seconds since the epoch; without it, such words say nothing.
        years: of the memories; a month without a year means that month of each of these.
    """
    found: dict[str, Stretch] = {}
    query = query[:_MOST_CHARACTERS]
    for year, month, day in _said(query):
        parts = [(year, month, day), (year, month, 0), (year, 0, 0)]
        for part in dict.fromkeys(parts):
            stretch = _stretch(*part, years)
            if stretch is not None and len(found) < 3 * _MOST_DATES:
                found.setdefault(stretch.name, stretch)
    if now is not None:
        today = datetime.fromtimestamp(now, UTC).date()
        for match in _RELATIVE.finditer(query):
            stretch = _told_from(today, match.group(1).lower())
            found.setdefault(stretch.name, stretch)
    return tuple(found.values())


def named(text: str) -> tuple[str, ...]:
    """The dates that a text names, as ``Stretch.name`` writes them, each once, the first eight."""
    found = [_name(*said) for said in _said(text[:_MOST_CHARACTERS]) if any(said[:2])]
    return tuple(dict.fromkeys(found))[:_MOST_DATES]


def _said(query: str) -> Iterator[tuple[int, int, int]]:
    """Year, month, day of each date; 0 where it was not said."""
    for pattern in _WRITTEN:
        for match in pattern.finditer(query):
            parts = match.groupdict()
            month = parts.get("month") or "0"
            number = int(month) if month.isdigit() else _NAMES[month.lower()]
            yield int(parts.get("year") or 0), number, int(parts.get("day") or 0)
        # A date that was read is not read again as its year.
        query = pattern.sub(" ", query)


def _told_from(today: date, words: str) -> Stretch:
    """A day, the seven days until today or those before, a month or a year of the calendar."""
    if words in {"today", "yesterday"}:
        start = today - timedelta(days=words == "yesterday")
        end = start + timedelta(days=1)
    else:
        which, unit = words.split()
        if unit == "week":
            end = today + timedelta(days=1 - 7 * (which == "last"))
            start = end - timedelta(days=7)
        else:
            start = today.replace(day=1, month=today.month if unit == "month" else 1)
            end = today + timedelta(days=1)
            if which != "this":
                end = start
                before = start - timedelta(days=1)
                start = before.replace(day=1, month=before.month if unit == "month" else 1)
    return Stretch(" ".join(words.split()), ((_milliseconds(start), _milliseconds(end)),))


def _stretch(year: int, month: int, day: int, years: range) -> Stretch | None:
    """Nothing for a date that no calendar has, and for one that names neither a year nor a month."""
    if not year and not month:
        return None
    spans = [span for one in ([year] if year else years) if (span := _span(one, month, day))]
    return Stretch(_name(year, month, day), tuple(spans)) if spans else None


def _name(year: int, month: int, day: int) -> str:
    name = f"{year:04d}" if year else "-"
    name += f"-{month:02d}" if month else ""
    return name + (f"-{day:02d}" if day else "")


def _span(year: int, month: int, day: int) -> tuple[int, int] | None:
    try:
        start = date(year, month or 1, day or 1)
        following = date(year, month + 1, 1) if 0 < month < 12 else date(year + 1, 1, 1)
        end = start + timedelta(days=1) if day else following
    except (ValueError, OverflowError):
        return None
    return _milliseconds(start), _milliseconds(end)


def _milliseconds(day: date) -> int:
    return (day - date(1970, 1, 1)).days * 86_400_000
