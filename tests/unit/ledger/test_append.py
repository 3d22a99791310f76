"""Appending: every entry once, whoever else writes and whatever answer is lost."""

from __future__ import annotations

import itertools
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common import times
from lukhas_common.ledger.entries import GENESIS, LedgerBusyError, LedgerError
from lukhas_common.ledger.ledger import Draft, Ledger, Opened, Receipt
from lukhas_common.ledger.memory import MemoryEntries
from lukhas_common.ledger.sqlite import open_ledger
from lukhas_common.ledger.verify import verify_chain
from tests.unit.ledger.contract import an_entry, leaf
from tests.unit.ledger.fakes import SECRET, Counting, Process, Unreliable

WRITERS = 64
OUTCOMES = st.sampled_from(["stored", "lost", "failed", "late", "last", "rival"])


def write(ledger: Ledger, writer: int) -> Receipt:
    """One writer's entry; every other one is about a person."""
    return ledger.append("s", "written", {"writer": writer}, subject=f"p{writer % 4}" if writer % 2 else None)


def write_to_file(path: Path, writers: list[int]) -> list[Receipt]:
    """What one process of several does."""
    ledger = open_ledger(path, SECRET, times.now)
    with ThreadPoolExecutor(len(writers)) as pool:
        return list(pool.map(partial(write, ledger), writers))


def assert_each_wrote_once(ledger: Ledger, receipts: list[Receipt]) -> None:
    """Each receipt names its own writer's entry, there is no other entry, and the chain is whole."""
    opened = list(ledger.read("s"))
    assert [entry.entry.seq for entry in opened] == list(range(len(receipts)))
    by_seq = {entry.entry.seq: entry for entry in opened}
    for writer, receipt in enumerate(receipts):
        assert by_seq[receipt.seq].body == {"writer": writer}
        assert by_seq[receipt.seq].receipt == receipt
    verify_chain([entry.entry for entry in opened], opens=ledger.open, receipt=opened[-1].receipt)


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_of_many_threads_each_appends_once(kind: str, tmp_path: Path) -> None:
    ledger = Process().ledger if kind == "memory" else open_ledger(tmp_path / "l", SECRET, times.now)
    with ThreadPoolExecutor(WRITERS) as pool:
        receipts = list(pool.map(partial(write, ledger), range(WRITERS)))
    assert_each_wrote_once(ledger, receipts)


