"""Training anew: what is accepted, and when the last good model stays."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from math import log1p
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lukhas_common.anomaly import blob, detectors
from lukhas_common.anomaly.errors import ModelDamagedError
from lukhas_common.anomaly.features import FEATURES
from lukhas_common.anomaly.models import Model
from lukhas_common.anomaly.training import CANARIES, train

AT = datetime(2026, 6, 8, tzinfo=UTC)


def rows(number: int = 600, seed: int = 1, more: float = 1.0) -> list[tuple[float, ...]]:
    """Windows of a few accesses each, of which the first feature is how many."""
    chance = Random(seed)  # noqa: S311
    return [
        tuple(log1p(chance.expovariate(0.2)) * (more if not place else 1) for place in range(len(FEATURES)))
        for _ in range(number)
    ]


@cache
def first() -> Model:
    found = train(rows(), None, seed=7, at=AT)
    assert found.model is not None
    return found.model


def test_the_first_model_is_accepted_with_its_lineage() -> None:
    model = first()
    assert (model.parent, model.rows, model.trained_at) == (None, 600, AT)
    assert len(model.id) == len(model.settings) == 64
    assert model.detector.features == FEATURES
    assert set(model.reference) <= set(rows())


def test_the_next_model_of_like_rows_is_accepted_and_names_its_parent() -> None:
    found = train(rows(seed=2), first(), seed=7, at=AT)
    assert found.accepted
    assert found.model is not None
    assert found.model.parent == first().id != found.model.id
    assert found.model.settings == first().settings
    assert len(found.shifts) == len(FEATURES)
    assert found.shifts[0].stability < 0.25


def test_rows_that_drifted_leave_the_last_good_model_until_somebody_accepts_them() -> None:
    moved = rows(seed=2, more=2.0)
    found = train(moved, first(), seed=7)
    assert (found.model, found.accepted) == (first(), False)
    assert found.reason.startswith("the rows drifted: requests (PSI ")
    assert found.shifts[0].feature == "requests"
    assert found.shifts[0].apart > 0.2
    accepted = train(moved, first(), seed=7, accept_drift=True)
    assert accepted.accepted
    assert accepted.reason.endswith("drift accepted in 1 features")


@pytest.mark.parametrize(
    "bad",
    [
        [],
        rows(199),
        [(1.0,)] * 300,
        [*rows(300), (float("nan"),) * len(FEATURES)],
        *([*rows(300), row] for row in (("x",) * len(FEATURES), (None,) * len(FEATURES), None, 3)),
        [("x",)] * 300,
    ],
)
def test_what_cannot_be_learnt_from_leaves_the_last_good_model(bad: Any) -> None:
    found = train(bad, first(), seed=7)
    assert (found.model, found.accepted) == (first(), False)
    assert found.reason
    assert train(bad, None, seed=7).model is None


def test_a_detector_that_was_taught_to_miss_plain_misuse_is_refused() -> None:
    names = list(FEATURES)
    taught = [
        tuple(CANARIES["scraping"].get(name, value) for name, value in zip(names, row, strict=True))
        for row in rows(60, seed=3)
    ]
    found = train([*rows(), *taught], None, seed=7)
    assert (found.model, found.accepted) == (None, False)
    assert "miss plain misuse: " in found.reason
    assert "scraping" in found.reason


def test_a_detector_that_would_alert_too_often_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detectors, "FALSE_ALERTS", 20.0)
    found = train(rows(), first(), seed=7)
    assert (found.model, found.accepted) == (first(), False)
    assert "that it has not seen would be alerts" in found.reason


def test_other_features_have_nothing_to_drift_from() -> None:
    found = train([row[:2] for row in rows()], first(), seed=7, features=("a", "b"))
    assert found.accepted
    assert found.shifts == ()


def test_the_same_rows_in_whatever_order_make_the_same_model() -> None:
    again = train(rows()[::-1], None, seed=7, at=AT.astimezone(timezone(timedelta(hours=2))))
    assert again.model is not None
    assert again.model.id == first().id
    other = train(rows(), None, seed=8, at=AT)
    assert other.model is not None
    assert other.model.id != first().id


def test_bytes_hold_the_whole_model() -> None:
    again = Model.from_bytes(first().to_bytes())
    assert again.to_bytes() == first().to_bytes()
    assert replace(again, detector=first().detector) == first()
    assert again.detector.score(rows()[0]) == first().detector.score(rows()[0])


@given(st.integers(min_value=0), st.integers(1, 255))
@settings(max_examples=50)
def test_damaged_bytes_are_refused(place: int, change: int) -> None:
    data = bytearray(first().to_bytes())
    data[place % len(data)] ^= change
    with pytest.raises(ModelDamagedError):
        Model.from_bytes(bytes(data))


@pytest.mark.parametrize(
    "change",
    [{"width": 3}, {"rows": -1}, {"rows": "1"}, {"parent": 1}, {"settings": None}, {"trained_at": "2026-06-08"}],
)
def test_a_lineage_that_cannot_be_is_refused(change: dict[str, object]) -> None:
    body = blob.unseal(b"model", 1, first().to_bytes())
    head, numbers, detector = struct.unpack_from("<III", body)
    text = json.dumps(json.loads(body[12 : 12 + head]) | change).encode()
    front = struct.pack("<III", len(text), numbers, detector)
    with pytest.raises(ModelDamagedError):
        Model.from_bytes(blob.seal(b"model", 1, front + text + body[12 + head :]))
