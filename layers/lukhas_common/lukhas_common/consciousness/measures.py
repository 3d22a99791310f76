"""How long work takes: summaries that many writers add to at once, and that add up.

A summary is a mapping of names to whole numbers. What a measurement changes are sums, so a store that adds atomically
(DynamoDB's ADD) needs no read, and summaries of hours or of functions become one by adding them. Times are counted in
buckets whose bounds grow by a factor, so that each is known to 5 % (DDSketch, Masson, Rim and Lee 2019, with fixed
buckets).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from math import ceil

ACCURACY = 0.05
"""By how much a time that is read may differ from the measured one, as a part of that."""

SHORTEST, LONGEST = 0.01, 900_000.0
"""Milliseconds that are told from shorter and from longer ones: up to the 15 minutes of a Lambda function."""

ABSURD = 1e12
"""Milliseconds that nothing takes: 31 years."""

SUM = "sum_us"
"""The name of the sum of all times, in microseconds."""

BUCKET = "b"
"""What the names of buckets begin with; their number follows, 0 for times of ``SHORTEST`` or less."""

_GROWTH = (1 + ACCURACY) / (1 - ACCURACY)


def _bounds() -> tuple[float, ...]:
    bounds = [SHORTEST]
    while bounds[-1] < LONGEST:
        bounds.append(SHORTEST * _GROWTH ** len(bounds))
    return tuple(bounds)


BOUNDS = _bounds()
"""The longest time of each bucket, in milliseconds; longer ones than the last are in the last."""


@dataclass(frozen=True, slots=True)
class Times:
    """What a summary says. Times are milliseconds.

    Attributes:
        count: of measurements.
        total: of all times, to the microsecond each.
        buckets: how many measurements are in each bucket.
    """

    count: int
    total: float
    buckets: tuple[int, ...]

    @property
    def mean(self) -> float | None:
        """None where nothing was measured."""
        return self.total / self.count if self.count else None

    @property
    def longest(self) -> float | None:
        """The longest time, within ``ACCURACY``."""
        return self.quantile(1.0)

    def quantile(self, share: float) -> float | None:
        """The time that this share of measurements does not exceed, within ``ACCURACY``; its rank is ceil(share·count).

        None where nothing was measured.

        Raises:
            ValueError: the share is not from 0 to 1.
        """
        if not 0 <= share <= 1:
            raise ValueError("a share is from 0 to 1")
        if not self.count:
            return None
        rank = max(1, ceil(round(share * self.count, 9)))
        place = next(place for place, seen in enumerate(accumulate(self.buckets)) if seen >= rank)
        # Off by ACCURACY from the longest time of the bucket, and from the shortest.
        return BOUNDS[place] * (1 - ACCURACY) if place else SHORTEST


def measurement(milliseconds: float) -> dict[str, int]:
    """What one time adds to a summary.

    Raises:
        ValueError: it is no time.
    """
    if not 0 <= milliseconds <= ABSURD:
        raise ValueError(f"a time is a number of milliseconds from 0 to {ABSURD:g}")
    place = min(bisect_left(BOUNDS, milliseconds), len(BOUNDS) - 1)
    return {f"{BUCKET}{place}": 1, SUM: round(milliseconds * 1000)}


def merged(*summaries: Mapping[str, int]) -> dict[str, int]:
    """The summary of all that was measured."""
    total: Counter[str] = Counter()
    for summary in summaries:
        total.update(summary)
    return dict(total)


def times(summary: Mapping[str, int]) -> Times:
    """What a summary says; names that it does not know may be in it, such as a key.

    Raises:
        ValueError: a count is none.
    """
    counts = [summary.get(f"{BUCKET}{place}", 0) for place in range(len(BOUNDS))]
    microseconds = summary.get(SUM, 0)
    if not all(type(each) is int and each >= 0 for each in [microseconds, *counts]):
        raise ValueError("counts are whole numbers, and not negative")
    return Times(sum(counts), microseconds / 1000, tuple(counts))
