"""The distance of two states: exact, symmetric, and the sum of what each path adds."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.consciousness.drift.errors import DriftInputError
from lukhas_common.consciousness.drift.gower import Change, distance
from lukhas_common.consciousness.drift.paths import DEPTH, LEAVES, LENGTH, flatten
from tests.unit.consciousness.states import KEYS, NUMBERS, states

STATES = states()
WEIGHTS = st.floats(1e-6, 1e6) | st.integers(1, 1000)


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal, as JSON has it: true is not 1, but 1 is 1.0."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) is isinstance(other, bool) and type(one) in (int, float, type(other)) and one == other


def by_definition(one: Any, other: Any) -> list[Fraction]:
    """The distances of all leaves by walking both states at once, which knows no paths."""
    if isinstance(one, dict) and isinstance(other, dict) and (one or other):
        missing = object()
        pairs = [(one.get(key, missing), other.get(key, missing)) for key in one.keys() | other.keys()]
        return [
            each
            for a, b in pairs
            for each in (
                by_definition(a, b) if missing not in (a, b) else [Fraction(1)] * size(b if a is missing else a)
            )
        ]
    if isinstance(one, list) and isinstance(other, list) and (one or other):
        return by_definition(dict(enumerate(one)), dict(enumerate(other)))
    if isinstance(one, (dict, list)) and isinstance(other, (dict, list)) and type(one) is type(other):
        return [Fraction(0)]
    containers = [value for value in (one, other) if isinstance(value, (dict, list)) and value]
    if containers:
        return [Fraction(1)] * (size(one) + size(other))
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in (one, other)):
        a, b = Fraction(one), Fraction(other)
        return [min(abs(a - b) / max(1, max(a, b, 0) - min(a, b, 0)), Fraction(1))]
    return [Fraction(not same(one, other))]


def size(value: Any) -> int:
    if isinstance(value, (dict, list)) and value:
        return sum(map(size, value.values() if isinstance(value, dict) else value))
    return 1


@given(STATES, STATES)
def test_it_is_the_mean_over_the_leaves_of_both(one: Any, other: Any) -> None:
    expected = by_definition(one, other)
    found = distance(one, other)
    assert found.compared == len(expected)
    assert Fraction(found.score) == pytest.approx(sum(expected) / len(expected), abs=2**-51)
    assert sorted(each.distance for each in found.contributions) == pytest.approx(
        sorted(float(each) for each in expected if each)
    )


@given(STATES, STATES, st.dictionaries(KEYS, WEIGHTS, max_size=4))
def test_contributions_add_up_to_the_score_exactly_and_in_any_order(one: Any, other: Any, said: Any) -> None:
    weights = {path: value for key, value in said.items() for path in list(flatten({key: 1}))}
    found = distance(one, other, weights=weights)
    parts = json.loads(json.dumps([each.contribution for each in found.contributions]))
    assert sum(map(Fraction, parts)) == Fraction(found.score)
    assert math.fsum(parts) == found.score
    for order in list(permutations(parts[:4]))[:24]:
        assert sum([*parts[4:], *order]) == found.score
    assert parts == sorted(parts, reverse=True)


@given(STATES, STATES)
def test_it_is_symmetric_and_zero_for_equal_states_only(one: Any, other: Any) -> None:
    found, back = distance(one, other), distance(other, one)
    swapped = {Change.ADDED: Change.REMOVED, Change.REMOVED: Change.ADDED, Change.CHANGED: Change.CHANGED}
    assert found.score == back.score
    assert [(each.path, swapped[each.change], each.contribution) for each in found.contributions] == [
        (each.path, each.change, each.contribution) for each in back.contributions
    ]
    assert 0 <= found.score <= 1
    assert (found.score == 0) is same(one, other) is (found.contributions == ())
    assert distance(one, json.loads(json.dumps(one))).score == 0


@given(st.lists(WEIGHTS, min_size=1, max_size=8))
def test_what_rounding_loses_goes_to_those_that_lose_most(heavy: list[Any]) -> None:
    weights = {f"/{place}": value for place, value in enumerate(heavy)}
    found = distance({str(place): 1 for place in range(len(heavy))}, {}, weights=weights)
    total = sum(map(Fraction, heavy))
    lost: dict[bool, list[Fraction]] = {True: [], False: []}
    for each in found.contributions:
        exact = Fraction(weights[each.path]) / total * 2**52
        lost[Fraction(each.contribution) * 2**52 > exact].append(exact % 1)
    assert all(up >= down for up in lost[True] for down in lost[False])
    assert found.score == 1


def test_the_least_difference_is_not_lost_among_much_that_is_equal() -> None:
    rest = {str(n): n for n in range(9)}
    found = distance({"x": 0.0, **rest}, {"x": 5e-324, **rest}, ranges={"/x": (0, 1e308)})
    assert found.score == 2**-52
    assert [(each.distance, each.contribution) for each in found.contributions] == [(2**-52, 2**-52)]


@given(STATES, STATES)
def test_different_states_never_lie_flat_alike(one: Any, other: Any) -> None:
    flat = [
        [(path, type(leaf).__name__ == "bool", leaf) for path, leaf in sorted(flatten(each).items())]
        for each in (one, other)
    ]
    assert (flat[0] == flat[1]) is same(one, other)


@given(NUMBERS, NUMBERS, st.tuples(NUMBERS, NUMBERS).filter(lambda bounds: bounds[0] < bounds[1]))
def test_a_declared_range_is_what_differences_are_measured_by(one: Any, other: Any, bounds: Any) -> None:
    found = distance({"x": one}, {"x": other}, ranges={"/x": bounds})
    exact = min(abs(Fraction(one) - Fraction(other)) / (Fraction(bounds[1]) - Fraction(bounds[0])), Fraction(1))
    assert abs(Fraction(found.score) - exact) <= Fraction(1, 2**52)
    assert (found.score == 0) is (one == other)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (0.9, 0.4, 0.5),
        (0, 0.001, 0.001),
        (100, 150, 1 / 3),
        (-5, 5, 1),
        (1, 1.0, 0),
        (0.0, -0.0, 0),
        (True, 1, 1),
        (False, 0, 1),
        (None, 0, 1),
        (None, None, 0),
        ("1", 1, 1),
        ("calm", "calm", 0),
        ("calm", "Calm", 1),
        ({}, [], 1),
        ({}, None, 1),
        (2**53, 2**53 + 1, 1 / (2**53 + 1)),
        (2**1023 - 1, 2**1023 - 2, 2**-52),
    ],
)
def test_distances_of_values(one: Any, other: Any, expected: float) -> None:
    assert distance({"x": one}, {"x": other}).score == pytest.approx(expected, rel=1e-12, abs=2**-52)
    assert (distance({"x": one}, {"x": other}).score == 0) is (expected == 0)


def test_what_became_of_each_path_is_told() -> None:
    one = {"mood": {"valence": 0.5, "note": "calm"}, "goals": [], "old/": 1, "turns": [1, 2]}
    other = {"mood": {"valence": 0.25, "note": "calm"}, "goals": ["rest"], "turns": [1]}
    found = distance(one, other)
    assert {(each.path, each.change, each.distance) for each in found.contributions} == {
        ("/goals[0]", "added", 1.0),
        ("/old~1", "removed", 1.0),
        ("/turns[1]", "removed", 1.0),
        ("/mood/valence", "changed", 0.25),
    }
    assert found.compared == 6
    assert found.score == pytest.approx(3.25 / 6, rel=1e-15)


def test_the_paths_own_weight_goes_before_the_longest_prefix() -> None:
    one, other = {"m": {"a": 0, "b": 0, "c": {"d": 0}}, "n": 0}, {"m": {"a": 1, "b": 1, "c": {"d": 1}}, "n": 1}
    weights = {"*": 1, "/m/*": 2, "/m/c*": 0, "/m/b": 5}
    found = distance(one, other, weights=weights)
    assert {each.path: each.weight for each in found.contributions} == {"/m/a": 2, "/m/b": 5, "/n": 1}
    assert found.compared == 3
    assert {each.path: each.contribution for each in found.contributions} == pytest.approx(
        {"/m/a": 2 / 8, "/m/b": 5 / 8, "/n": 1 / 8}
    )
    assert distance(one, other, ranges={"/m/*": (0, 4), "/n": (0, 10)}).score == pytest.approx((3 / 4 + 1 / 10) / 4)


def test_a_key_that_looks_like_a_pattern_is_a_key() -> None:
    found = distance({"*": 0, "a": 0}, {"*": 1, "a": 1}, weights={"/~3": 3})
    assert {each.path: each.weight for each in found.contributions} == {"/~3": 3, "/a": 1}


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    "state",
    [
        {"x": math.nan},
        {"x": -math.inf},
        {"x": 2**1023},
        {"x": {1}},
        {"x": b"a"},
        {1: 1},
        nested(DEPTH + 1),
        nested(10_000),
        {"x": [0] * (LEAVES + 1)},
        {str(n): [n] * 101 for n in range(100)},
        {"k" * (LENGTH + 1): 1},
        {"k" * LENGTH: {"k": 1}},
    ],
)
def test_what_cannot_be_compared_is_refused_on_either_side(state: Any) -> None:
    for sides, field in (((state, {}), "one"), (({}, state), "other")):
        with pytest.raises(DriftInputError) as caught:
            distance(*sides)
        assert caught.value.field == field
        assert "kkk" not in caught.value.message


def test_what_is_within_the_bounds_is_compared() -> None:
    big = {str(n): [n / 7] * 100 for n in range(100)}
    assert distance(big, {key: [value + 0.1 for value in values] for key, values in big.items()}).compared == LEAVES
    assert distance(nested(DEPTH), {}).score == 1


@pytest.mark.parametrize(
    "said",
    [
        {"weights": {"/x": -1}},
        {"weights": {"/x": True}},
        {"weights": {"/x": 1e7}},
        {"weights": {"/x": 1e-7}},
        {"weights": {"/x": math.nan}},
        {"weights": {"*": 0}},
        {"weights": {"x": 1}},
        {"weights": {"/a*b": 1}},
        {"weights": {1: 1}},
        {"weights": {f"/{n}*": 1 for n in range(101)}},
        {"weights": {f"/{n}": 1 for n in range(LEAVES + 1)}},
        {"weights": [1]},
        {"ranges": {"/x": (1, 1)}},
        {"ranges": {"/x": (2, 1)}},
        {"ranges": {"/x": (0, math.inf)}},
        {"ranges": {"/x": 3}},
        {"ranges": {"/x": "01"}},
    ],
)
def test_ranges_and_weights_that_cannot_be_meant_are_refused(said: Any) -> None:
    with pytest.raises(DriftInputError) as caught:
        distance({"x": 1}, {"x": 2}, **said)
    assert caught.value.field in said
