"""How far a value is from what is usual, by measures that a few outliers do not move."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from math import exp, log
from statistics import median

NORMAL = 1.4826
"""Standard deviations of normal values in one median absolute deviation."""

STEP = 8
"""Steps of rarity in a factor of e."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual of one feature.

    Attributes:
        middle: the median.
        below: what counts as one deviation below it, and ``above`` above it; more than 0.
        lows: values in falling order, ``highs`` in rising order: beyond the n-th are at most exp(-n / STEP) of all.
    """

    middle: float
    below: float
    above: float
    lows: tuple[float, ...]
    highs: tuple[float, ...]

    def z(self, value: float) -> float:
        """Deviations from the median: how far, and to which side."""
        return (value - self.middle) / (self.below if value < self.middle else self.above)

    def rarity(self, value: float) -> float:
        """-ln of the share of values that are as far out on the same side as this one, in steps of 1 / STEP."""
        return max(bisect_left(self.highs, value), bisect_left(self.lows, -value, key=float.__neg__)) / STEP


def usual(values: Sequence[float]) -> Usual:
    """What is usual, by a sample of one value or more.

    The median absolute deviation is taken on each side, as counts are skewed. Where it is 0, as more than half of the
    values are equal, it is that of the values that do differ: so it tells how large a rare thing is, not how rare it
    is, which is what ``rarity`` tells. A side without any takes the other's, and a constant 1.
    """
    ordered = sorted(values)
    middle = median(ordered)
    below = _deviation([middle - value for value in takewhile(lambda value: value <= middle, ordered)])
    above = _deviation([value - middle for value in ordered if value >= middle])
    number = len(ordered)
    beyond = [int(number * exp(-step / STEP)) for step in range(1, int(log(number) * STEP) + 1)]
    return Usual(
        middle,
        below or above or 1.0,
        above or below or 1.0,
        tuple(ordered[count] for count in beyond),
        tuple(ordered[number - count - 1] for count in beyond),
    )


def _deviation(distances: Sequence[float]) -> float:
    """0 where none differs."""
    differing = [distance for distance in distances if distance > 0]
    return NORMAL * (median(distances) or median(differing)) if differing else 0.0
