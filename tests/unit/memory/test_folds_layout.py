"""The layout of version 1, which every later version has to read."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.memory.folds import columns, layout, rows
from lukhas_common.memory.folds.bits import Side
from lukhas_common.memory.folds.errors import FoldDamagedError
from lukhas_common.memory.folds.fold import Fold
from lukhas_common.memory.folds.writing import write
from tests.unit.memory.fold_records import (
    BEGAN,
    SESSION,
    Store,
    concepts,
    exactly,
    formed,
    instants,
    opened,
    rfc3339,
    same,
    scalars,
    seconds,
    texts,
    turns,
    uuid7,
    uuids7,
    values,
)

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FILE = Path(__file__).with_name("fold-version-1.bin")
FILE_ID = "6875409684827bb879de9f63c8c58ff8eb51888cdbf33f391e7622e6a3bfa854"


def test_a_fold_of_version_1_is_read() -> None:
    store = Store(FILE.read_bytes())
    fold = Fold.open(store.read, len(store.data), fold_id=FILE_ID)
    assert same(list(fold.records()), turns(10))
    assert fold.search(["number7"]) == [turns(10)[7]["memory_id"]]


def test_the_bytes_are_where_the_layout_says() -> None:
    records = turns(10)
    written = write(records, frame=4, level=3)
    data, at = written.data, 0
    magic, version, zero, length, digest = struct.unpack(">8sHHI32s", data[-48:])
    assert (magic, version, zero) == (b"LUKHFOLD", 1, 0)
    stored = data[-48 - length : -48]
    assert digest == hashlib.sha256(stored).digest()
    assert written.footer == (len(data) - 48 - length, length + 48)
    footer = json.loads(zstd.decompress(stored))
    assert list(footer) == ["fold_id", "dictionary", "frames", "index", "index_digest", "digest"]
    assert (footer["fold_id"], footer["dictionary"]) == (written.fold_id, None)
    for number, entry in enumerate(footer["frames"]):
        part = records[number * 4 : number * 4 + 4]
        frame = data[at : at + entry[0]]
        assert frame[:16] == b"LKf1" + struct.pack(">III", number, entry[0] - 32, entry[1])
        assert frame[16:32] == hashlib.sha256(frame[32:]).digest()[:16]
        end = 36 + int.from_bytes(frame[32:36], "big")
        document = zstd.decompress(frame[36:end])
        assert (document, frame[end:]) == rows.encode(part)
        ids = [record["memory_id"] for record in part]
        assert entry == [len(frame), len(document), len(part), ids[0], ids[-1], hashlib.sha256(frame).hexdigest()]
        at += len(frame)
    index = data[at : written.footer[0]]
    assert (footer["index"], footer["index_digest"]) == (len(index), hashlib.sha256(index).hexdigest())
    assert footer["digest"] == hashlib.sha256(data[: written.footer[0]]).hexdigest()
    assert written.digest == hashlib.sha256(data).hexdigest()
    assert written.index == len(index)


def test_a_document_is_laid_out_by_columns() -> None:
    document, side = rows.encode(turns(8))
    count, table, source = json.loads(document)
    assert (count, table[source][0]) == (8, ["value", "text"])
    assert table == [
        [["memory_id"], 0, ["uuid7", 10, [BEGAN >> 10, *[0] * 7]]],
        [["seq"], 0, ["same", 0]],
        [["type"], 0, ["same", "episodic"]],
        [["valid_from"], 0, ["seconds", [0] * 8, True]],
        [["value", "role"], 0, ["table", ["plain", ["user", "assistant"]], [0, 1] * 4]],
        [["provenance", "origin"], 0, ["table", ["plain", ["user", "assistant"]], [0, 1] * 4]],
        [["provenance", "request_id"], 0, ["front", [0, *[8] * 7], ["request 0", *map(str, range(1, 8))]]],
        [["session"], 0, ["same", SESSION]],
        [["key"], 0, ["front", [0, *[13] * 7], ["lamp/\x7f/number0", *map(str, range(1, 8))]], 7],
        [
            ["value", "text"],
            0,
            ["front", [0, *[18] * 7], ["The Lamp by canal 0 is out", *[f"{row} is out" for row in range(1, 8)]]],
        ],
        [["concepts"], 0, ["words", [[1, 3][: row % 3] for row in range(8)]]],
    ]
    steps = [BEGAN % 1024, *[1000] * 7]
    bits = "".join(f"{step:010b}{0x155 + row:074b}" for row, step in enumerate(steps))
    assert side == int(bits, 2).to_bytes(84, "big")


def test_a_missing_member_and_null_differ() -> None:
    name = "expires_at"
    records = [{"memory_id": "a", name: None}, {"memory_id": "b"}, {"memory_id": "c", name: None, "empty_object": {}}]
    records += [{"memory_id": str(row), name: None, "empty_object": {}} for row in range(4)]
    records.sort(key=lambda record: str(record["memory_id"]))
    document, _ = rows.encode(records)
    assert json.loads(document)[1] == [
        [["memory_id"], 0, ["plain", ["0", "1", "2", "3", "a", "b", "c"]]],
        [["expires_at"], [0, 1, 2, 3, 4, 6], ["same", None]],
        [["empty_object"], [0, 1, 2, 3, 6], ["plain", [{}, {}, {}, {}, {}]]],
    ]
    assert same(list(opened(write(records, level=1)).records()), records)


def test_texts_within_texts_come_back() -> None:
    one, two = "x" * 8, "a longer text, said once"
    for records in (
        [{"a": one, "b": f"{one} {two}", "c": f"{one} {two} {two}"}, {"a": two, "b": two * 2, "c": f"{two * 2} "}],
        [{"c": f"{two} {two} {one}", "b": f"{two} {two}", "a": two}, {"c": f"{one} , ", "b": f"{one} ,", "a": one}],
        [{"b": f"{two} {two}", "c": f"{two} {two} {one}", "a": two}, {"b": f"{one} ,", "c": f"{one} , ", "a": one}],
        [{"a": two, "b": two}, {"a": one, "b": one}],
        [{"a": two, "b": f"\x7f{two}"}, {"a": one, "b": one}],
        [{"a": f"\x7f{two}", "b": f"\x7f{two}"}, {"a": one, "b": one}],
        [{"a": two, "b": two}, {"a": one}],
        [{"a": uuid7(1, 1), "b": two, "c": ["longer"]}, {"a": uuid7(1, 2), "b": uuid7(1, 2), "c": ["once", "\x7f"]}],
    ):
        folded = [{**record, "memory_id": uuid7(1, row)} for row, record in enumerate(records * 3)]
        document, side = rows.encode(folded)
        assert same(rows.decode(document, side), folded)


def test_records_with_nothing_in_common_are_kept_as_they_are() -> None:
    records = [{"memory_id": str(row), **{f"{row}{member}": 1 for member in range(9)}} for row in range(3)]
    document, side = rows.encode(records)
    assert json.loads(document) == [3, None, records]
    assert side == b""
    assert same(list(opened(write(records, level=1)).records()), records)


@given(
    st.one_of(
        *(
            st.lists(kind, min_size=1, max_size=20)
            for kind in (scalars, formed, texts, uuids7, instants, seconds, concepts, values)
        ),
        st.lists(st.sampled_from([1, 1.0, True, "1", None, 0.0, -0.0]), min_size=1, max_size=20),
        st.lists(st.sampled_from([str(UUID(int=number)) for number in (1, 2)]), min_size=8, max_size=20),
    ),
    st.booleans(),
)
def test_a_column_of_anything_comes_back(cells: list[Any], anchored: bool) -> None:
    said = ["The été, the Lamp and lamps"] * len(cells) if anchored else None
    anchors = [1_767_225_600_000 + row for row in range(len(cells))] if anchored else None
    column, beside = columns.encode(cells, anchors, said)
    side = Side(beside, 10**6)
    found = columns.decode(json.loads(columns.dumps(column)), len(cells), side, anchors, said)
    assert exactly(found) == exactly(cells)
    assert side.used_up


@pytest.mark.parametrize(
    ("cells", "form", "beside"),
    [
        ([str(UUID(int=number)) for number in range(3)], "uuid", 48),
        ([uuid7(number, 5) for number in range(3)], "uuid7", 29),
        ([-0.001, 0.0, 1767225600.001], "seconds", 0),
        ([-0.0, 0.0], "plain", 0),
        ([1e308, 0.5], "plain", 0),
        ([1.0005, 2.0], "plain", 0),
        ([1.0, 2], "plain", 0),
        ([rfc3339(-1), rfc3339(0)], "time", 0),
        ([bytes([number] * 32).hex() for number in range(3)], "hex", 96),
        ([base64.b64encode(bytes([number] * 11)).decode() for number in range(3)], "base64", 33),
        (["2026-02-30T00:00:00.000Z", "2026-01-01T24:00:00.000Z"], "plain", 0),
        ([str(UUID(int=10)).upper(), str(UUID(int=11)).upper()], "front", 0),
        (["user", "user", "user", "user", "tool", "tool", "tool", "tool"], "table", 0),
    ],
)
def test_columns_take_the_form_that_fits(cells: list[str], form: str, beside: int) -> None:
    column, side = columns.encode(cells)
    assert (column[0], len(side)) == (form, beside)


def test_words_are_numbered_where_most_of_them_are_said() -> None:
    said = ["A lamp by the canal"] * 2
    assert columns.encode([["lamp", "Lamp"], ["canal"]], None, said)[0] == ["words", [[1, "Lamp"], [4]]]
    for others in ([["lamp", "Lamp"], ["tree"]], [[1], [0]], [["lamp", 1], ["by"]], [[], []]):
        assert columns.encode(others, None, said)[0] == ["plain", others]


@pytest.mark.parametrize(
    "cells",
    [
        ["AB" * 8, "CD" * 8],
        ["AAAAAAAAAAB=", "AAAAAAAAAAC="],
        [str(UUID(int=7 << 76 | number)) for number in (1, 2)],
        [bytes(8).hex(), f"{bytes(7).hex()} 0"],
    ],
)
def test_texts_that_only_look_like_a_form_come_back_as_they_were(cells: list[str]) -> None:
    column, beside = columns.encode(cells)
    assert columns.decode(column, len(cells), Side(beside, 100)) == cells


def test_another_version_is_not_opened() -> None:
    written = write(turns(1), level=1)
    data = bytearray(written.data)
    data[-layout.TRAILER + 9] = 2
    store = Store(bytes(data))
    with pytest.raises(FoldDamagedError, match="version 2"):
        Fold.open(store.read, len(data), fold_id=written.fold_id, footer=written.footer)