def test_of_many_processes_that_open_a_new_file_each_appends_once(tmp_path: Path) -> None:
    shares = [list(range(first, first + WRITERS // 4)) for first in range(0, WRITERS, WRITERS // 4)]
    with ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("spawn")) as pool:
        written = list(pool.map(partial(write_to_file, tmp_path / "ledger"), shares))
    assert_each_wrote_once(open_ledger(tmp_path / "ledger", SECRET, times.now), [r for each in written for r in each])


def test_an_append_that_nobody_disturbs_is_one_read_and_one_write() -> None:
    process = Process()
    store, keys = Counting(process.entries), Counting(process.data_keys)
    counted = Process(store, keys, process.clock)
    counted.ledger.append("s", "k", {})
    assert store.calls == ["newest", "put"]
    counted.ledger.append("s", "k", {}, subject="p")
    assert (store.calls, keys.calls) == (["newest", "put"] * 2, ["load", "add"])
    counted.ledger.append("s", "k", {}, subject="p")
    assert (store.calls, keys.calls) == (["newest", "put"] * 3, ["load", "add"])
    tail = counted.ledger.append_to("s", lambda newest, now: Draft("k", {})).entry
    assert store.calls == ["newest", "put"] * 4
    store.calls.clear()
    for seq in range(4, 7):
        tail = counted.ledger.extend(tail, "s", "k", {}, None)
        assert tail.seq == seq
    assert counted.ledger.extend(None, "new", "k", {}, None).seq == 0
    assert store.calls == ["put"] * 4


def test_what_was_extended_by_another_meanwhile_is_extended_after_that() -> None:
    process = Process()
    tail = process.ledger.extend(None, "s", "k", {"n": 0}, None)
    process.ledger.append("s", "k", {"n": 1})
    assert process.ledger.extend(tail, "s", "k", {"n": 2}, None).seq == 2
    assert [opened.body["n"] for opened in process.ledger.read("s")] == [0, 1, 2]


def test_an_entry_says_what_was_appended_where_and_when() -> None:
    process = Process()
    first = process.ledger.append("s", "k", {"a": [1.5, None, "ü"]}, subject="p")
    process.clock.advance(1.25)
    second = process.ledger.append("s", "k2", {})
    one, two = process.ledger.read("s")
    assert one.record is not None
    assert two.record is not None
    assert (one.record.kind, one.record.at, one.body) == ("k", 1_800_000_000.0, {"a": [1.5, None, "ü"]})
    assert (two.record.kind, two.record.at, two.record.previous) == ("k2", 1_800_000_001.25, first.hash)
    assert (one.entry.previous, one.receipt, two.receipt) == (GENESIS, first, second)
    assert (one.entry.subject, two.entry.subject, two.entry.key_id) == ("p", None, None)
    assert one.entry.entry_id < two.entry.entry_id
    assert process.ledger.newest("s") == two
    assert process.ledger.get("s", 0) == one
    assert process.ledger.get("s", 2) is process.ledger.newest("none") is None


def test_a_long_stream_is_read_whole_and_from_any_place() -> None:
    process, tail = Process(), None
    for n in range(250):
        tail = process.ledger.extend(tail, "s", "k", {"n": n}, None)
    assert [opened.body["n"] for opened in process.ledger.read("s")] == list(range(250))
    assert [opened.body["n"] for opened in process.ledger.read("s", 130)] == list(range(130, 250))


def test_what_is_composed_is_composed_anew_after_another_entry() -> None:
    process = Process()
    process.ledger.append("s", "count", {"n": 1})
    unreliable = Unreliable(process.entries, iter([]))

    def count(newest: Opened | None, now: float) -> Draft:
        seen.append(newest.body["n"] if newest else None)
        if len(seen) == 1:
            process.ledger.append("s", "count", {"n": 10})
        return Draft("count", {"n": seen[-1] + 1})

    seen: list[Any] = []
    appended = Process(unreliable, process.data_keys).ledger.append_to("s", count)
    assert seen == [1, 10]
    assert (appended.body, appended.entry.seq) == ({"n": 11}, 2)
    same = process.ledger.append_to("s", lambda newest, now: newest or Draft("count", {}))
    assert same == appended
    assert process.entries.newest("s").seq == 2


@given(st.lists(OUTCOMES, max_size=25), st.integers(1, 6))
def test_lost_answers_neither_double_nor_invent_an_entry(outcomes: list[str], appends: int) -> None:
    store = Unreliable(MemoryEntries(), iter(outcomes))
    process = Process(store)
    receipts: dict[int, Receipt] = {}
    for n in range(appends):
        receipts[n] = process.ledger.append("s", "k", {"n": n}, subject="p" if n % 2 else None)
        stored = process.entries.get("s", receipts[n].seq)
        assert stored.hash == receipts[n].hash
    store.finish()
    chain = store.read("s", 0, 1000)
    verify_chain([entry for entry in chain if entry is not None], opens=readable(process.ledger))
    bodies = [opened.body["n"] for opened in map(readable(process.ledger), chain) if opened.body]
    assert sorted(bodies) == list(range(appends))
    for n, receipt in receipts.items():
        assert process.ledger.open(chain[receipt.seq]).body == {"n": n}
        assert chain[receipt.seq].hash == receipt.hash


def readable(ledger: Ledger) -> Callable[[Any], Opened]:
    """Opens what this ledger appended; what a rival wrote says nothing."""
    return lambda entry: Opened(entry, None) if len(entry.content) == 80 else ledger.open(entry)


@given(st.lists(OUTCOMES, max_size=8), st.sampled_from(["failed", "lost", "late", "rival"]))
def test_who_gives_up_does_so_in_time_and_leaves_a_whole_chain(before: list[str], forever: str) -> None:
    store = Unreliable(MemoryEntries(), itertools.chain(before, itertools.repeat(forever)))
    process = Process(store)
    given_up = 0
    for n in range(2):
        started = process.timer.now
        try:
            process.ledger.append("s", "k", {"n": n})
        except LedgerBusyError:
            given_up += 1
        assert process.timer.now - started < process.ledger.patience + 0.5
    assert given_up >= (forever != "late" and not before)
    store.finish()
    chain = store.read("s", 0, 10_000)
    verify_chain(chain, opens=readable(process.ledger))
    bodies = [opened.body["n"] for opened in map(readable(process.ledger), chain) if opened.body]
    assert len(bodies) == len(set(bodies))


@pytest.mark.parametrize(
    ("forever", "said", "stored"),
    [("failed", "nobody can say", 0), ("lost", "nobody can say", 1), ("rival", "others append", 0)],
)
def test_there_is_no_receipt_without_an_answer(forever: str, said: str, stored: int) -> None:
    store = Unreliable(MemoryEntries(), itertools.repeat(forever))
    process = Process(store)
    with pytest.raises(LedgerBusyError, match=said):
        process.ledger.append("s", "k", {"mine": 1})
    assert process.timer.now > process.ledger.patience
    assert len([each for each in store.read("s", 0, 10_000) if len(each.content) != 80]) == stored


def test_the_pauses_are_random_and_grow() -> None:
    pauses: list[float] = []
    process = Process(Unreliable(MemoryEntries(), iter(["rival"] * 30)))
    object.__setattr__(process.ledger, "sleep", pauses.append)
    process.ledger.append("s", "k", {})
    assert len(pauses) == 30
    assert max(pauses[:2]) <= 0.004
    assert 0.01 < max(pauses) <= 0.2
    assert len(set(pauses)) == 30


@pytest.mark.parametrize("body", [{"x": float("nan")}, {"x": 2**53}, {1: 2}, {"\ud800": 1}, {"x": object()}])
def test_what_is_no_json_is_refused_before_anything_is_written(body: Any) -> None:
    process = Process()
    with pytest.raises(LedgerError, match="not canonical JSON"):
        process.ledger.append("s", "k", body)
    assert process.entries.newest("s") is None


def test_what_was_settled_before_its_answer_came_is_answered_as_it_is() -> None:
    store = MemoryEntries()
    process = Process(Unreliable(store, iter(["lost"])))
    object.__setattr__(process.ledger, "sleep", lambda _: store.settle([(leaf(store.newest("s")), 41)]))
    appended = process.ledger.append_to("s", lambda newest, now: Draft("k", {}))
    assert appended.entry.leaf_index == 41
    assert appended.entry == store.newest("s")


def test_another_writer_of_the_same_words_is_another_entry() -> None:
    process = Process()
    process.entries.put(an_entry("s"))
    first, second = (process.ledger.append("s", "k", {}, subject="p") for _ in range(2))
    assert (first.seq, second.seq) == (1, 2)
    assert first.hash != second.hash
