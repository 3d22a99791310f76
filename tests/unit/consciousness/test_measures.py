"""Summaries of times: they add up, and answer within 5 %."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.consciousness.measures import ACCURACY, BOUNDS, LONGEST, SHORTEST, measurement, merged, times

EDGES = st.sampled_from(BOUNDS).flatmap(
    lambda edge: st.sampled_from([edge, math.nextafter(edge, 0), math.nextafter(edge, math.inf)])
)
TIME = st.floats(0, LONGEST) | st.floats(0, 1) | EDGES
TIMES = st.lists(TIME, max_size=30)


def summary(values: list[float]) -> dict[str, int]:
    return merged(*map(measurement, values))


@given(TIMES, TIMES)
def test_summaries_add_up_to_that_of_all(one: list[float], other: list[float]) -> None:
    assert merged(summary(one), summary(other)) == summary(one + other)
    assert merged(summary(other), summary(one)) == summary(one + other)
    assert json.loads(json.dumps(summary(one))) == summary(one)


@given(TIMES, TIMES)
def test_each_name_may_be_added_to_by_itself(one: list[float], other: list[float]) -> None:
    """As a store does that knows nothing but how to add to an attribute."""
    item: Counter[str] = Counter()
    for value in other + one:
        for name, count in measurement(value).items():
            item[name] += count
    assert times({"id": "a key", **item}) == times(summary(one + other))  # type: ignore[dict-item]


@given(st.lists(TIME, min_size=1, max_size=60), st.floats(0, 1))
def test_a_quantile_is_within_five_percent_of_the_measured_one(values: list[float], share: float) -> None:
    found = times(summary(values))
    for asked in (share, 0.0, 0.5, 0.95, 1.0):
        exact = sorted(values)[max(1, math.ceil(round(asked * len(values), 9))) - 1]
        answer = found.quantile(asked)
        assert answer is not None
        if exact > SHORTEST:
            limit = max(BOUNDS[-1] * (1 - ACCURACY), exact * (1 - ACCURACY)) if exact > LONGEST else exact
            assert abs(answer - limit) <= ACCURACY * limit * (1 + 1e-9)
        else:
            assert answer == SHORTEST
    assert found.count == len(values)
    assert found.total == pytest.approx(math.fsum(values), abs=0.0005 * len(values) + 1e-6)
    assert found.mean == found.total / found.count
    assert found.longest == found.quantile(1)


def test_ranks_are_not_off_by_what_a_product_is() -> None:
    found = times(summary([1.0] * 7 + [100.0] * 93))
    assert 0.07 * 100 > 7
    assert found.quantile(0.07) == pytest.approx(1, rel=ACCURACY)
    assert found.quantile(0.08) == pytest.approx(100, rel=ACCURACY)


def test_the_bounds_hold_what_a_function_may_take_in_an_item_of_one_write_unit_or_two() -> None:
    assert BOUNDS[0] == SHORTEST
    assert BOUNDS[-2] < LONGEST <= BOUNDS[-1]
    assert times(measurement(LONGEST * 50)).longest == pytest.approx(BOUNDS[-1], rel=ACCURACY)
    full = {name: 10**9 for bound in BOUNDS for name in measurement(bound)}
    assert len(json.dumps(full)) < 4096


def test_nothing_measured_is_no_time() -> None:
    for empty in ({}, merged(), summary([])):
        found = times(empty)
        assert (found.count, found.total, found.mean, found.longest, found.quantile(0.5)) == (0, 0, None, None, None)


def test_what_is_no_time_count_or_share_is_refused() -> None:
    for milliseconds in (-1, math.nan, math.inf, 1e13):
        with pytest.raises(ValueError, match="a time"):
            measurement(milliseconds)
    bad: list[Any] = [{"b0": -1}, {"b3": 1.5}, {"b3": True}, {"sum_us": "1"}]
    for each in bad:
        with pytest.raises(ValueError, match="counts"):
            times(each)
    for share in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match="share"):
            times(measurement(1)).quantile(share)
