"""How high scores get by chance: a generalised Pareto tail over those of rows that were held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import expm1, log

EXCEEDING, FEWEST = 0.02, 10
"""Share of the scores that the tail is fitted to, and how many at least."""

LIGHTEST = -0.3
"""Shape of a tail at least; at most it is 0, exponential. Scores end at 1, so no heavier one is possible."""


@dataclass(frozen=True, slots=True)
class Tail:
    """Scores beyond ``start``.

    Attributes:
        share: of all scores, beyond ``start``.
        scale: of what they exceed it by; more than 0.
        shape: from ``LIGHTEST`` to 0.
    """

    start: float
    share: float
    scale: float
    shape: float

    def at(self, probability: float) -> float:
        """The score that is exceeded with this probability; ``start`` where that is more than ``share``."""
        return self.start + self.scale * _stretched(log(max(1.0, self.share / probability)), self.shape)


def tail(scores: Sequence[float]) -> Tail:
    """The tail of scores: peaks over a threshold (Pickands 1975), fitted by the 50 % and 90 % quantiles of the peaks.

    The few that are attacks hardly move these quantiles; moments they would push up, and the threshold with them.

    Raises:
        ValueError: there are no more than ``FEWEST``.
    """
    ordered = sorted(scores)
    number = max(FEWEST, int(len(ordered) * EXCEEDING))
    if number >= len(ordered):
        raise ValueError(f"more than {FEWEST} scores are needed")
    start = ordered[-number - 1]
    half, most = (ordered[-number + int(number * share)] - start for share in (0.5, 0.9))
    if half <= 0:
        return Tail(start, number / len(ordered), max(most, 1e-6), 0.0)
    low, high = LIGHTEST, 0.0
    while high - low > 1e-6:
        shape = (low + high) / 2
        heavier = _stretched(log(10), shape) / _stretched(log(2), shape) < most / half
        low, high = (shape, high) if heavier else (low, shape)
    return Tail(start, number / len(ordered), half / _stretched(log(2), high), high)


def _stretched(logarithm: float, shape: float) -> float:
    return expm1(shape * logarithm) / shape if shape else logarithm
