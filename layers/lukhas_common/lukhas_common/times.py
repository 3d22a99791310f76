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
