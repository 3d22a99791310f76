"""The statistics that are reported; percentiles by nearest rank, so each is a value that was really measured."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least ``percent`` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def median(values: Sequence[float]) -> float:
    """The 50th percentile."""
    return percentile(values, 50)


def wilson(met: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % confidence interval of a share (Wilson 1927)."""
    share, squared = met / of, z * z
    middle = (share + squared / (2 * of)) / (1 + squared / of)
    half = z / (1 + squared / of) * math.sqrt(share * (1 - share) / of + squared / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def f1(pairs: Sequence[tuple[bool, bool]]) -> float:
    """Of pairs of what is so and what was said."""
    right = sum(label and said for label, said in pairs)
    wrong = sum(label is not said for label, said in pairs)
    return 2 * right / (2 * right + wrong) if right else 0.0


def f1_interval(pairs: Sequence[tuple[bool, bool]], samples: int = 1000) -> tuple[float, float]:
    """The 95 % confidence interval of F1, by the bootstrap, the same each time."""
    chance = random.Random(1)  # noqa: S311 - not for secrets
    drawn = [f1(chance.choices(pairs, k=len(pairs))) for _ in range(samples)]
    return percentile(drawn, 2.5), percentile(drawn, 97.5)


def mean(values: Sequence[float]) -> float:
    """The arithmetic mean."""
    return math.fsum(values) / len(values)


def mean_interval(values: Sequence[float], samples: int = 1000) -> tuple[float, float]:
    """The 95 % confidence interval of a mean, by the bootstrap, the same each time."""
    chance = random.Random(1)  # noqa: S311 - not for secrets
    drawn = [mean(chance.choices(values, k=len(values))) for _ in range(samples)]
    return percentile(drawn, 2.5), percentile(drawn, 97.5)


def spearman(pairs: Sequence[tuple[float, float]]) -> float:
    """The correlation of ranks; equal values share the mean of their ranks."""
    first, second = (_ranks([pair[side] for pair in pairs]) for side in (0, 1))
    middle = (len(pairs) + 1) / 2
    both = math.fsum((x - middle) * (y - middle) for x, y in zip(first, second, strict=True))
    return both / math.sqrt(math.fsum((x - middle) ** 2 for x in first) * math.fsum((y - middle) ** 2 for y in second))


def spearman_interval(pairs: Sequence[tuple[float, float]], samples: int = 200) -> tuple[float, float]:
    """The 95 % confidence interval of Spearman's correlation, by the bootstrap, the same each time."""
    chance = random.Random(1)  # noqa: S311 - not for secrets
    drawn = [spearman(chance.choices(pairs, k=len(pairs))) for _ in range(samples)]
    return percentile(drawn, 2.5), percentile(drawn, 97.5)


def _ranks(values: Sequence[float]) -> list[float]:
    ordered = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    for _, group in groupby(enumerate(ordered, 1), key=lambda one: values[one[1]]):
        places = list(group)
        for _, at in places:
            ranks[at] = (places[0][0] + places[-1][0]) / 2
    return ranks


@dataclass(frozen=True, slots=True)
class Timing:
    """What one thing took, again and again: seconds of CPU, and of wall time."""

    cpu: list[float]
    wall: list[float]
