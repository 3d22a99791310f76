"""Times: seconds since the epoch inside, RFC 3339 in UTC with milliseconds outside."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], float]
"""Answers the time in seconds since the epoch; ``time.time`` but in tests."""


def utc(seconds: float) -> datetime:
    """The moment as an aware datetime, in whole milliseconds."""
    return datetime.fromtimestamp(round(seconds, 3), UTC)
