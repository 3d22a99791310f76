"""The distance of two states: the weighted mean of the distances of their values (Gower 1971).

Everything is computed exactly, and score and contributions are published in units of 2^-52. A double holds each such
number from 0 to 1, and every sum of them up to 1. So the contributions add up to the score, in any order and in any
language. What rounding would lose of the contributions goes to those that lost most.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import lcm
from types import MappingProxyType
from typing import Any

from lukhas_common.consciousness.drift.errors import DriftInputError, Number, is_number, number
from lukhas_common.consciousness.drift.paths import Leaf, flatten, kind
from lukhas_common.consciousness.drift.patterns import Patterns, patterns

UNIT = 2**52
"""Parts of one in which contributions and scores are given, and which a distance has at least if it is not 0."""

LIGHTEST, HEAVIEST = 1e-6, 1e6
"""Bounds of a weight that is not 0."""


class Change(StrEnum):
    """What became of a path."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Contribution:
    """What a path that differs adds to the score.

    Attributes:
        distance: of its two values, above 0 and up to 1.
        contribution: its part of the score.
    """

    path: str
    change: Change
    distance: float
    weight: float
    contribution: float


@dataclass(frozen=True, slots=True)
class Distance:
    """How far two states are from each other.

    Attributes:
        score: from 0, which only equal states have, to 1: a multiple of 2^-52, and the sum of the contributions.
        compared: paths that weigh something, in either state.
        contributions: of the paths that differ, the largest first.
    """

    score: float
    compared: int
    contributions: tuple[Contribution, ...]


def distance(
    one: Any,
    other: Any,
    *,
    ranges: Mapping[str, tuple[Number, Number]] | None = None,
    weights: Mapping[str, Number] | None = None,
) -> Distance:
    """The distance of two states of JSON values; places of lists are compared by their index.

    A path that only one state has is 1 apart, and so are values of different types and different strings or booleans.
    Numbers are apart by their difference over their range. Null is a value. 1 and 1.0 are equal, and 0.0 and -0.0.

    Args:
        ranges: the least and the greatest value that a number may have, by path or pattern. Without one, the range is
            what holds both numbers and 0, and is at least 1, as for a score.
        weights: by path or pattern, 1 where none is given; 0 leaves the path out.

    Raises:
        DriftInputError: an argument cannot be used.
    """
    flat = flatten(one, field="one"), flatten(other, field="other")
    return compare(*flat, patterns(ranges or {}, "ranges", width), patterns(weights or {}, "weights", weight))


def compare(
    one: Mapping[str, Leaf],
    other: Mapping[str, Leaf],
    widths: Patterns[Fraction],
    weights: Patterns[Fraction],
    known: Mapping[str, Fraction] = MappingProxyType({}),
) -> Distance:
    """The distance of two states laid flat.

    Args:
        known: distances by path, from 0 to 1, that were found in another way.

    Raises:
        DriftInputError: no path weighs anything.
    """
    found: list[tuple[str, Change, Fraction, Fraction]] = []
    total, compared = Fraction(0), 0
    for path, change in _pairs(one, other):
        heavy = weights.find(path)
        heavy = Fraction(1) if heavy is None else heavy
        if not heavy:
            continue
        total, compared = total + heavy, compared + 1
        if change is not Change.CHANGED:
            apart = Fraction(1)
        elif path in known:
            apart = known[path]
        else:
            apart = leaf_distance(one[path], other[path], widths.find(path))
        if apart:
            found.append((path, change, max(apart, Fraction(1, UNIT)), heavy))
    if not compared:
        raise DriftInputError("weights", "every path weighs 0; give one that counts a weight")
    score, parts = _shared([(round(apart * UNIT), heavy) for _, _, apart, heavy in found], total)
    contributions = [
        Contribution(path, change, float(apart), float(heavy), part / UNIT)
        for (path, change, apart, heavy), part in zip(found, parts, strict=True)
    ]
    contributions.sort(key=lambda each: (-each.contribution, -each.distance, each.path))
    return Distance(score / UNIT, compared, tuple(contributions))


def leaf_distance(one: Leaf, other: Leaf, width: Fraction | None = None) -> Fraction:
    """How far two values are apart, from 0 for equal ones to 1.

    Args:
        width: of the range of numbers; None has it found from the two.
    """
    if not (is_number(one) and is_number(other)):
        return Fraction(kind(one) != kind(other) or one != other)
    if one == other:
        return Fraction(0)
    a, b = Fraction(one), Fraction(other)
    if width is None:
        width = max(Fraction(1), max(a, b, Fraction(0)) - min(a, b, Fraction(0)))
    return min(Fraction(1), abs(a - b) / width)


def width(bounds: Any) -> Fraction:
    """How wide a range is.

    Raises:
        DriftInputError: it is no range.
    """
    if not isinstance(bounds, (list, tuple)) or len(bounds) != 2:
        raise DriftInputError("ranges", "a range is its least and its greatest value")
    low, high = (Fraction(number(bound, "ranges")) for bound in bounds)
    if low >= high:
        raise DriftInputError("ranges", "the least value of a range is below its greatest")
    return high - low


def weight(value: Any) -> Fraction:
    """The weight, exactly.

    Raises:
        DriftInputError: it is none.
    """
    if number(value, "weights") != 0 and not LIGHTEST <= value <= HEAVIEST:
        raise DriftInputError("weights", f"a weight is 0, or from {LIGHTEST:g} to {HEAVIEST:g}")
    return Fraction(value)


def _pairs(one: Mapping[str, Leaf], other: Mapping[str, Leaf]) -> Iterator[tuple[str, Change]]:
    """All paths in order, with what became of each; those that both have may have changed.

    An empty object or list that has been filled, or was emptied, is told by what is in it, not by a path of its own.
    """
    before, after = sorted(one), sorted(other)
    for path in sorted(one.keys() | other.keys()):
        if path in one and path in other:
            yield path, Change.CHANGED
        elif path in one:
            if not _filled(path, one[path], after):
                yield path, Change.REMOVED
        elif not _filled(path, other[path], before):
            yield path, Change.ADDED


def _filled(path: str, leaf: Leaf, others: list[str]) -> bool:
    """Whether the leaf is an empty object or list where another state has one of the same kind with something in it."""
    if not isinstance(leaf, (dict, list)):
        return False
    start = path + ("/" if isinstance(leaf, dict) else "[")
    place = bisect_left(others, start)
    return place < len(others) and others[place].startswith(start)


def _shared(parts: list[tuple[int, Fraction]], total: Fraction) -> tuple[int, list[int]]:
    """The weighted mean of distances, and the share of it of each, all in whole units.

    The mean is rounded to the nearest unit, but not to 0. Shares are rounded down, and the units that are then missing
    go one by one to those that lost most (the method of largest remainders), of equals to the first.
    """
    scale = lcm(total.denominator, *{heavy.denominator for _, heavy in parts})
    whole = int(total * scale)
    products = [units * int(heavy * scale) for units, heavy in parts]
    mean = round(Fraction(sum(products), whole))
    if products:
        mean = max(1, mean)
    shares = [product // whole for product in products]
    losers = sorted(range(len(products)), key=lambda place: -(products[place] % whole))
    for place in losers[: mean - sum(shares)]:
        shares[place] += 1
    return mean, shares
