"""How high scores get by chance: an exponential tail over those of rows that were held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from statistics import median

EXCEEDING, FEWEST = 0.02, 10
"""Share of the scores that the tail is fitted to, and how many at least."""


@dataclass(frozen=True, slots=True)
class Tail:
    """Scores beyond ``start`` as an exponential distribution.

    Attributes:
        share: of all scores, beyond ``start``.
        mean: of what they exceed it by; more than 0.
    """

    start: float
    share: float
    mean: float

    def at(self, probability: float) -> float:
        """The score that is exceeded with this probability; ``start`` where that is more than ``share``."""
        return self.start + self.mean * log(max(1.0, self.share / probability))


def tail(scores: Sequence[float]) -> Tail:
    """The tail of scores: peaks over a threshold, their mean by their median.

    The few that are attacks hardly move the median; the mean they would push up, and the threshold with it.

    Raises:
        ValueError: there are no more than ``FEWEST``.
    """
    ordered = sorted(scores)
    number = max(FEWEST, int(len(ordered) * EXCEEDING))
    if number >= len(ordered):
        raise ValueError(f"more than {FEWEST} scores are needed")
    start = ordered[-number - 1]
    excess = [score - start for score in ordered[-number:]]
    mean = median(excess) / log(2) or sum(excess) / number or 1e-6
    return Tail(start, number / len(ordered), mean)
