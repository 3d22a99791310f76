"""Folds that were altered or cut off: a typed error, or what was folded, and never anything else."""

from __future__ import annotations

import copy
import hashlib
import json
import struct
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lukhas_common.memory.folds import columns, layout, rows, zstandard
from lukhas_common.memory.folds.bits import Side
from lukhas_common.memory.folds.errors import (
    FoldDamagedError,
    FoldError,
    FrameDamagedError,
    IndexDamagedError,
)
from lukhas_common.memory.folds.fold import Fold
from lukhas_common.memory.folds.footer import Footer, Stored, read_footer
from lukhas_common.memory.folds.frame_index import MARK, FrameIndexWriter, read_frame_index
from lukhas_common.memory.folds.index import read_index
from lukhas_common.memory.folds.recovery import recover
from lukhas_common.memory.folds.writing import Written, write
from tests.unit.memory.fold_records import (
    KEY,
    Store,
    exactly,
    opened,
    record_lists,
    same,
    scalars,
    seal,
    texts,
    turns,
    unseal,
)
from tests.unit.memory.row_index import IndexWriter

RECORDS = turns(12)
KNOWN = {exactly(record) for record in RECORDS}
PLAIN = write(RECORDS, frame=3, level=1)
SEALED = write(RECORDS, frame=3, level=1, seal=seal, key=KEY)


@st.composite
def mutations(draw: st.DrawFn) -> Callable[[bytes], bytes]:
    """Something that happens to bytes."""
    at, length = draw(st.integers(0, 10**6)), draw(st.integers(1, 40))
    put = draw(st.binary(min_size=1, max_size=40))
    kind = draw(st.sampled_from(["flip", "cut", "put", "drop", "over", "twice"]))

    def mutated(data: bytes) -> bytes:
        begin = at % max(1, len(data))
        return {
            "flip": data[:begin] + bytes([data[begin] ^ put[0] or data[begin] ^ 1]) + data[begin + 1 :],
            "cut": data[:begin],
            "put": data[:begin] + put + data[begin:],
            "drop": data[:begin] + data[begin + length :],
            "over": data[:begin] + put + data[begin + len(put) :],
            "twice": data[: begin + length] + data[begin:],
        }[kind]

    return mutated


def everything(fold: Fold) -> list[dict[str, Any]]:
    """All that can be had from a fold, which raises nothing but typed errors."""
    found = list(fold.records(lambda error: None))
    fold.verify()
    for record in RECORDS:
        try:
            one = fold.record(record["memory_id"])
        except FrameDamagedError:
            continue
        assert one is None or one["memory_id"] == record["memory_id"]
    with suppress(IndexDamagedError):
        fold.search(["lamp", "number3"], damaged=lambda error: None)
    return found


@settings(max_examples=40)
@given(mutations(), st.booleans(), st.booleans())
def test_any_change_is_an_error_or_changes_nothing(
    mutate: Callable[[bytes], bytes], sealed: bool, footer_known: bool
) -> None:
    written, opens = (SEALED, unseal) if sealed else (PLAIN, None)
    store = Store(mutate(written.data))
    known = written.footer if footer_known else None
    try:
        fold = Fold.open(store.read, len(store.data), fold_id=written.fold_id, footer=known, unseal=opens)
    except FoldDamagedError:
        recovered = list(recover(store.read, len(store.data), fold_id=written.fold_id, unseal=opens))
        assert {exactly(record) for record in recovered} <= KNOWN
        return
    found = everything(fold)
    assert {exactly(record) for record in found} <= KNOWN
    assert len(found) + 3 * len(fold.verify()) == len(RECORDS)
    with suppress(IndexDamagedError, FrameDamagedError):
        assert fold.search(["number3"]) == [RECORDS[3]["memory_id"]]


