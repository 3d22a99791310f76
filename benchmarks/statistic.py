"""The two statistics that are reported, by nearest rank, so each is a value that was really measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least ``percent`` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def median(values: Sequence[float]) -> float:
    """The 50th percentile."""
    return percentile(values, 50)


@dataclass(frozen=True, slots=True)
class Timing:
    """What one thing took, again and again: seconds of CPU, and of wall time."""

    cpu: list[float]
    wall: list[float]
