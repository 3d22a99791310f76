"""Drift of a state against its baseline, and baselines in a line."""

from __future__ import annotations

import hashlib
import json
import math
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.consciousness.drift.baseline import Baseline, baseline_of, state_id, verify_lineage
from lukhas_common.consciousness.drift.detector import Severity, detect, severity
from lukhas_common.consciousness.drift.errors import DriftInputError
from lukhas_common.consciousness.drift.gower import Change, distance
from lukhas_common.consciousness.drift.paths import FEWEST_SAMPLES, SAMPLES
from tests.unit.consciousness.states import states

STATES = states()
REFERENCE = [38.7, 41.5, 43.8, 44.5, 45.5, 46, 47.7, 58]
CURRENT = [39.2, 39.3, 39.7, 41.4, 41.8, 42.9, 43.3, 45.8]
NUMBERS = st.lists(st.integers(-9, 9) | st.floats(-9, 9), min_size=FEWEST_SAMPLES, max_size=20)


@given(STATES, STATES)
def test_without_samples_it_is_the_distance(one: Any, other: Any) -> None:
    found, plain = detect(one, other), distance(one, other)
    assert (found.score, found.compared, found.contributions) == (plain.score, plain.compared, plain.contributions)
    assert not found.samples
    assert found.drifted is (found.score >= 0.25)
    assert (found.severity is Severity.NONE) is (found.score == 0)
    assert (found.severity is Severity.LOW) is (found.score > 0 and not found.drifted)


@given(STATES, NUMBERS, NUMBERS, st.randoms())
def test_samples_differ_by_distribution_not_by_order(state: Any, one: Any, other: Any, dice: Any) -> None:
    before, after = state | {"s": {"x": one}}, state | {"s": {"x": other}}
    found = detect(before, after)
    mixed = detect(before, state | {"s": {"x": dice.sample(other, len(other))}})
    assert found == mixed
    assert list(found.samples) == ["/s/x"]
    statistic = found.samples["/s/x"].kolmogorov_smirnov
    assert [each.distance for each in found.contributions] == [statistic] * (statistic > 0)
    assert sum(Fraction(each.contribution) for each in found.contributions) == Fraction(found.score)
    assert found.score == pytest.approx(statistic / found.compared)


def test_reference_values_come_out_of_a_state() -> None:
    found = detect({"hrv": REFERENCE, "mood": 1}, {"hrv": CURRENT, "mood": 1})
    sample = found.samples["/hrv"]
    assert (sample.kolmogorov_smirnov, found.score) == (0.625, 0.3125)
    assert sample.wasserstein == pytest.approx(4.1625)
    assert sample.p_value == pytest.approx(1120 / 12870, rel=1e-12)
    assert sample.psi == pytest.approx(0.375 * math.log(0.875 / 0.5) - 0.375 * math.log(0.125 / 0.5))
    assert 0 < sample.jensen_shannon < 1
    assert (found.drifted, found.severity) == (True, Severity.MEDIUM)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (REFERENCE, CURRENT[:7]),
        (REFERENCE[:7], CURRENT),
        (REFERENCE, [*CURRENT[:7], None]),
        (REFERENCE, [*CURRENT[:7], True]),
        (REFERENCE, []),
        (REFERENCE, {"0": 1}),
        (REFERENCE, 3),
    ],
)
def test_what_are_not_samples_on_both_sides_is_compared_place_by_place(one: Any, other: Any) -> None:
    for sides in ((one, other), (other, one)):
        states = [{"x": side} for side in sides]
        found, plain = detect(*states), distance(*states)
        assert (found.score, found.contributions) == (plain.score, plain.contributions)
        assert not found.samples


def test_vectors_are_compared_place_by_place_where_that_is_asked_for() -> None:
    before, after = {"v": REFERENCE, "s": REFERENCE}, {"v": REFERENCE[::-1], "s": REFERENCE[::-1]}
    assert detect(before, after).score == 0
    for places in (["/v"], ["/v*"]):
        found = detect(before, after, places=places)
        assert list(found.samples) == ["/s"]
        assert found.compared == 9
        assert {each.path.partition("[")[0] for each in found.contributions} == {"/v"}


def test_what_weighs_nothing_is_not_looked_at() -> None:
    found = detect({"s": REFERENCE, "x": 1}, {"s": CURRENT, "x": 1}, weights={"/s": 0})
    assert (found.score, found.compared, found.samples) == (0, 1, {})


def test_paths_are_told_by_what_became_of_them() -> None:
    found = detect({"a": 1, "b": 2, "c": {"d": "x"}}, {"b": 3, "c": {"d": "y"}, "e": 1, "f": 1})
    assert found.paths(Change.ADDED) == ("/e", "/f")
    assert found.paths(Change.REMOVED) == ("/a",)
    assert found.paths(Change.CHANGED) == ("/b", "/c/d")


def test_severity_divides_what_is_beyond_the_threshold() -> None:
    scores = [0, 2**-52, 0.2499, 0.25, 0.4999, 0.5, 0.7499, 0.75, 1]
    words = ["none", "low", "low", "medium", "medium", "high", "high", "critical", "critical"]
    assert [severity(score) for score in scores] == words
    assert severity(1.0, 1.0) is Severity.CRITICAL
    assert severity(0.999, 1.0) is Severity.LOW
    assert detect({"a": 1, "b": 1}, {"a": 1}, threshold=0.5).drifted
    assert not detect({"a": 1, "b": 1}, {"a": 1}, threshold=0.51).drifted


