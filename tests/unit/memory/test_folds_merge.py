"""Making one fold of several."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lukhas_common.memory.folds.errors import FrameDamagedError
from lukhas_common.memory.folds.fold import Fold
from lukhas_common.memory.folds.merging import merge
from lukhas_common.memory.folds.records import fold_id
from lukhas_common.memory.folds.writing import FoldWriter, write
from tests.unit.memory.fold_records import KEY, Store, opened, same, seal, turns, unseal


@settings(max_examples=12)
@given(st.lists(st.lists(st.integers(0, 15), unique=True, max_size=9), max_size=4), st.integers(1, 4))
def test_the_latest_fold_wins_and_what_is_not_kept_is_gone(chosen: list[list[int]], frame: int) -> None:
    all_rows = turns(16)
    sources = [[{**all_rows[row], "from": number} for row in listed] for number, listed in enumerate(chosen)]
    expected: dict[str, dict[str, Any]] = {one["memory_id"]: one for source in sources for one in source}

    def keep(record: dict[str, Any]) -> bool:
        return record["from"] != 1

    kept = [one for one in expected.values() if keep(one)]
    folds = [opened(write(source, frame=frame, level=1, seal=seal), unseal=unseal) for source in sources]
    merged = merge(folds, keep, key=KEY, seal=seal, frame=3, level=1)
    fold = opened(merged, unseal=unseal)
    assert same(list(fold.records()), kept)
    assert merged.fold_id == fold_id(kept, KEY)
    assert sorted(fold.search(["lamp"])) == sorted(one["memory_id"] for one in kept)


def test_each_frame_is_read_once_and_not_before_it_is_needed() -> None:
    early, late = write(turns(16)[:8], frame=2, level=1), write(turns(16)[8:], frame=2, level=1)
    stores = [Store(early.data), Store(late.data)]
    folds = [
        Fold.open(store.read, len(store.data), fold_id=one.fold_id, footer=one.footer)
        for store, one in zip(stores, (early, late), strict=True)
    ]
    seen: list[tuple[int, int]] = []

    def keep(record: dict[str, Any]) -> bool:
        seen.append((len(stores[0].reads), len(stores[1].reads)))
        return True

    merge(folds, keep, level=1)
    assert seen[0] == (2, 2)
    assert (len(stores[0].reads), len(stores[1].reads)) == (5, 5)
    assert seen[7] == (5, 2)


def test_a_damaged_frame_stops_a_merge() -> None:
    written = write(turns(6), frame=2, level=1)
    store = Store(written.data[:100] + b"?" + written.data[101:])
    fold = Fold.open(store.read, len(store.data), fold_id=written.fold_id, footer=written.footer)
    with pytest.raises(FrameDamagedError):
        merge([fold], lambda record: True)


def test_a_frame_has_a_number_of_records_that_readers_take() -> None:
    for frame in (0, 513):
        with pytest.raises(ValueError, match="1 to 512"):
            FoldWriter(frame=frame)
    assert same(list(opened(write(turns(600), frame=512, level=1)).records()), turns(600))
