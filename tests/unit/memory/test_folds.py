"""Folding records and reading them again."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from lukhas_common.memory.folds.dictionaries import train_dictionary
from lukhas_common.memory.folds.errors import DictionaryMissingError, RecordError
from lukhas_common.memory.folds.fold import Fold
from lukhas_common.memory.folds.records import LARGEST, fold_id
from lukhas_common.memory.folds.writing import write
from tests.unit.memory.fold_records import KEY, Store, exactly, opened, record_lists, same, seal, turns, unseal


@given(record_lists(), st.integers(1, 5), st.booleans())
def test_what_is_folded_comes_back(records: list[dict[str, Any]], frame: int, sealed: bool) -> None:
    written = write(records, frame=frame, level=1, seal=seal if sealed else None)
    fold = opened(written, unseal=unseal if sealed else None)
    assert same(list(fold.records()), records)
    assert all(exactly(fold.record(one["memory_id"])) == exactly(one) for one in records)
    assert fold.verify() == []
    assert (written.records, written.raw) == (
        len(records),
        sum(len(json.dumps(one, ensure_ascii=False, separators=(",", ":")).encode()) + 1 for one in records),
    )


@settings(max_examples=20)
@given(record_lists(), st.randoms(use_true_random=False))
def test_the_id_of_a_fold_is_that_of_its_records_in_any_order(records: list[dict[str, Any]], chance: Any) -> None:
    shuffled = chance.sample(records, len(records))
    assert write(shuffled, key=KEY, level=1).fold_id == fold_id(records, KEY) == fold_id(shuffled, KEY)
    assert fold_id(records, KEY) not in (fold_id(records), fold_id(records, bytes(32)))
    if records:
        changed = [{**records[0], "new": True}, *records[1:]]
        assert fold_id(changed, KEY) != fold_id(records, KEY) != fold_id(records[1:], KEY)


def test_the_id_of_a_fold_can_be_computed_by_anyone_with_its_key() -> None:
    records = turns(3)
    parts = [rfc8785.dumps(record) for record in records]
    told = b"lukhas fold 1" + b"".join(b"\0" + len(part).to_bytes(4, "big") + part for part in parts)
    assert fold_id(records, KEY) == hmac.new(KEY, told, hashlib.sha256).hexdigest()
    assert fold_id(records) == hashlib.sha256(told).hexdigest()
    assert fold_id([{"memory_id": "a", "n": 2**60}]) != fold_id([{"memory_id": "a", "n": 2**60 + 1}])


def test_opening_takes_one_range_read_and_each_record_one_more() -> None:
    records = turns(40)
    written = write(records, frame=8, level=1, seal=seal)
    store = Store(written.data)
    fold = Fold.open(
        store.read, len(store.data), fold_id=written.fold_id, footer=written.footer, unseal=unseal, kept=0
    )  # fmt: skip
    assert store.reads == [written.footer]
    for record in records:
        store.reads.clear()
        assert fold.record(record["memory_id"]) == record
        assert len(store.reads) == 1
    store.reads.clear()
    assert fold.record("0") is fold.record("g") is fold.record(turns(1, 0)[0]["memory_id"]) is None
    assert store.reads == []
    assert fold.search(["canal"])
    assert fold.search(["lamp"])
    assert len(store.reads) == 1


def test_opening_without_knowing_the_footer_takes_one_read_more() -> None:
    written = write(turns(4), level=1)
    store = Store(written.data)
    fold = Fold.open(store.read, len(store.data), fold_id=written.fold_id)
    assert len(store.reads) == 2
    assert same(list(fold.records()), turns(4))


def test_frames_that_are_kept_are_not_read_again_and_not_shared() -> None:
    written = write(turns(24), frame=8, level=1)
    store = Store(written.data)
    fold = Fold.open(store.read, len(store.data), fold_id=written.fold_id, footer=written.footer, kept=2)
    ids = [record["memory_id"] for record in turns(24)]
    store.reads.clear()
    found = fold.record(ids[0])
    assert found is not None
    found["value"]["text"] = "changed"
    assert fold.record(ids[0]) == turns(1)[0]
    for row in (8, 1, 9, 0):
        fold.record(ids[row])
    assert len(store.reads) == 2
    fold.record(ids[16])
    fold.record(ids[0])
    assert len(store.reads) == 3
    fold.record(ids[8])
    assert len(store.reads) == 4


def test_a_dictionary_is_asked_for_by_its_digest_and_never_guessed() -> None:
    records = turns(1600)
    dictionary = train_dictionary(records[:1500], 4096)
    assert dictionary is not None
    assert len(dictionary) <= 4096
    digest = hashlib.sha256(dictionary).hexdigest()
    written, without = (write(records[1500:], frame=8, level=3, dictionary=one) for one in (dictionary, None))
    assert len(written.data) < len(without.data)
    assert same(list(opened(written, dictionaries={digest: dictionary}.__getitem__).records()), records[1500:])
    for supplied in (None, {}.__getitem__, lambda _: dictionary[:-1], lambda _: b"no dictionary"):
        fold = opened(written, dictionaries=supplied)
        with pytest.raises(DictionaryMissingError) as caught:
            fold.record(records[1500]["memory_id"])
        assert caught.value.digest == digest
        assert fold.search(["number1500"]) == [records[1500]["memory_id"]]


def test_too_few_records_make_no_dictionary() -> None:
    assert train_dictionary([], 4096) is None
    assert train_dictionary(turns(20), 4096) is None
    assert train_dictionary(turns(300), 1 << 14) is None
    assert train_dictionary(turns(300), 1 << 12) is not None
    assert train_dictionary([{"memory_id": str(row), "text": "x" * 3000} for row in range(20)], 4096) is None


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"memory_id": 1},
        {"memory_id": ""},
        {"memory_id": "x" * 257},
        {"memory_id": "\ud800"},
        {"memory_id": "a", "value": float("nan")},
        {"memory_id": "a", "value": "\udfff"},
        {"memory_id": "a", "value": (1, 2)},
        {"memory_id": "a", 1: 2},
        {"memory_id": "a", "value": b"x"},
        {"memory_id": "a", "value": 10**5000},
        {"memory_id": "a", "value": "x" * LARGEST},
        ["memory_id"],
        "memory_id",
    ],
)
def test_what_cannot_be_folded_is_refused(record: Any) -> None:
    with pytest.raises(RecordError):
        write([record])
    with pytest.raises(RecordError):
        fold_id([record])


def test_records_nested_too_deeply_are_refused() -> None:
    deep: list[Any] = []
    for _ in range(62):
        deep = [deep]
    assert same(list(opened(write([{"memory_id": "a", "v": deep}])).records()), [{"memory_id": "a", "v": deep}])
    for levels in (1, 40, 5000):
        deeper = deep
        for _ in range(levels):
            deeper = [deeper]
        with pytest.raises(RecordError):
            write([{"memory_id": "a", "v": deeper}])


def test_two_records_of_one_id_are_refused() -> None:
    with pytest.raises(RecordError):
        write([*turns(2), turns(1)[0]])
    with pytest.raises(RecordError):
        fold_id([*turns(2), turns(1)[0]])


def test_large_records_close_their_frame_early() -> None:
    records = [{"memory_id": f"{row:02}", "text": "é" * 500_000} for row in range(6)]
    written = write(records, level=1)
    assert written.frames == 2
    assert same(list(opened(written).records()), records)
