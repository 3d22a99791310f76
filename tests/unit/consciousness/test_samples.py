"""Samples and counts against the definitions, word by word."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.consciousness.drift import samples
from lukhas_common.consciousness.drift.bins import (
    FEWEST,
    Bins,
    count_stability,
    declared_bins,
    jensen_shannon,
    quantile_bins,
    sample_stability,
)
from lukhas_common.consciousness.drift.errors import DriftInputError
from lukhas_common.consciousness.drift.samples import SAMPLES, kolmogorov_smirnov, wasserstein
from lukhas_common.stability import population_stability

REFERENCE = [38.7, 41.5, 43.8, 44.5, 45.5, 46, 47.7, 58]
CURRENT = [39.2, 39.3, 39.7, 41.4, 41.8, 42.9, 43.3, 45.8]
VALUES = st.integers(-4, 4) | st.floats(-1e6, 1e6) | st.sampled_from([2**60, 2**60 + 1])
SAMPLE = st.lists(VALUES, min_size=1, max_size=12)
COUNTS = st.integers(1, 6).flatmap(
    lambda bins: st.tuples(*[st.lists(st.integers(0, 9), min_size=bins, max_size=bins).filter(any)] * 2)
)


def apart(one: Sequence[Any], other: Sequence[Any]) -> Fraction:
    """The greatest difference of the distribution functions, by looking at each value."""
    return max(
        abs(Fraction(sum(v <= x for v in one), len(one)) - Fraction(sum(v <= x for v in other), len(other)))
        for x in [*one, *other]
    )


def test_reference_values_come_out() -> None:
    found = kolmogorov_smirnov(REFERENCE, CURRENT)
    assert (found.statistic, found.exact) == (0.625, True)
    assert wasserstein(REFERENCE, CURRENT) == pytest.approx(4.1625, abs=1e-12)
    counts = [16, 18, 16, 14, 12, 12], [16, 16, 16, 16, 16, 8]
    assert count_stability(*counts) == pytest.approx(0.0372184, abs=5e-8)
    assert jensen_shannon(*counts) == pytest.approx(0.0817342, abs=5e-8)


@given(SAMPLE, SAMPLE)
def test_the_statistic_is_the_greatest_difference(one: list[Any], other: list[Any]) -> None:
    found = kolmogorov_smirnov(one, other)
    assert found.statistic == float(apart(one, other))
    assert found == kolmogorov_smirnov(other, one)
    assert found.statistic > 0 or found.p_value == 1


@pytest.mark.parametrize(("n", "m"), [(1, 1), (3, 3), (2, 5), (5, 4), (6, 3), (5, 5)])
def test_the_p_value_counts_the_ways_to_deal_the_ranks(n: int, m: int) -> None:
    dealt = [(list(hand), sorted({*range(n + m)} - {*hand})) for hand in combinations(range(n + m), n)]
    differences = [apart(*hands) for hands in dealt]
    for hands, difference in zip(dealt, differences, strict=True):
        expected = sum(each >= difference for each in differences) / len(differences)
        assert kolmogorov_smirnov(*hands).p_value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("n", "m"), [(100, 100), (60, 150), (40, 250)])
def test_where_the_limit_takes_over_it_is_near_the_exact_value(n: int, m: int, monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(1)  # noqa: S311 - chance that can be repeated
    pairs = []
    for shift in (0, 0.1, 0.3, 0.6):
        pairs.append([[dice.gauss(0, 1) for _ in range(n)], [dice.gauss(shift, 1) for _ in range(m)]])
    exact = [kolmogorov_smirnov(*pair) for pair in pairs]
    monkeypatch.setattr(samples, "EXACT", 0)
    limits = [kolmogorov_smirnov(*pair) for pair in pairs]
    assert all(each.exact for each in exact)
    assert not any(each.exact for each in limits)
    for one, other in zip(exact, limits, strict=True):
        assert other.p_value == pytest.approx(one.p_value, abs=0.02, rel=0.2)


def test_the_limit_has_kolmogorovs_values_on_both_sides_of_where_its_series_change() -> None:
    """From the table in Smirnov (1948), for samples so large that the correction is nothing."""
    n = 10**14
    root = math.sqrt(n / 2)
    for x, expected in ((0.5, 0.963945), (0.8, 0.544142), (1.0, 0.270000), (1.36, 0.049486), (2.0, 0.000671)):
        assert samples._limit(n, n, x / root) == pytest.approx(expected, abs=2e-6)
    edges = [samples._limit(n, n, (1 + step) / root) for step in (-1e-9, 1e-9)]
    assert edges[0] == pytest.approx(edges[1], abs=1e-8)
    assert samples._limit(n, n, 0.0) == 1


@given(SAMPLE, SAMPLE)
def test_what_is_moved_is_the_mean_distance_of_values_of_the_same_rank(one: list[Any], other: list[Any]) -> None:
    both = math.lcm(len(one), len(other))
    ranks = [[Fraction(v) for v in sorted(each) for _ in range(both // len(each))] for each in (one, other)]
    expected = sum(abs(a - b) for a, b in zip(*ranks, strict=True)) / both
    assert wasserstein(one, other) == pytest.approx(float(expected), rel=1e-12, abs=1e-300)
    assert (wasserstein(one, other) == 0) is (apart(one, other) == 0)


@given(COUNTS)
def test_the_distance_of_counts_is_by_definition(counts: tuple[list[int], list[int]]) -> None:
    one, other = ([n / sum(each) for n in each] for each in counts)
    middle = [(p + q) / 2 for p, q in zip(one, other, strict=True)]
    divergence = sum(
        sum(p * math.log2(p / m) for p, m in zip(each, middle, strict=True) if p) / 2 for each in (one, other)
    )
    found = jensen_shannon(*counts)
    assert found**2 == pytest.approx(divergence, abs=1e-12)
    assert 0 <= found <= 1
    assert found == jensen_shannon(*reversed(counts))
    assert jensen_shannon([1, 0], [0, 3]) == 1


@given(COUNTS)
def test_the_index_of_counts_is_by_definition(counts: tuple[list[int], list[int]]) -> None:
    one, other = counts
    expected = 0.0
    for a, b in zip(one, other, strict=True):
        if a or b:
            p, q = max(a, 0.5) / sum(one), max(b, 0.5) / sum(other)
            expected += q * math.log(q / p) - p * math.log(q / p)
    found = count_stability(one, other)
    assert found == pytest.approx(expected, abs=1e-12)
    assert found >= 0
    assert found == pytest.approx(count_stability(other, one))
    assert count_stability(one, one) == 0
    assert count_stability([*one, 0], [*other, 0]) == found  # a bin that is empty on both sides is none


def test_added_observations_count_in_every_bin() -> None:
    p, q = [8.5 / 11.5, 0.5 / 11.5, 2.5 / 11.5], [0.5 / 6.5, 5.5 / 6.5, 0.5 / 6.5]
    expected = sum((b - a) * math.log(b / a) for a, b in zip(p, q, strict=True))
    assert population_stability([8, 0, 2], [0, 5, 0], added=0.5) == pytest.approx(expected)
    assert population_stability([0, 0], [0, 0], added=0.5) == 0
    for wrong in (([0, 0], [1, 1]), ([1], [1, 1]), ([], [])):
        with pytest.raises(ValueError, match="both sides"):
            population_stability(*wrong)


@given(st.integers(8, 80), st.integers(2, 10))
def test_quantile_bins_of_different_values_hold_about_as_many_each(size: int, asked: int) -> None:
    values = [value**3 / 7 for value in range(size)]
    counts = quantile_bins(values[::-1], asked).count(values)
    assert sum(counts) == size
    assert len(counts) == max(2, min(asked, size // FEWEST))
    assert max(counts) - min(counts) <= 1
    assert min(counts) >= FEWEST


@given(st.lists(st.integers(0, 3), min_size=1, max_size=40), st.integers(2, 10))
def test_quantile_bins_of_values_that_repeat_hold_all(values: list[Any], asked: int) -> None:
    bins = quantile_bins(values, asked)
    assert sum(bins.count(sorted(values))) == len(values)
    assert list(bins.cuts) == sorted(set(bins.cuts))
    for value in set(values):
        if values.count(value) >= 2 * math.ceil(len(values) / max(2, min(asked, len(values) // FEWEST))):
            assert values.count(value) in bins.count(sorted(values)), "a bin of its own"


@given(st.lists(VALUES, min_size=1, max_size=30), st.lists(VALUES, min_size=1, max_size=5, unique=True).map(sorted))
def test_declared_bins_end_below_their_edges(values: list[Any], edges: list[Any]) -> None:
    limits = [-math.inf, *edges, math.inf]
    expected = [sum(low <= v < high for v in values) for low, high in pairwise(limits)]
    assert declared_bins(edges).count(sorted(values)) == expected


@pytest.mark.parametrize(
    ("reference", "current"),
    [([5] * 20, [7] * 20), ([5] * 20, [3] * 20), ([0] * 15 + [1, 2, 3, 4, 5], [0] * 5 + [1, 2, 3, 4, 5] * 3)],
)
def test_a_change_of_what_was_constant_is_seen(reference: list[Any], current: list[Any]) -> None:
    assert sample_stability(reference, current) > 0.25
    assert sample_stability(reference, reference) == 0


def test_an_index_of_samples_is_that_of_their_counts() -> None:
    assert sample_stability(REFERENCE, CURRENT) == count_stability([4, 4], [7, 1])
    assert sample_stability(REFERENCE, CURRENT, declared_bins([40, 45])) == count_stability([1, 3, 4], [3, 4, 1])


@pytest.mark.parametrize("bad", [[], [math.nan], [1, math.inf], [True], ["1"], [None], [2**1023], [0] * (SAMPLES + 1)])
def test_what_is_no_sample_is_refused(bad: list[Any]) -> None:
    for compare in (kolmogorov_smirnov, wasserstein, sample_stability):
        for sides, field in (((bad, [1]), "reference"), (([1], bad), "current")):
            with pytest.raises(DriftInputError) as caught:
                compare(*sides)
            assert caught.value.field == field


@pytest.mark.parametrize(
    "bad", [([], []), ([1], [1, 1]), ([1, -1], [1, 1]), ([0, 0], [1, 1]), ([1, 0.5], [1, 1]), ([2**63], [1])]
)
def test_what_are_no_counts_is_refused(bad: tuple[list[Any], list[Any]]) -> None:
    for compare in (count_stability, jensen_shannon):
        for sides in (bad, bad[::-1]):
            with pytest.raises(DriftInputError):
                compare(*sides)


def test_other_faults_are_refused() -> None:
    with pytest.raises(DriftInputError, match="too far apart"):
        wasserstein([-1.7e308], [1.7e308])
    for edges in ([], [1, 1], [2, 1], [math.nan]):
        with pytest.raises(DriftInputError, match="bins"):
            declared_bins(edges)
    for bins in (1, 1001):
        with pytest.raises(DriftInputError, match="bins"):
            quantile_bins([1, 2], bins)
    assert Bins(()).count([1, 2]) == [2]
