"""After an erasure nothing opens that is stored anywhere, and the ledger tells of it once, whatever was killed."""

from __future__ import annotations

import itertools
import secrets
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common import times
from lukhas_common.crypto.sealing import SealError, unseal
from lukhas_common.ledger.data_keys import CACHED_FOR, LocalWrapper, StoredKey
from lukhas_common.ledger.entries import Entry, EntryAlteredError, LedgerBusyError
from lukhas_common.ledger.erasure import KIND, Erased, Erasures
from lukhas_common.ledger.ledger import Draft, Opened
from lukhas_common.ledger.memory import MemoryDataKeys, MemoryEntries
from lukhas_common.ledger.records import opened
from lukhas_common.ledger.verify import verify_chain
from tests.integration.kills import WHEN, Killed
from tests.unit.ledger.fakes import SECRET, Counting, Killing, Process, Unreliable


def erasures(process: Process) -> Erasures:
    return Erasures(process.ledger, process.clock)


def told(process: Process, stream: str = "s") -> list[Opened]:
    """The entries that tell of erasures."""
    return [entry for entry in process.ledger.read(stream) if entry.record and entry.record.kind == KIND]


def lived(process: Process, entries: int = 3) -> Process:
    """The same process, after a person left some entries."""
    for n in range(entries):
        process.ledger.append("s", "k", {"n": n}, subject="p")
    return process


def assert_whole(process: Process) -> None:
    """The chain is whole, and who cannot be read any more was erased, as the ledger tells."""
    chain = process.entries.read("s", 0, 10_000)
    destroyed = {entry.body["key_id"] for entry in told(process)}
    verify_chain(chain, opens=process.ledger.open, destroyed=destroyed)


def test_an_erasure_is_told_with_what_there_is_to_know_of_it() -> None:
    process = lived(Process())
    key_id = process.data_keys.load("p").key_id
    erased = erasures(process).erase("p", "s")
    now = process.clock()
    (entry,) = told(process)
    assert erased == Erased(now, now + CACHED_FOR, entry.receipt)
    assert entry.body == {
        "erasure_id": entry.body["erasure_id"],
        "key_id": key_id,
        "erased_at": times.rfc3339(now),
        "complete_at": times.rfc3339(now + 900),
    }
    assert (entry.entry.subject, entry.entry.seq) == (None, 3)
    assert process.data_keys.unlogged() == []
    assert_whole(process)


@given(st.lists(st.sampled_from(["p", "q", None]), min_size=1, max_size=8), st.binary(min_size=32, max_size=32))
def test_no_stored_byte_opens_any_more(subjects: list[str | None], guess: bytes) -> None:
    process = Process()
    for n, subject in enumerate(subjects):
        process.ledger.append("s", "k", {"n": n}, subject=subject)
    before = process.entries.read("s", 0, 100)
    before_keys = dict(process.data_keys.keys)
    erasures(process).erase("p", "s")
    for reader in (process, process.another()):
        for entry in before:
            read = reader.ledger.open(entry)
            assert (read.record is None, read.salt is None, read.body == {}) == ((entry.subject == "p",) * 3)
    assert process.entries.read("s", 0, len(before)) == before
    assert_whole(process.another())
    # Every secret and every stored byte string that is left, tried as the key.
    left = [entry.content for entry in before] + [entry.commitment for entry in before] + [SECRET, bytes(32), guess]
    left += [key.wrapped for key in process.data_keys.keys.values() if key.wrapped]
    wrapper = LocalWrapper(SECRET)
    if "q" in before_keys:
        assert process.data_keys.keys["q"] == before_keys["q"]
        left.append(wrapper.unwrap("q", before_keys["q"].key_id, before_keys["q"].wrapped))
    assert process.data_keys.load("p").wrapped is None
    for entry in before:
        for start, length in itertools.product(left, (16, 32)):
            if entry.subject == "p":
                with pytest.raises(EntryAlteredError):
                    opened(entry, start[:length])
                with pytest.raises(SealError):
                    unseal(start[-length:], entry.content, b"")


def test_a_process_that_holds_the_key_can_use_it_until_the_erasure_is_complete() -> None:
    process = lived(Process())
    other = process.another()
    assert all(entry.record for entry in other.ledger.read("s"))
    erased = erasures(process).erase("p", "s")
    old = process.entries.get("s", 0)
    assert process.ledger.open(old).record is None
    other.clock.now = process.clock.now = erased.complete_at - 0.001
    assert other.ledger.open(old).record is not None
    other.ledger.append("s", "k", {"too": "late"}, subject="p")
    assert process.ledger.newest("s").record is None
    other.clock.now = erased.complete_at
    assert other.ledger.open(old).record is None
    assert other.ledger.newest("s").record is None
    other.ledger.append("s", "k", {"new": "key"}, subject="p")
    assert other.ledger.newest("s").body == {"new": "key"}
    assert other.entries.newest("s").key_id != old.key_id
    assert_whole(other)


