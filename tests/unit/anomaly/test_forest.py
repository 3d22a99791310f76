"""Isolation forests."""

from __future__ import annotations

import math
import struct
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lukhas_common.anomaly import blob
from lukhas_common.anomaly.errors import ModelDamagedError, RowsError
from lukhas_common.anomaly.forest import IsolationForest
from lukhas_common.anomaly.trees import average_path

NUMBERS = st.floats(-1e6, 1e6)
ROWS = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=40)


def cloud(rows: int = 300, width: int = 3, seed: int = 1) -> list[tuple[float, ...]]:
    chance = Random(seed)  # noqa: S311
    return [tuple(chance.gauss(0, 1) for _ in range(width)) for _ in range(rows)]


FOREST = IsolationForest.fit(cloud(), 30, 64)


@pytest.mark.parametrize("rows", [2, 16, 64, 256])
def test_the_average_path_is_that_of_all_insertion_orders(rows: int) -> None:
    harmonic = sum(1 / number for number in range(1, rows))
    exact = 2 * harmonic - 2 * (rows - 1) / rows
    assert average_path(rows) == pytest.approx(exact, rel=0.05)
    assert average_path(1) == average_path(0) == 0


@given(ROWS, st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_the_order_of_rows_does_not_matter(rows: list[tuple[float, float]], chance: Random) -> None:
    mixed = rows.copy()
    chance.shuffle(mixed)
    assert IsolationForest.fit(rows, 5, 16).to_bytes() == IsolationForest.fit(mixed, 5, 16).to_bytes()


@given(ROWS, st.tuples(NUMBERS, NUMBERS))
@settings(max_examples=50)
def test_bytes_hold_the_whole_forest(rows: list[tuple[float, float]], row: tuple[float, float]) -> None:
    forest = IsolationForest.fit(rows, 5, 16)
    again = IsolationForest.from_bytes(forest.to_bytes())
    assert again.to_bytes() == forest.to_bytes()
    assert again.score(row) == forest.score(row)
    assert 0 < forest.score(row) <= 1


@given(st.integers(0, 2), st.floats(3, 1e30), st.floats(1, 1e6))
def test_what_is_farther_out_is_no_less_unusual(feature: int, far: float, times: float) -> None:
    near, farther = [0.1, -0.2, 0.3], [0.1, -0.2, 0.3]
    near[feature], farther[feature] = max(far, 5.0), max(far, 5.0) * times
    assert FOREST.score(farther) == FOREST.score(near) > FOREST.score([0.1, -0.2, 0.3])


def test_an_outlier_scores_above_all_that_it_was_trained_on() -> None:
    assert FOREST.score([9, 9, 9]) > max(FOREST.score(row) for row in cloud())


def test_rows_that_are_all_alike_are_all_usual() -> None:
    assert IsolationForest.fit([(1.0, 2.0)] * 50, 5).score((1.0, 2.0)) == pytest.approx(0.5)


@given(st.integers(min_value=0), st.integers(1, 255))
def test_damaged_bytes_are_refused(place: int, change: int) -> None:
    data = bytearray(FOREST.to_bytes())
    data[place % len(data)] ^= change
    with pytest.raises(ModelDamagedError):
        IsolationForest.from_bytes(bytes(data))


@given(st.binary(max_size=200))
def test_bytes_of_others_are_refused_whatever_their_checksum(body: bytes) -> None:
    with pytest.raises(ModelDamagedError):
        IsolationForest.from_bytes(body)
    with pytest.raises(ModelDamagedError):
        IsolationForest.from_bytes(blob.seal(b"forest", 1, body))


@pytest.mark.parametrize(
    ("tree", "why"),
    [
        (bytes([9]) + struct.pack("<f", 1.0) + 2 * (b"\xff" + struct.pack("<I", 1)), "a feature that no row has"),
        (bytes([0]) + struct.pack("<f", math.nan) + 2 * (b"\xff" + struct.pack("<I", 1)), "no split"),
        (bytes([0]) + struct.pack("<f", 1.0) + b"\xff" + struct.pack("<I", 1), "half a tree"),
        (40 * (bytes([0]) + struct.pack("<f", 1.0)) + 41 * (b"\xff" + struct.pack("<I", 1)), "too high"),
    ],
)
def test_trees_that_cannot_be_are_refused(tree: bytes, why: str) -> None:
    body = struct.pack("<BHI", 3, 1, 256) + tree
    with pytest.raises(ModelDamagedError):
        IsolationForest.from_bytes(blob.seal(b"forest", 1, body))


@pytest.mark.parametrize(
    "rows",
    [
        [(1.0,), ("x",)],
        [(1.0,), 2.0],
        [],
        [(1.0,)],
        [(1.0,), (1.0, 2.0)],
        [(1.0,), (math.nan,)],
        [(1.0,), (math.inf,)],
        [(), ()],
        [(1e39,), (1.0,)],
    ],
)
def test_what_are_no_rows_is_refused(rows: Any) -> None:
    with pytest.raises(RowsError):
        IsolationForest.fit(rows)


@pytest.mark.parametrize(
    "row", [(), (1.0, 2.0), (1.0, 2.0, math.nan), (1.0, 2.0, math.inf), ("x", 1.0, 2.0), (10**400, 1, 1), 3]
)
def test_what_is_no_row_gets_no_score(row: Any) -> None:
    with pytest.raises(RowsError):
        FOREST.score(row)