@pytest.mark.parametrize("written", [PLAIN, SEALED])
def test_a_damaged_frame_costs_only_its_own_records(written: Written) -> None:
    whole = opened(written, unseal=unseal if written is SEALED else None)
    for number, (offset, entry) in enumerate(zip(whole.footer.offsets, whole.footer.frames, strict=False)):
        for at in (offset, offset + layout.HEADER, offset + entry.length - 1):
            data = bytearray(written.data)
            data[at] ^= 1
            store = Store(bytes(data))
            fold = Fold.open(
                store.read, len(data), fold_id=written.fold_id, footer=written.footer, unseal=whole._frames.unseal
            )
            assert fold.verify() == [number]
            for row, record in enumerate(RECORDS):
                if row // 3 == number:
                    with pytest.raises(FrameDamagedError) as caught:
                        fold.record(record["memory_id"])
                    assert (caught.value.fold_id, caught.value.frame) == (written.fold_id, number)
                else:
                    assert fold.record(record["memory_id"]) == record
            told: list[int] = []
            assert same(
                list(fold.records(lambda error: told.append(error.frame))),  # noqa: B023 - called at once
                [record for row, record in enumerate(RECORDS) if row // 3 != number],
            )
            assert told == [number]
            with pytest.raises(FrameDamagedError):
                list(fold.records())
            ids = [record["memory_id"] for row, record in enumerate(RECORDS) if row // 3 != number]
            assert fold.search(["lamp"], damaged=lambda error: told.append(error.frame)) == ids[::-1]  # noqa: B023
            assert told == [number, number]
            assert fold.search([f"number{(number + 1) % 4 * 3}"]) == [RECORDS[(number + 1) % 4 * 3]["memory_id"]]
            with pytest.raises(FrameDamagedError):
                fold.search([f"number{number * 3}"])


def test_a_damaged_index_costs_only_searching() -> None:
    offset = PLAIN.footer[0] - 1
    data = bytearray(PLAIN.data)
    data[offset] ^= 1
    store = Store(bytes(data))
    fold = Fold.open(store.read, len(data), fold_id=PLAIN.fold_id, footer=PLAIN.footer)
    with pytest.raises(IndexDamagedError):
        fold.search(["lamp"])
    assert same(list(fold.records()), RECORDS)


def test_parts_are_sealed_for_their_fold_and_their_place() -> None:
    other = write(turns(12, 0x999), frame=3, level=1, seal=seal, key=KEY)
    store = Store(other.data)
    with pytest.raises(FoldDamagedError):
        Fold.open(store.read, len(store.data), fold_id=SEALED.fold_id, footer=other.footer, unseal=unseal)
    assert list(recover(store.read, len(store.data), fold_id=SEALED.fold_id, unseal=unseal)) == []
    first, second = opened(SEALED, unseal=unseal).footer.offsets[:2]
    moved = SEALED.data[second : 2 * second - first] + SEALED.data[second:]
    header = struct.pack(">4sI", b"LKf1", 0)
    moved = header + moved[len(header) :]
    lost: list[int] = []
    found = list(
        recover(
            Store(moved).read,
            len(moved),
            fold_id=SEALED.fold_id,
            unseal=unseal,
            damaged=lambda error: lost.append(error.frame),
        )
    )
    assert 0 in lost
    assert same(found, RECORDS[3:])
    with pytest.raises(FoldDamagedError):
        opened(SEALED)
    with pytest.raises(FoldDamagedError):
        opened(PLAIN, unseal=unseal)


@pytest.mark.parametrize("written", [PLAIN, SEALED])
def test_frames_are_read_without_the_footer(written: Written) -> None:
    opens = unseal if written is SEALED else None
    offsets = opened(written, unseal=opens).footer.offsets
    data = written.data[: written.footer[0]]
    assert same(list(recover(Store(data).read, len(data), fold_id=written.fold_id, unseal=opens)), RECORDS)
    for begin, lost in ((offsets[1], 1), (offsets[2] + layout.HEADER + 40, 2)):
        damaged = data[:begin] + b"????" + data[begin + 4 :]
        found = list(recover(Store(damaged).read, len(data), fold_id=written.fold_id, unseal=opens))
        assert same(found, [record for row, record in enumerate(RECORDS) if row // 3 != lost])


def test_a_frame_that_stands_there_twice_is_recovered_once() -> None:
    begin, end = opened(PLAIN).footer.offsets[:2]
    data = PLAIN.data[begin:end] * 2
    assert same(list(recover(Store(data).read, len(data), fold_id=PLAIN.fold_id)), RECORDS[:3])


def test_bombs_are_not_let_off() -> None:
    bomb = zstandard.compress(bytes(1 << 24), level=1)
    tracemalloc.start()
    with pytest.raises(ValueError, match="more than it may"):
        zstandard.decompress(bomb, 1000)
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()
    payload = len(bomb).to_bytes(4, "big") + bomb
    fold = opened(forged(PLAIN, 0, payload, 10))
    assert fold.verify() == [0]
    wide = json.dumps([512, [[[f"m{number}"], 0, ["same", 0]] for number in range(9000)]]).encode()
    long = json.dumps([512, [[["m"], 0, ["front", [0, *[10_000_000] * 511], ["x" * 10_000_000, *[""] * 511]]]]])
    table = json.dumps([2, [[["m"], 0, ["table", ["same", 0], [0, 10**12]]]]])
    said = json.dumps([1, [[["m"], 0, ["plain", ["x" * 40_000]]], [["w"], 0, ["words", [[0] * 500]]]], 0])
    inside = [[["m"], 0, ["same", "x" * 40_000]], [["n"], 0, ["same", "\x7f"], 0]]
    many = [[["m"], 0, ["same", "x" * 40_000]], [["w"], 0, ["words", [[""]] * 512]]]
    more = (long, table, said, json.dumps([512, inside]), json.dumps([512, many, 0]))
    for document in (wide, *map(str.encode, more)):
        with pytest.raises(ValueError, match=r"."):
            rows.decode(document, b"")


def forged(written: Written, number: int, payload: bytes, document: int) -> Written:
    """The fold with another frame in a frame's place, and a footer to match."""
    whole = opened(written)
    listed, parts = list(whole.footer.frames), []
    for at, (offset, entry) in enumerate(zip(whole.footer.offsets, listed, strict=False)):
        stored = written.data[offset : offset + entry.length]
        if at == number:
            stored = layout.frame(number, payload, document)
        digest = hashlib.sha256(stored).hexdigest()
        changed = document if at == number else entry.document
        listed[at] = Stored(len(stored), changed, entry.records, entry.first, entry.last, digest)
        parts.append(stored)
    begin = whole.footer.offsets[-1]
    index = written.data[begin : begin + whole.footer.index]
    footer = Footer(written.fold_id, None, tuple(listed), len(index), whole.footer.index_digest, "")
    return ended(written.fold_id, b"".join(parts) + index, footer.compressed())


def ended(fold_id: str, data: bytes, stored_footer: bytes) -> Written:
    ending = stored_footer + layout.trailer(stored_footer)
    return Written(fold_id, data + ending, (len(data), len(ending)), "", 0, 0, None, None, 0, 0)


@st.composite
def changes(draw: st.DrawFn) -> Callable[[Any], Any]:
    """Something that happens to one node of a JSON value."""
    steps = draw(st.lists(st.integers(0, 200), max_size=7))
    new = draw(st.one_of(scalars, st.just([]), st.just({}), st.integers(-2, 600), st.lists(st.integers(-2, 9))))

    def change(value: Any) -> Any:
        changed: Any = {"root": copy.deepcopy(value)}
        holder, name = changed, "root"
        for step in steps:
            inside = holder[name]
            if not isinstance(inside, (dict, list)) or not inside:
                break
            holder, name = inside, list(inside)[step % len(inside)] if isinstance(inside, dict) else step % len(inside)
        holder[name] = new
        return changed["root"]

    return change


@settings(max_examples=12)
@given(record_lists().filter(bool), changes(), st.binary(max_size=9))
def test_a_document_of_anything_is_refused_or_gives_records(
    records: list[dict[str, Any]], change: Callable[[Any], Any], more: bytes
) -> None:
    document, side = rows.encode(records)
    try:
        found = rows.decode(json.dumps(change(json.loads(document))).encode(), side + more)
    except ValueError:
        return
    assert all(isinstance(record, dict) for record in found)


@settings(max_examples=30)
@given(changes())
def test_a_frame_of_anything_is_damaged_or_has_the_records_of_the_footer(change: Callable[[Any], Any]) -> None:
    document, side = rows.encode(RECORDS[:3])
    changed = json.dumps(change(json.loads(document))).encode()
    stored = zstandard.compress(changed)
    fold = opened(forged(PLAIN, 0, len(stored).to_bytes(4, "big") + stored + side, len(changed)))
    found = everything(fold)
    assert len(found) == len(RECORDS) - 3 * len(fold.verify())


@settings(max_examples=40)
@given(changes())
def test_a_footer_of_anything_opens_to_typed_errors_only(change: Callable[[Any], Any]) -> None:
    footer = json.loads(zstandard.decompress(opened(PLAIN).footer.compressed(), 10**6))
    changed = json.dumps(change(footer)).encode()
    written = ended(PLAIN.fold_id, PLAIN.data[: PLAIN.footer[0]], zstandard.compress(changed))
    try:
        found = everything(opened(written))
    except FoldError:
        return
    assert {exactly(record) for record in found} <= KNOWN


@settings(max_examples=40)
@given(st.lists(st.lists(texts, max_size=3), max_size=9), mutations())
def test_an_index_of_anything_is_refused_or_answers_records_that_are_there(
    spoken: list[list[str]], mutate: Callable[[bytes], bytes]
) -> None:
    writer = IndexWriter()
    for words in spoken:
        writer.add(["lamp", *words])
    try:
        found = read_index(mutate(writer.block(1)), len(spoken)).search(["lamp"])
    except ValueError:
        return
    assert set(found) <= {*range(len(spoken))}


@settings(max_examples=40)
@given(st.lists(st.sets(texts, max_size=3), max_size=20), mutations())
def test_an_index_of_frames_of_anything_is_refused_or_answers_frames_that_are_there(
    spoken: list[set[str]], mutate: Callable[[bytes], bytes]
) -> None:
    writer = FrameIndexWriter()
    for words in spoken:
        writer.add({"lamp", *words})
    try:
        found = read_frame_index(mutate(writer.block(1)), len(spoken)).having("lamp")
    except ValueError:
        return
    assert set(found) <= {*range(len(spoken))}


def test_an_index_of_frames_that_contradicts_itself_is_refused() -> None:
    writer = FrameIndexWriter()
    for _ in range(2):
        writer.add(["lamp"])
    block = writer.block(1)
    assert read_frame_index(block, 2).having("lamp") == [0, 1]
    with pytest.raises(ValueError, match="follows"):
        read_frame_index(block + b"x", 2)
    with pytest.raises(ValueError, match="no index"):
        read_frame_index(b"x" + block, 2)
    for bits, differences, planes in ((33, b"\1", b"\3"), (1, b"\2", b"\3"), (5, b"\1\1", b"\3"), (5, b"\x80", b"\3")):
        wrong = MARK + bytes([bits]) + block_of({"digests": differences, "planes": planes})
        with pytest.raises(ValueError, match=r"."):
            read_frame_index(wrong, 2)
    with pytest.raises(ValueError, match="another number"):
        read_frame_index(block, 9)


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_refused(data: bytes) -> None:
    for read in (
        lambda: zstandard.decompress(data, 1000),
        lambda: layout.header(b"LKf1" + data[:10]),
        lambda: read_footer(data),
        lambda: layout.read_trailer(data[:48]),
        lambda: read_index(data, 1),
        lambda: read_frame_index(data, 1),
        lambda: read_frame_index(MARK + data, 1),
        lambda: rows.decode(data, b""),
        lambda: read_footer(zstandard.compress(data)),
    ):
        with pytest.raises(ValueError, match=r"."):
            read()


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 100_000, "[1," + "9" * 5000 + "]", "[1,null,[NaN]]", '"\\ud800"']
)
def test_documents_that_are_hard_to_read_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        rows.decode(text.encode(), b"")
    with pytest.raises(ValueError, match=r"."):
        read_footer(zstandard.compress(text.encode()))


def test_what_follows_where_nothing_should_is_refused() -> None:
    document, side = rows.encode(RECORDS)
    assert rows.decode(document, side) == RECORDS
    with pytest.raises(ValueError, match="more bytes"):
        rows.decode(document, side + b"x")
    with pytest.raises(ValueError, match="follows"):
        zstandard.decompress(zstandard.compress(document) + b"x", len(document))


def test_an_index_that_contradicts_itself_is_refused() -> None:
    writer = IndexWriter()
    for _ in range(2):
        writer.add(["lamp"])
    block = writer.block(1)
    assert read_index(block, 2).search(["lamp"]) == [1, 0]
    with pytest.raises(ValueError, match="follows"):
        read_index(block + b"x", 2)
    streams = {"shared": b"\0", "rests": b"lamp", "lengths": b"\2", "postings": b"\0\0"}
    assert block_of(streams) == block
    for wrong in ({"lengths": b"\2\0"}, {"lengths": b"\1"}, {"shared": b"\1"}, {"shared": b"\x80"}):
        with pytest.raises(ValueError, match=r"."):
            read_index(block_of(streams | wrong), 2)
    for records, postings in ((2, b"\0\1"), (1, b"\0\0")):
        with pytest.raises(ValueError, match="not there"):
            read_index(block_of(streams | {"postings": postings}), records).search(["lamp"])


def block_of(streams: dict[str, bytes]) -> bytes:
    stored = [(zstandard.compress(data), data) for data in streams.values()]
    return b"".join(struct.pack(">II", len(one), len(data)) + one for one, data in stored)


def test_columns_that_need_what_is_not_there_are_refused() -> None:
    text, words = [["t"], 0, ["same", "by the canal"]], [["w"], 0, ["words", [[2]]]]
    assert rows.decode(json.dumps([1, [text, words], 0]).encode(), b"") == [{"t": "by the canal", "w": ["canal"]}]
    for table, of in (
        ([text, words], []),
        ([text, words], [1]),
        ([text, words, [["v"], 0, ["words", [[2]]]]], [0]),
        ([text, [["w"], 0, ["words", [[3]]]]], [0]),
        ([text, [["w"], 0, ["words", [[-1]]]]], [0]),
        ([text, [["k"], 0, ["same", "no mark"], 0]], []),
        ([text, [["k"], 0, ["same", "\x7f"], 1]], []),
    ):
        with pytest.raises(ValueError, match=r"."):
            rows.decode(json.dumps([1, table, *of]).encode(), b"")


def test_a_header_that_promises_too_much_is_refused() -> None:
    assert layout.header(layout.frame(1, b"", 1 << 23)).number == 1
    for payload, document in ((0, (1 << 23) + 1), (1 << 23, 1)):
        with pytest.raises(ValueError, match="no header"):
            layout.header(struct.pack(">4sIII16s", b"LKf1", 0, payload, document, b""))


def test_times_from_nowhere_are_refused() -> None:
    for column in (
        ["time", [0], True],
        ["time", [10**20], False],
        ["seconds", [0], True],
        ["uuid7", 0, [-1]],
        ["uuid7", 41, [0]],
        ["uuid7", -1, [0]],
        ["hex", 0],
        ["front", [1], ["a"]],
        ["words", [[0]]],
    ):
        with pytest.raises(ValueError, match=r"."):
            columns.decode(column, 1, Side(bytes(100), 100))


def test_what_the_reader_raises_goes_through() -> None:
    def unreachable(offset: int, length: int) -> bytes:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        Fold.open(unreachable, len(PLAIN.data), fold_id=PLAIN.fold_id, footer=PLAIN.footer)
