"""k-anonymity (Sweeney, 2002), l-diversity (Machanavajjhala et al., 2007), t-closeness (Li et al., 2007) and how many
rows are unique, in one pass over a table."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from lukhas_common.privacy.anonymity.table import AnonymityError, AnonymityReason, Column, Row, column


@dataclass(frozen=True, slots=True)
class Diversity:
    """What the classes of a table tell of one sensitive column.

    Attributes:
        distinct_l: fewest different values in a class.
        entropy_l: e to the smallest entropy in a class, in nats; at most ``distinct_l``.
        t: largest distance of a class from the whole table, from 0 to 1: the earth mover's, over ordered numbers or
            values that are all equally far apart.
    """

    column: str
    distinct_l: int
    entropy_l: float
    t: float


@dataclass(frozen=True, slots=True)
class Report:
    """How well a table hides the people in it.

    Attributes:
        classes: sets of rows that are alike in all quasi-identifiers.
        k: rows of the smallest class.
        unique: rows that are alone in their class.
        mean_risk: mean over rows of 1 / size of the class, which is ``classes / rows``.
        sizes: how many classes there are of each size, smallest first.
    """

    rows: int
    classes: int
    k: int
    unique: int
    mean_risk: float
    sizes: dict[int, int]
    sensitive: tuple[Diversity, ...]


def measure(rows: Sequence[Row], quasi_identifiers: Sequence[str], sensitive: Sequence[str] = ()) -> Report:
    """Measure a table.

    Raises:
        AnonymityError: TABLE_INVALID, it has no rows or lacks a column, or no quasi-identifier is named.
    """
    if not rows or not quasi_identifiers or set(quasi_identifiers) & set(sensitive):
        raise AnonymityError(
            AnonymityReason.TABLE_INVALID, "Send rows, and name quasi-identifiers, none of which is sensitive too."
        )
    quasi = [column(rows, name).codes for name in quasi_identifiers]
    classes: dict[tuple[int, ...], list[int]] = {}
    for at, key in enumerate(zip(*quasi, strict=True)):
        classes.setdefault(key, []).append(at)
    return report(len(rows), list(classes.values()), [column(rows, name) for name in sensitive])


def report(rows: int, classes: Sequence[Sequence[int]], sensitive: Iterable[Column]) -> Report:
    """The report on rows that are divided into classes."""
    sizes = Counter(map(len, classes))
    return Report(
        rows=rows,
        classes=len(classes),
        k=min(sizes),
        unique=sizes[1],
        mean_risk=len(classes) / rows,
        sizes=dict(sorted(sizes.items())),
        sensitive=tuple(_diversity(classes, each) for each in sensitive),
    )


def _diversity(classes: Sequence[Sequence[int]], of: Column) -> Diversity:
    distance = Distance(of)
    distinct, entropy, t = math.inf, math.inf, 0.0
    for members in classes:
        counts = Counter([of.codes[at] for at in members])
        size = len(members)
        distinct = min(distinct, len(counts))
        entropy = min(entropy, -sum(n / size * math.log(n / size) for n in counts.values()))
        t = max(t, distance(counts, size))
    return Diversity(of.name, int(distinct), math.exp(entropy), t)


class Distance:
    """How far the values of a class are from those of the whole column; summed in whole numbers."""

    def __init__(self, of: Column) -> None:
        counts = Counter(of.codes)
        self._counts = [counts[code] for code in range(len(of.domain))]
        self._rows = len(of.codes)
        self._ordered = of.numeric
        self._below = list(accumulate(self._counts))
        self._sums = [0, *accumulate(self._below)]

    def __call__(self, counts: Counter[int], size: int) -> float:
        """The distance of a class of ``size`` rows with these codes."""
        if len(self._counts) == 1:
            return 0.0
        if not self._ordered:
            apart = sum(max(0, n * self._rows - self._counts[code] * size) for code, n in counts.items())
            return apart / (size * self._rows)
        return self._moved(counts, size) / (size * self._rows * (len(self._counts) - 1))

    def _moved(self, counts: Counter[int], size: int) -> int:
        """Sum over all places of how far the shares up to there differ, times both numbers of rows.

        Between two values of the class its share stays, while the table's grows: one search finds where it passes.
        """
        codes = sorted(counts)
        total, share, start = 0, 0, 0
        for end in (*codes, len(self._counts)):
            level = share * self._rows
            cross = bisect_right(self._below, (level - 1) // size, start, end) if end > start else start
            total += level * (cross - start) - size * (self._sums[cross] - self._sums[start])
            total += size * (self._sums[end] - self._sums[cross]) - level * (end - cross)
            share, start = share + counts.get(end, 0), end
        return total