def test_as_many_samples_as_may_be_are_compared() -> None:
    one = {"x": [n % 1000 for n in range(SAMPLES)]}
    other = {"x": [n % 1000 + 100 for n in range(SAMPLES)]}
    found = detect(one, other)
    assert found.score == pytest.approx(0.1)
    assert found.samples["/x"].wasserstein == pytest.approx(100)
    with pytest.raises(DriftInputError, match="current"):
        detect(one, {"x": [*one["x"], 1]})
    with pytest.raises(DriftInputError, match="lists of numbers"):
        detect({}, {"y": [0] * FEWEST_SAMPLES, **one})
    with pytest.raises(DriftInputError, match="baseline"):
        detect(one, {"x": [1]})  # place by place they are too many


@pytest.mark.parametrize(
    "said",
    [
        {"threshold": 0},
        {"threshold": 1.01},
        {"threshold": math.nan},
        {"places": "/x"},
        {"places": ["x"]},
        {"weights": {"/x": -1}},
        {"ranges": {"/x": (1, 0)}},
        {"current": {"x": math.nan}},
        {"current": {"x": [math.nan] * 8}},
        {"current": [1]},
        {"baseline": None},
    ],
)
def test_what_cannot_be_used_is_refused_by_name(said: dict[str, Any]) -> None:
    with pytest.raises(DriftInputError) as caught:
        detect(**{"baseline": {"x": 1}, "current": {"x": 1}} | said)
    assert caught.value.field == next(iter(said))


@given(STATES, STATES)
def test_states_have_one_id_if_nothing_is_between_them(one: Any, other: Any) -> None:
    try:
        same = state_id(one) == state_id(other)
    except DriftInputError:
        return  # integers that canonical JSON has not
    assert same is (distance(one, other).score == 0)


def test_an_id_is_the_hash_of_canonical_json() -> None:
    assert state_id({"b": 1.0, "a": -0.0}) == hashlib.sha256(b'{"a":0,"b":1}').hexdigest()
    for state in ({"x": 2**53}, {"x": "\ud800"}, {"x": math.nan}, {"x": object()}, [1], "x"):
        with pytest.raises(DriftInputError):
            state_id(state)  # type: ignore[arg-type]


def line(length: int = 4) -> list[Baseline]:
    found: list[Baseline] = []
    for n in range(length):
        found.append(baseline_of({"n": n % 2}, 1_800_000_000.0 + n, f"reason {n}", found[-1] if found else None))
    return found


def test_a_line_of_baselines_is_verified_even_where_a_state_returns() -> None:
    baselines = line()
    assert [each.parent for each in baselines] == [None, *(each.id for each in baselines[:-1])]
    assert baselines[0].id == baselines[2].id
    assert len({each.link for each in baselines}) == 4
    verify_lineage(baselines)
    verify_lineage([])
    assert "state" not in repr(baselines[0])


def tampered() -> list[list[Baseline]]:
    good = line()

    def with_(place: int, **changes: Any) -> list[Baseline]:
        return [*good[:place], replace(good[place], **changes), *good[place + 1 :]]

    return [
        with_(1, state={"n": 0}),
        with_(1, id=good[0].id),
        with_(1, reason="another"),
        with_(1, created_at=good[1].created_at + 0.5),
        with_(1, created_at=good[0].created_at - 1),
        with_(1, parent=None),
        with_(1, link=good[0].link),
        with_(0, reason="another"),
        good[1:],
        [good[0], *good[2:]],
        [good[0], *good[3:]],
        [good[1], good[0], *good[2:]],
        [*good[:2], good[0], *good[2:]],
    ]


@pytest.mark.parametrize("baselines", tampered())
def test_a_line_that_was_altered_is_refused(baselines: list[Baseline]) -> None:
    with pytest.raises(DriftInputError, match="lineage"):
        verify_lineage(baselines)


def test_a_baseline_has_a_reason_and_comes_after_its_parent() -> None:
    parent = line(1)[0]
    for at, reason, field in (
        (parent.created_at, "", "reason"),
        (parent.created_at, "x" * 501, "reason"),
        (parent.created_at, "\ud800", "reason"),
        (parent.created_at - 1, "earlier", "created_at"),
        (math.nan, "never", "created_at"),
        (1e300, "never", "created_at"),
    ):
        with pytest.raises(DriftInputError) as caught:
            baseline_of({"n": 1}, at, reason, parent)
        assert caught.value.field == field


def test_a_drift_can_be_told_in_json() -> None:
    found = detect({"a": 1, "s": REFERENCE}, {"a": 2, "s": CURRENT})
    told = json.loads(json.dumps([found.score, *(each.contribution for each in found.contributions)]))
    assert told[0] == sum(told[1:])


def test_it_imports_nothing_heavy() -> None:
    path = ":".join(sys.path)
    script = (
        "import sys; import lukhas_common.consciousness.drift.detector, lukhas_common.consciousness.drift.watch,"
        " lukhas_common.consciousness.measures; print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": path},
    )
    assert not {"numpy", "scipy", "boto3", "pydantic", "statistics", "rfc8785"} & set(done.stdout.split())
