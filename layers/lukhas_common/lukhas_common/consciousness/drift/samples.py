"""How far a sample is from a reference sample, by their distribution functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import comb, exp, fsum, isinf, pi, sqrt

from lukhas_common.consciousness.drift.errors import DriftInputError, Number, numbers
from lukhas_common.consciousness.drift.paths import SAMPLES

EXACT = 10_000
"""Product of the sizes up to which the p-value is exact."""


@dataclass(frozen=True, slots=True)
class KolmogorovSmirnov:
    """The greatest difference of two distribution functions.

    Attributes:
        statistic: from 0 to 1.
        p_value: how probable such a difference or a greater one is between two samples of one continuous distribution.
        exact: whether the p-value is; else it is the limit's, with Stephens' correction for finite samples.
    """

    statistic: float
    p_value: float
    exact: bool


def ordered(values: Sequence[Number], field: str) -> list[Number]:
    """The values of a sample in order.

    Raises:
        DriftInputError: there are none or too many, or one is no finite number.
    """
    if not 1 <= len(values) <= SAMPLES:
        raise DriftInputError(field, f"a sample has from 1 to {SAMPLES} numbers")
    return sorted(numbers(values, field))


def kolmogorov_smirnov(reference: Sequence[Number], current: Sequence[Number]) -> KolmogorovSmirnov:
    """The two-sided test of Kolmogorov and Smirnov for two samples.

    Among values that are equal, the p-value errs towards no difference.

    Raises:
        DriftInputError: an argument is no sample.
    """
    one, two = ordered(reference, "reference"), ordered(current, "current")
    n, m = len(one), len(two)
    apart = max(abs(gap) for _, gap in _gaps(one, two))
    exact = n * m <= EXACT
    if exact:
        orders = comb(n + m, n)
        p_value = (orders - _within(n, m, apart)) / orders
    else:
        p_value = _limit(n, m, apart / (n * m))
    return KolmogorovSmirnov(apart / (n * m), p_value, exact)


def wasserstein(reference: Sequence[Number], current: Sequence[Number]) -> float:
    """How far values have to be moved on average to make one sample the other, in the unit of the values.

    This is the area between the distribution functions (Wasserstein's distance of order 1, the earth mover's distance).

    Raises:
        DriftInputError: an argument is no sample, or the values are too far apart for their distance to be a double.
    """
    one, two = ordered(reference, "reference"), ordered(current, "current")
    if isinf(float(max(one[-1], two[-1])) - float(min(one[0], two[0]))):
        raise DriftInputError("current", "the values are too far apart")
    scale = len(one) * len(two)
    following = pairwise(_gaps(one, two))
    return fsum((after - before) * (abs(gap) / scale) for (before, gap), (after, _) in following)


def _gaps(one: list[Number], two: list[Number]) -> Iterator[tuple[Number, int]]:
    """Each value that occurs, in order, and how far the distribution functions are apart from it on, times n·m."""
    n, m = len(one), len(two)
    i = j = 0
    while i < n or j < m:
        value = one[i] if j == m or (i < n and one[i] <= two[j]) else two[j]
        while i < n and one[i] == value:
            i += 1
        while j < m and two[j] == value:
            j += 1
        yield value, i * m - j * n


def _within(n: int, m: int, apart: int) -> int:
    """In how many orders of n and m values the distribution functions stay nearer than ``apart``, which is times n·m.

    An order is a path on the lattice from (0, 0) to (n, m); they are counted column by column (Hodges 1957).
    """
    row = [int(j * n < apart) for j in range(m + 1)]
    for j in range(1, m + 1):
        row[j] *= row[j - 1]
    for i in range(1, n + 1):
        row[0] = row[0] if i * m < apart else 0
        for j in range(1, m + 1):
            row[j] = row[j] + row[j - 1] if abs(i * m - j * n) < apart else 0
    return row[m]


def _limit(n: int, m: int, statistic: float) -> float:
    """Kolmogorov's limit distribution, at the statistic as Stephens (1970) corrects it."""
    if not statistic:
        return 1.0
    root = sqrt(n * m / (n + m))
    x = (root + 0.12 + 0.11 / root) * statistic
    if x > 1:
        return 2 * fsum((-1) ** (k - 1) * exp(-2 * (k * x) ** 2) for k in range(1, 6))
    # That series converges slowly here, and its dual (by Jacobi's theta function) at once.
    return 1 - sqrt(2 * pi) / x * fsum(exp(-(((2 * k - 1) * pi / x) ** 2) / 8) for k in range(1, 4))