def test_who_appends_with_a_fresh_key_never_seals_under_one_that_is_destroyed() -> None:
    process = lived(Process())
    other = lived(process.another(), 1)
    erasures(process).erase("p", "s")
    stale = other.ledger.append("s", "k", {}, subject="p")
    fresh = other.ledger.append_to("s", lambda newest, now: Draft("k", {"n": 1}, "p"), fresh=True)
    assert process.ledger.get("s", stale.seq).record is None
    assert process.ledger.get("s", fresh.entry.seq).body == {"n": 1}


def test_entries_after_an_erasure_use_a_new_key_and_stay_readable() -> None:
    process = lived(Process())
    for n in range(3):
        erasures(process).erase("p", "s")
        process.clock.advance(1)
        process.ledger.append("s", "k", {"after": n}, subject="p")
    readable = [entry.body for entry in process.another().ledger.read("s") if entry.record and entry.entry.subject]
    assert readable == [{"after": 2}]
    assert len(told(process)) == 3
    assert len({entry.key_id for entry in process.entries.read("s", 0, 100) if entry.key_id}) == 4
    assert_whole(process.another())


def test_nothing_is_told_where_there_is_nothing_to_erase() -> None:
    process = Process()
    now = process.clock()
    assert erasures(process).erase("nobody", "s") == Erased(now, now, None)
    assert erasures(process).finish("nobody", "s") is None
    assert process.entries.newest("s") is None
    assert process.data_keys.keys == {}


def test_who_asks_again_hears_when_the_erasure_that_was_made_is_complete() -> None:
    process = lived(Process())
    first = erasures(process).erase("p", "s")
    process.clock.advance(60)
    again = erasures(process).erase("p", "s")
    assert again == replace(first, receipt=None)
    assert again.complete_at > process.clock()
    assert len(told(process)) == 1


def test_an_erasure_that_is_still_to_be_told_does_not_save_a_younger_key() -> None:
    process = lived(Process())
    first_key = process.data_keys.load("p").key_id
    process.data_keys.erase("p", "e1", process.clock())
    process = process.another()
    process.clock.advance(10)
    process.ledger.append("s", "k", {"new": "secret"}, subject="p")
    second_key = process.data_keys.load("p").key_id
    process.clock.advance(10)
    erased = erasures(process).erase("p", "s")
    assert erased.erased_at == process.clock()
    assert [entry.body["key_id"] for entry in told(process)] == [first_key, second_key]
    assert erased.receipt == told(process)[1].receipt
    assert process.data_keys.load("p").key_id is None
    assert not any(entry.record for entry in process.another().ledger.read("s") if entry.entry.subject)
    assert_whole(process)


@pytest.mark.parametrize("behind", [0, 0.001, 120])
def test_a_clock_that_is_behind_erases_all_the_same(behind: float) -> None:
    process = lived(Process())
    first = erasures(process).erase("p", "s")
    process.ledger.append("s", "k", {}, subject="p")
    process.clock.advance(-behind)
    second = erasures(process).erase("p", "s")
    assert second.receipt is not None
    assert second.erased_at == pytest.approx(first.erased_at + 0.001, abs=1e-6)
    assert len(told(process)) == 2
    assert process.data_keys.load("p").key_id is None


def test_who_writes_all_the_time_cannot_hold_up_an_erasure_forever() -> None:
    class Busy(MemoryDataKeys):
        def erase(self, subject: str, erasure_id: str, now: float) -> StoredKey:
            erased = super().erase(subject, erasure_id, now)
            tries.append(now)
            self.logged(subject, erasure_id)
            return replace(self.add(subject, secrets.token_hex(4), b"new"), erased_at=erased.erased_at)

    tries: list[float] = []
    process = lived(Process(MemoryEntries(), Busy()))
    with pytest.raises(LedgerBusyError):
        erasures(process).erase("p", "s")
    assert 1 < len(tries) < 20
    assert tries == sorted(set(tries))


def run(killing: Killing, process: Process, times_erased: int) -> None:
    """A person leaves entries and asks for erasure, in a process that is killed on the way."""
    watched = Process(killing.watch(process.entries), killing.watch(process.data_keys), process.clock)
    for _ in range(times_erased):
        watched.ledger.append("s", "k", {"secret": 1}, subject="p")
        erasures(watched).erase("p", "s")
        watched.clock.advance(1)


