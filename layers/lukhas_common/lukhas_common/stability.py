"""The population stability index: how far counts in bins are from those of a reference."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

FLOOR = 0.5
"""What an empty bin counts as, in observations, where nothing is added to the bins."""

ALARM = 0.25
"""The index from which on a population counts as another one: the customary bound of credit scoring."""


def population_stability(before: Sequence[float], after: Sequence[float], *, added: float = 0.0) -> float:
    """Sum of (q - p)·ln(q / p) over the bins, where p and q are their shares before and after.

    No term is below zero, so neither is the sum, and it is the same both ways. A bin that is empty on one side has no
    logarithm: it counts as ``FLOOR`` observations there, and one that is empty on both sides is no bin.

    Args:
        added: observations that are added to each bin of both sides; then none is empty, and all of them count.

    Raises:
        ValueError: the bins are not the same ones, or a side has no observation.
    """
    if len(before) != len(after):
        raise ValueError("both sides need the same bins")
    whole, other = sum(before) + added * len(before), sum(after) + added * len(after)
    if not (whole > 0 and other > 0):
        raise ValueError("both sides need observations")
    total = 0.0
    for one, two in zip(before, after, strict=True):
        if one + added or two + added:
            p = ((one + added) or FLOOR) / whole
            q = ((two + added) or FLOOR) / other
            total += (q - p) * log(q / p)
    return total
