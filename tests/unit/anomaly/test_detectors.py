"""Detectors: what is usual, the tail of scores, and both with a forest."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Sequence
from pathlib import Path
from random import Random
from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.anomaly import blob
from lukhas_common.anomaly.detectors import FALSE_ALERTS, RESERVE, WINDOWS, Detector, Severity
from lukhas_common.anomaly.errors import ModelDamagedError, RowsError
from lukhas_common.anomaly.robust import NORMAL, STEP, usual
from lukhas_common.anomaly.tail import tail
from tests.unit.anomaly.test_forest import cloud

NUMBERS = st.floats(-1e6, 1e6)
DETECTOR = Detector.fit(cloud(2000), features=("a", "b", "c"), trees=20)


@given(st.lists(NUMBERS, min_size=1, max_size=60), NUMBERS)
def test_rarity_is_the_share_that_is_as_far_out_in_steps(values: list[float], value: float) -> None:
    found = usual(values)
    beyond = max(min(sum(other >= value for other in values), sum(other <= value for other in values)), 1)
    exact = -math.log(beyond / len(values))
    assert exact - 1 / STEP - 1e-9 <= found.rarity(value) <= exact + 1e-9
    assert (value - median(values)) * found.z(value) >= 0


@given(st.lists(NUMBERS, min_size=1, max_size=40), NUMBERS, NUMBERS)
def test_what_is_farther_is_no_less_far_nor_rare(values: list[float], one: float, other: float) -> None:
    found, (low, high) = usual(values), sorted([one, other])
    assert found.z(low) <= found.z(high)
    if low >= found.middle:
        assert found.rarity(low) <= found.rarity(high)


def test_deviations_of_normal_values_are_standard_deviations() -> None:
    chance = Random(3)  # noqa: S311
    found = usual([chance.gauss(10, 2) for _ in range(20_000)])
    assert found.z(14) == pytest.approx(2, rel=0.03)
    assert found.z(6) == pytest.approx(-2, rel=0.03)


def test_rare_values_are_measured_by_each_other_and_constants_by_one() -> None:
    assert usual([0.0] * 97 + [2.0, 3.0, 4.0]).z(6) == pytest.approx(6 / (3 * NORMAL))
    assert usual([5.0] * 10).z(7) == 2
    assert usual([0.0] * 9 + [4.0]).z(-4) == pytest.approx(-1 / NORMAL)


def test_a_tail_extrapolates_exponential_scores() -> None:
    chance = Random(5)  # noqa: S311
    found = tail([chance.expovariate(10) for _ in range(20_000)])
    assert found.at(1e-5) == pytest.approx(math.log(1e5) / 10, rel=0.15)
    assert found.at(1) == found.start


def test_the_few_that_are_attacks_hardly_move_the_tail() -> None:
    chance = Random(5)  # noqa: S311
    scores = [chance.expovariate(10) for _ in range(5_000)]
    clean, soiled = tail(scores).at(1e-4), tail(scores + [30.0] * 10).at(1e-4)
    assert soiled == pytest.approx(clean, rel=0.15)


def test_an_outlier_is_an_alert_and_told_by_its_feature() -> None:
    found = DETECTOR.score((0.1, 60.0, 0.2))
    assert found.severity is Severity.CRITICAL
    assert found.contributions[0][0] == "b"
    assert found.contributions[0][1] == pytest.approx(60, rel=0.2)
    assert DETECTOR.score((0.0, 0.0, 0.0)).severity is None


@given(st.floats(0, 5), st.floats(1, 20))
def test_the_farther_out_the_higher_the_score(far: float, times: float) -> None:
    near, farther = DETECTOR.score((0, far + 5, 0)), DETECTOR.score((0, (far + 5) * times, 0))
    assert near.score <= farther.score <= 1


def test_severities_are_ten_times_rarer_each() -> None:
    each = FALSE_ALERTS / WINDOWS / RESERVE / 2
    for tails, limits in zip(DETECTOR.tails, (DETECTOR.thresholds, DETECTOR.limits), strict=True):
        assert limits == tuple(tails.at(each / 10**step) for step in range(4))
    assert list(DETECTOR.limits) == sorted(DETECTOR.limits)
    low, beyond = DETECTOR.limits[0], DETECTOR.limits[1]
    far = DETECTOR.usuals[0].above * (low + beyond) / 2 + DETECTOR.usuals[0].middle
    assert DETECTOR.score((far, 0, 0)).severity is Severity.LOW


def test_rows_like_those_trained_on_are_almost_never_an_alert() -> None:
    assert sum(DETECTOR.score(row).severity is not None for row in cloud(3000, seed=9)) <= 2


def test_bytes_hold_the_whole_detector_and_the_order_of_rows_does_not_matter() -> None:
    rows = cloud(200)
    one, other = (Detector.fit(listed, trees=5, seed=2) for listed in (rows, rows[::-1]))
    again = Detector.from_bytes(one.to_bytes())
    assert one.to_bytes() == other.to_bytes() == again.to_bytes()
    assert again.score(rows[0]) == one.score(rows[0])
    assert again.features == ("0", "1", "2")


@given(st.integers(min_value=0), st.integers(1, 255))
def test_damaged_bytes_are_refused(place: int, change: int) -> None:
    data = bytearray(DETECTOR.to_bytes())
    data[place % len(data)] ^= change
    with pytest.raises(ModelDamagedError):
        Detector.from_bytes(bytes(data))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("features", ["a", "b"]),
        ("features", ["a", "a", "b"]),
        ("features", ["a", "b", 3]),
        ("usuals", []),
        ("usuals", [[0, 0, 1, [], []]] * 3),
        ("usuals", [[0, 1, 1, [1, 2], []]] * 3),
        ("usuals", [["0", 1, 1, [], []]] * 3),
        ("tails", [[0, 1, 1]]),
        ("tails", [[0, 0, 1], [0, 1, 1]]),
        ("tails", [[0, 1, -1], [0, 1, 1]]),
        ("rate", 0),
        ("rate", None),
    ],
)
def test_parts_that_do_not_fit_are_refused(name: str, value: object) -> None:
    body = blob.unseal(b"detector", 1, DETECTOR.to_bytes())
    head, forest = struct.unpack_from("<II", body)
    said = json.loads(body[8 : 8 + head]) | {name: value}
    text = json.dumps(said).encode()
    with pytest.raises(ModelDamagedError):
        Detector.from_bytes(blob.seal(b"detector", 1, struct.pack("<II", len(text), forest) + text + body[8 + head :]))


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(RowsError, match="100 rows"):
        Detector.fit(cloud(99))


def area(labels: Sequence[int], scores: Sequence[float]) -> float:
    """The area under the ROC curve: how often an anomaly scores above another row; a tie is half."""
    order = np.argsort(scores, kind="stable")
    values, ranks = np.asarray(scores)[order], np.empty(len(scores))
    first, last = np.searchsorted(values, values, "left"), np.searchsorted(values, values, "right")
    ranks[order] = (first + last + 1) / 2
    found = np.asarray(labels) == 1
    return float((ranks[found].sum() - found.sum() * (found.sum() + 1) / 2) / found.sum() / (~found).sum())


@pytest.mark.parametrize(("name", "least"), [("38_thyroid", 0.97), ("23_mammography", 0.87)])
def test_anomalies_of_public_sets_score_above_the_rest(shared: Path, name: str, least: float) -> None:
    with np.load(shared / "data" / "anomaly" / f"{name}.npz") as data:
        rows, labels = data["X"].astype(float), data["y"]
    detector = Detector.fit(map(tuple, rows.tolist()))
    kept = (labels == 1) | (np.arange(len(labels)) % 5 == 0)
    assert area(labels[kept], [detector.score(row).score for row in rows[kept].tolist()]) >= least
