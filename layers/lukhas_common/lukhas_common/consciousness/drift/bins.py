"""How far counts are from those of a reference, and samples that are counted in bins."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum, log2, sqrt

from lukhas_common.consciousness.drift.errors import DriftInputError, Number, numbers
from lukhas_common.consciousness.drift.paths import LEAVES
from lukhas_common.consciousness.drift.samples import ordered
from lukhas_common.stability import population_stability

BINS = 10
"""Bins that a reference is divided into: tenths."""

FEWEST = 4
"""Values of the reference that each bin has at least, where they can be told apart."""


@dataclass(frozen=True, slots=True)
class Bins:
    """Bins of all numbers.

    Attributes:
        cuts: where one bin ends and the next begins, in order; with each whether it is itself still in the first.
    """

    cuts: tuple[tuple[Number, bool], ...]

    def count(self, values: list[Number]) -> list[int]:
        """How many of the values, which are in order, are in each bin."""
        ends = [(bisect_right if inside else bisect_left)(values, cut) for cut, inside in self.cuts]
        return [end - start for start, end in pairwise([0, *ends, len(values)])]


def declared_bins(edges: Sequence[Number]) -> Bins:
    """Bins that end below each of the edges; the first begins and the last ends nowhere.

    Raises:
        DriftInputError: there are none or too many, or they do not rise.
    """
    checked = numbers(edges, "bins")
    if not 1 <= len(checked) < LEAVES or any(low >= high for low, high in pairwise(checked)):
        raise DriftInputError("bins", f"from 1 to {LEAVES - 1} edges are needed, each above the one before")
    return Bins(tuple((edge, False) for edge in checked))


def quantile_bins(reference: Sequence[Number], bins: int = BINS) -> Bins:
    """Bins with about as many values of the reference in each.

    There are as many as asked for, or fewer, so that each has ``FEWEST`` values; but two at least. A value that takes
    more than the whole of a bin becomes a bin of its own: a constant has three, below it, itself, and above it. A bin
    beside such a one may be empty.

    Raises:
        DriftInputError: it is no sample, or not from 2 to 1,000 bins are asked for.
    """
    if not 2 <= bins <= 1_000:
        raise DriftInputError("bins", "from 2 to 1,000 bins are needed")
    values = ordered(reference, "reference")
    bins = max(2, min(bins, len(values) // FEWEST))
    edges = [values[len(values) * place // bins] for place in range(1, bins)]
    around = [values[0], *edges, values[-1]]
    heavy = {low for low, high in pairwise(around) if low == high}
    return Bins(
        tuple((edge, inside) for edge in sorted({*edges, *heavy}) for inside in (False, True)[: 1 + (edge in heavy)])
    )


def sample_stability(reference: Sequence[Number], current: Sequence[Number], bins: Bins | None = None) -> float:
    """The population stability index of two samples, in bins of the reference's quantiles where none are given.

    Raises:
        DriftInputError: an argument is no sample.
    """
    counted = bins or quantile_bins(reference)
    return count_stability(counted.count(ordered(reference, "reference")), counted.count(ordered(current, "current")))


def count_stability(reference: Sequence[Number], current: Sequence[Number]) -> float:
    """The population stability index of counts in the same bins; an empty bin counts as half an observation.

    Raises:
        DriftInputError: the counts cannot be compared.
    """
    return population_stability(*_counts(reference, current))


def jensen_shannon(reference: Sequence[Number], current: Sequence[Number]) -> float:
    """The distance of Jensen and Shannon of counts in the same bins, from 0 to 1: the root of their divergence in bits.

    Raises:
        DriftInputError: the counts cannot be compared.
    """
    one, two = _counts(reference, current)
    n, m = sum(one), sum(two)
    shares = [(a / n, b / m) for a, b in zip(one, two, strict=True)]
    terms = [share * log2(2 * share / (p + q)) for p, q in shares for share in (p, q) if share]
    return sqrt(min(1.0, max(0.0, fsum(terms) / 2)))


def _counts(reference: Sequence[Number], current: Sequence[Number]) -> tuple[list[Number], list[Number]]:
    checked = numbers(reference, "reference"), numbers(current, "current")
    # Where a share may be as small as a double can be, its logarithm may not be had.
    if any(value != int(value) for counts in checked for value in counts):
        raise DriftInputError("current", "counts are whole numbers")
    if not 1 <= len(checked[0]) <= LEAVES or len(checked[0]) != len(checked[1]):
        raise DriftInputError("current", f"the same bins are needed on both sides, from 1 to {LEAVES}")
    for counts, field in zip(checked, ("reference", "current"), strict=True):
        if min(counts) < 0 or not 0 < sum(counts) < 2**63:
            raise DriftInputError(field, "counts are 0 or more, and their sum is from 1 to 2^63")
    return checked
