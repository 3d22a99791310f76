"""Mondrian generalisation (LeFevre, DeWitt and Ramakrishnan, 2006): rows are cut in two as long as both parts are good
enough, and each part is told by what its rows span. No row is dropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from lukhas_common.privacy.anonymity.report import Distance, Report, report
from lukhas_common.privacy.anonymity.table import AnonymityError, AnonymityReason, Column, Row, Value, column

Span = Value | list[Value]
"""One value; or of numbers, the lowest and the highest; or of other values, all."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What each class has to be: of ``k`` rows, with ``l`` values of each sensitive column, at most ``t`` away."""

    k: int
    l: int = 1  # noqa: E741 - its name in the literature
    t: float = 1.0


@dataclass(frozen=True, slots=True)
class Loss:
    """What generalising cost.

    Attributes:
        ncp: normalised certainty penalty (Xu et al., 2006), from 0, nothing lost, to 1, nothing left.
        discernibility: sum of the squared sizes of classes (Bayardo and Agrawal, 2005).
        class_size: mean size of a class over k; 1 is the best.
    """

    ncp: float
    discernibility: int
    class_size: float


@dataclass(frozen=True, slots=True)
class Generalised:
    """A table that hides the people in it, in its old order; it has the named columns only."""

    rows: list[dict[str, Span]]
    report: Report
    loss: Loss


def generalise(
    rows: Sequence[Row], quasi_identifiers: Sequence[str], sensitive: Sequence[str], wanted: Wanted
) -> Generalised:
    """Generalise the quasi-identifiers of a table until each class is as wanted.

    Raises:
        AnonymityError: ANONYMITY_UNREACHABLE, not even all rows as one class are.
    """
    quasi = [column(rows, name) for name in quasi_identifiers]
    hidden = [column(rows, name) for name in sensitive]
    good = _Good(wanted, hidden)
    everything = list(range(len(rows)))
    if not good(everything):
        raise AnonymityError(
            AnonymityReason.ANONYMITY_UNREACHABLE,
            "The whole table is not so anonymous: send more rows, or ask for less.",
        )
    todo, classes = [everything], []
    while todo:
        members = todo.pop()
        parts = _cut(members, quasi, good)
        if parts is None:
            classes.append(members)
        else:
            todo.extend(parts)
    out: list[dict[str, Span]] = [{} for _ in rows]
    penalty = 0.0
    for members in classes:
        spans: dict[str, Span] = {}
        for of in quasi:
            spans[of.name], lost = _span(members, of)
            penalty += lost * len(members)
        for at in members:
            out[at] = {**spans, **{of.name: of.domain[of.codes[at]] for of in hidden}}
    loss = Loss(
        penalty / (len(rows) * len(quasi)),
        sum(len(members) ** 2 for members in classes),
        len(rows) / len(classes) / wanted.k,
    )
    return Generalised(out, report(len(rows), classes, hidden), loss)


class _Good:
    """Says whether rows may be a class."""

    def __init__(self, wanted: Wanted, hidden: Sequence[Column]) -> None:
        self._wanted = wanted
        self._hidden = [(of, Distance(of)) for of in hidden] if wanted.l > 1 or wanted.t < 1 else []

    def __call__(self, members: Sequence[int]) -> bool:
        if len(members) < self._wanted.k:
            return False
        for of, distance in self._hidden:
            counts = Counter([of.codes[at] for at in members])
            if len(counts) < self._wanted.l or distance(counts, len(members)) > self._wanted.t:
                return False
        return True


def _cut(members: list[int], quasi: Sequence[Column], good: _Good) -> tuple[list[int], list[int]] | None:
    """The rows in two good parts, along the column in which they lie widest apart that allows it; None if none does."""
    widths = [(_width(members, of), -at, of) for at, of in enumerate(quasi)]
    for width, _, of in sorted(widths, key=lambda each: each[:2], reverse=True):
        if width == 0:
            break
        codes = sorted([of.codes[at] for at in members])
        median = codes[len(codes) // 2]
        # Equal values stay together: the cut goes before the median or behind it, where the halves are more equal.
        bounds = sorted({median, median + 1}, key=lambda bound: abs(2 * _below(codes, bound) - len(codes)))
        for bound in bounds:
            low = [at for at in members if of.codes[at] < bound]
            high = [at for at in members if of.codes[at] >= bound]
            if low and high and good(low) and good(high):
                return low, high
    return None


def _below(codes: Sequence[int], bound: int) -> int:
    return sum(code < bound for code in codes)


def _width(members: Sequence[int], of: Column) -> float:
    """How much of its column the rows span, from 0 to 1."""
    codes = [of.codes[at] for at in members]
    if of.numeric:
        return _share(of, min(codes), max(codes))
    return (len(set(codes)) - 1) / max(1, len(of.domain) - 1)


def _span(members: Sequence[int], of: Column) -> tuple[Span, float]:
    """What is told of the rows in place of their values, and the share of the column that this leaves open."""
    codes = sorted({of.codes[at] for at in members})
    if len(codes) == 1:
        return of.domain[codes[0]], 0.0
    if of.numeric:
        return [of.domain[codes[0]], of.domain[codes[-1]]], _share(of, codes[0], codes[-1])
    return [of.domain[code] for code in codes], len(codes) / len(of.domain)


def _share(of: Column, low: int, high: int) -> float:
    """The share of the range of numbers between two of them."""
    if len(of.domain) == 1:
        return 0.0
    first, last, one, other = (of.domain[code] for code in (0, -1, low, high))
    try:
        # Halved first: the difference of two floats may be no float any more.
        return (other / 2 - one / 2) / (last / 2 - first / 2)  # type: ignore[operator]
    except OverflowError:  # a whole number that is no float
        exact = [Fraction(each) for each in (first, last, one, other)]  # type: ignore[arg-type]
        return float((exact[3] - exact[2]) / (exact[1] - exact[0]))