def all_calls(times_erased: int) -> int:
    killing = Killing(kill_at=10**6)
    run(killing, Process(), times_erased)
    return killing.calls


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("in_between", [0, 130])
@pytest.mark.parametrize("finisher", ["schedule", "person", "both"])
@pytest.mark.parametrize("call", range(1, all_calls(2) + 1))
def test_whatever_call_is_killed_the_ledger_tells_of_each_erasure_once(
    call: int, finisher: str, in_between: int, when: str
) -> None:
    process = Process()
    with pytest.raises(Killed):
        run(Killing(call, when), process, 2)
    next_one = process.another()
    next_one.clock.advance(3600)
    tail = process.entries.newest("s")
    for n in range(in_between):
        tail = next_one.ledger.extend(tail, "s", "k", {"n": n}, None)
    if finisher != "person":
        for subject in next_one.data_keys.unlogged():
            erasures(next_one).finish(subject, "s")
    if finisher != "schedule":
        erasures(next_one).erase("p", "s")
    assert next_one.data_keys.unlogged() == []
    ids = [entry.body["erasure_id"] for entry in told(next_one)]
    assert len(ids) == len(set(ids))
    keys = [entry.body["key_id"] for entry in told(next_one)]
    assert len(keys) == len(set(keys))
    used = {entry.key_id for entry in process.entries.read("s", 0, 10_000) if entry.key_id}
    left = next_one.data_keys.load("p").key_id
    if finisher != "schedule":
        assert left is None
    assert used - {left} <= set(keys)
    assert left not in keys
    fresh = process.another()
    for entry in fresh.ledger.read("s"):
        assert (entry.record is None) == (entry.entry.key_id in keys)
    assert_whole(fresh)


def test_two_who_finish_an_erasure_at_once_tell_of_it_once() -> None:
    process = lived(Process())
    process.data_keys.erase("p", "e1", process.clock())
    one = process.another()
    two = Process(Unreliable(process.entries, iter(["lost"])), process.data_keys, process.clock)
    stored = process.data_keys.load("p")
    first = erasures(one).finish("p", "s", stored)
    assert erasures(two).finish("p", "s", stored) == first
    assert len(told(process)) == 1
    # Both find nothing told yet, and one is faster.
    one.ledger.append("s", "k", {}, subject="p")
    process.clock.advance(1)
    process.data_keys.erase("p", "e2", process.clock())
    stored = process.data_keys.load("p")

    class Overtaken:
        overtaken = False

        def put(self, entry: Entry) -> Entry:
            if not self.overtaken:
                self.overtaken = True
                erasures(one).finish("p", "s", stored)
            return process.entries.put(entry)

        def __getattr__(self, name: str) -> Any:
            return getattr(process.entries, name)

    second = erasures(Process(Overtaken(), process.data_keys, process.clock)).finish("p", "s", stored)
    assert [entry.receipt for entry in told(process)] == [first, second]


def test_looking_for_an_erasure_that_was_told_opens_nothing_about_people() -> None:
    """That would cost a call to the key service for each entry."""
    process = lived(Process(), 150)
    process.data_keys.erase("p", "e1", process.clock())
    entries, keys = Counting(process.entries), Counting(process.data_keys)
    erasures(Process(entries, keys, process.clock)).finish("p", "s")
    assert keys.calls.count("load") == 2  # the note itself, and the newest entry
    assert entries.calls == ["newest", "read", "read", "put"]


@pytest.mark.parametrize(("age", "reads"), [(301, 1), (299, 3)])
def test_it_looks_back_as_far_as_clocks_may_differ(age: float, reads: int) -> None:
    process = lived(Process(), 250)
    process.clock.advance(age)
    process.ledger.append("s", "k", {}, subject="p")
    process.data_keys.erase("p", "e1", process.clock())
    entries = Counting(process.entries)
    erasures(Process(entries, process.data_keys, process.clock)).finish("p", "s")
    assert entries.calls == ["newest", *["read"] * reads, "put"]
    assert len(told(process)) == 1


def test_a_process_that_erases_holds_the_key_no_longer_even_if_the_answer_is_lost() -> None:
    class Lost(MemoryDataKeys):
        def erase(self, subject: str, erasure_id: str, now: float) -> StoredKey:
            super().erase(subject, erasure_id, now)
            raise ConnectionError

    process = lived(Process(MemoryEntries(), Lost()))
    with pytest.raises(ConnectionError):
        erasures(process).erase("p", "s")
    assert process.ledger.get("s", 0).record is None
