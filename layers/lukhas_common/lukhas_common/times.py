"""Times: seconds since the epoch, in whole milliseconds, inside; RFC 3339 in UTC outside."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], float]
"""Answers the time in seconds since the epoch, in whole milliseconds, as stores keep it."""


def now() -> float:
    """The Clock of everything that is deployed."""
    return round(time.time(), 3)


def utc(seconds: float) -> datetime:
    """The moment as an aware datetime, in whole milliseconds."""
    return datetime.fromtimestamp(round(seconds, 3), UTC)


def rfc3339(seconds: float) -> str:
    """The moment in RFC 3339, in UTC with milliseconds: ``2026-11-22T11:38:12.000Z``."""
    return utc(seconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_rfc3339(text: str) -> float:
    """Seconds since the epoch of a moment in RFC 3339.

    Raises:
        ValueError: it is none, or has no offset from UTC.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time needs its offset from UTC, such as Z")
    return round(moment.timestamp(), 3)
