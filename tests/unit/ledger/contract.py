"""What every store of the ledger answers, whatever it keeps things in."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lukhas_common.ids import uuid7
from lukhas_common.ledger.data_keys import DataKeyStore, StoredKey
from lukhas_common.ledger.entries import GENESIS, Entry, EntryStore, Inbox, Leaf, LeafConflictError
from lukhas_common.ledger.memory import MemoryDataKeys

NOW = 1_800_000_000.123
ALL = 10_000


class Entries(EntryStore, Inbox, Protocol):
    """Both ports, as one store has them."""


def a_name(prefix: str) -> str:
    """A name that no other test has: stores may be shared."""
    return f"{prefix}/{secrets.token_hex(8)}"


def an_entry(stream: str, seq: int = 0, previous: bytes = GENESIS, at: float = NOW, **changes: Any) -> Entry:
    entry = Entry(stream, seq, uuid7(at), previous, secrets.token_bytes(32), secrets.token_bytes(80))
    return replace(entry, **changes)


def a_chain(stream: str, length: int) -> list[Entry]:
    chain = [an_entry(stream)]
    while len(chain) < length:
        chain.append(an_entry(stream, len(chain), chain[-1].hash, NOW + len(chain)))
    return chain[:length]


def leaf(entry: Entry) -> Leaf:
    return Leaf(entry.stream, entry.seq, entry.commitment)


def waiting(entries: Inbox, *streams: str) -> list[Leaf]:
    """What is pending of these streams."""
    return [each for each in entries.pending(ALL) if each.stream in streams]


class EntryStoreContract:
    """Of a store that a fixture named ``entries`` gives."""

    def test_an_empty_stream_has_no_entries(self, entries: Entries) -> None:
        stream = a_name("empty")
        assert entries.newest(stream) is None
        assert entries.get(stream, 0) is None
        assert entries.read(stream, 0, 10) == []

    @pytest.mark.parametrize(
        "changes",
        [
            {},
            {"subject": "användare/1", "key_id": uuid7(NOW)},
            {"content": b""},
            {"content": bytes(270_000)},
        ],
        ids=["clear", "sealed", "empty", "long"],
    )
    def test_an_entry_comes_back_as_it_went_in(self, entries: Entries, changes: dict[str, Any]) -> None:
        entry = an_entry(a_name("ström #1"), **changes)
        assert entries.put(entry) == entry
        assert entries.get(entry.stream, 0) == entry
        assert entries.newest(entry.stream) == entry
        assert entries.read(entry.stream, 0, 10) == [entry]

    def test_a_place_is_taken_once(self, entries: Entries) -> None:
        first = an_entry(a_name("place"))
        entries.put(first)
        assert entries.put(an_entry(first.stream)) == first
        assert entries.put(first) == first
        assert entries.read(first.stream, 0, 10) == [first]

    def test_a_write_that_comes_late_changes_nothing(self, entries: Entries) -> None:
        chain = a_chain(a_name("late"), 3)
        for entry in chain:
            entries.put(entry)
        entries.settle([(leaf(chain[0]), 7)])
        settled = replace(chain[0], leaf_index=7)
        assert entries.put(chain[0]) == settled
        assert entries.put(an_entry(chain[0].stream, 1)) == chain[1]
        assert entries.read(chain[0].stream, 0, 10) == [settled, *chain[1:]]

    @settings(max_examples=15)
    @given(st.integers(1, 13), st.integers(0, 14), st.integers(1, 14))
    def test_entries_are_read_in_order_from_a_place_on(
        self, entries: Entries, length: int, start: int, limit: int
    ) -> None:
        chain = a_chain(a_name("read"), length)
        for entry in chain:
            entries.put(entry)
        stream = chain[0].stream
        assert entries.read(stream, start, limit) == chain[start : start + limit]
        assert entries.newest(stream) == chain[-1]
        assert entries.get(stream, start) == (chain[start] if start < length else None)

    def test_streams_do_not_mix(self, entries: Entries) -> None:
        stream = a_name("mixed")
        names = [stream, f"{stream}0", stream.upper(), f"{stream} "]
        chains = {name: a_chain(name, 2 + n) for n, name in enumerate(names)}
        for chain in chains.values():
            for entry in chain:
                entries.put(entry)
        for name, chain in chains.items():
            assert entries.read(name, 0, 10) == chain
            assert entries.newest(name) == chain[-1]

    def test_what_is_stored_waits_in_the_inbox_oldest_first(self, entries: Entries) -> None:
        streams = [a_name("inbox") for _ in range(3)]
        made = [an_entry(stream, at=NOW - n) for n, stream in enumerate(streams)]
        for entry in made:
            entries.put(entry)
        assert waiting(entries, *streams) == [leaf(entry) for entry in reversed(made)]
        assert len(entries.pending(2)) == 2
        assert entries.pending(1) == entries.pending(ALL)[:1]

    def test_what_is_settled_has_left_the_inbox_for_good(self, entries: Entries) -> None:
        chain = a_chain(a_name("settled"), 3)
        stream = chain[0].stream
        for entry in chain:
            entries.put(entry)
        for _ in range(2):
            entries.settle([(leaf(chain[2]), 2**40), (leaf(chain[0]), 0)])
            assert waiting(entries, stream) == [leaf(chain[1])]
        entries.settle([])
        indexed = [replace(chain[0], leaf_index=0), chain[1], replace(chain[2], leaf_index=2**40)]
        assert entries.read(stream, 0, 10) == indexed
        entries.put(chain[0])
        assert waiting(entries, stream) == [leaf(chain[1])]

    def test_an_entry_that_contradicts_the_log_is_left_alone(self, entries: Entries) -> None:
        entry = entries.put(an_entry(a_name("conflict")))
        for wrong in (replace(leaf(entry), commitment=bytes(32)), replace(leaf(entry), seq=1)):
            with pytest.raises(LeafConflictError):
                entries.settle([(wrong, 5)])
        assert entries.read(entry.stream, 0, 10) == [entry]
        assert waiting(entries, entry.stream) == [leaf(entry)]
        entries.settle([(leaf(entry), 5)])
        with pytest.raises(LeafConflictError):
            entries.settle([(leaf(entry), 6)])
        assert entries.get(entry.stream, 0) == replace(entry, leaf_index=5)

    def test_of_parallel_writers_one_gets_the_place(self, entries: Entries) -> None:
        rivals = [an_entry("x", content=bytes([n])) for n in range(32)]
        for seq in range(4):
            stream = a_name(f"race-{seq}")
            with ThreadPoolExecutor(16) as pool:
                stored = list(pool.map(lambda entry, name=stream: entries.put(replace(entry, stream=name)), rivals))
            assert set(stored) == set(entries.read(stream, 0, 10))
            assert len(set(stored)) == 1


class DataKeyStoreContract:
    """Of a store that a fixture named ``keys`` gives."""

    def test_a_subject_has_no_key_at_first(self, keys: DataKeyStore) -> None:
        subject = a_name("nobody")
        assert keys.load(subject) == StoredKey(subject)
        assert keys.erase(subject, "e", NOW) == StoredKey(subject)
        keys.logged(subject, "e")
        assert keys.load(subject) == StoredKey(subject)
        assert subject not in keys.unlogged()

    def test_the_first_key_stays(self, keys: DataKeyStore) -> None:
        subject = a_name("first")
        key = StoredKey(subject, uuid7(NOW), b"\x00wrapped\xff")
        assert keys.add(subject, str(key.key_id), b"\x00wrapped\xff") == key
        assert keys.add(subject, uuid7(NOW), b"another") == key
        assert keys.add(subject, str(key.key_id), b"another") == key
        assert keys.load(subject) == key

    def test_an_erasure_leaves_nothing_of_the_key_and_owes_the_ledger(self, keys: DataKeyStore) -> None:
        subject, key_id = a_name("erased"), uuid7(NOW)
        keys.add(subject, key_id, b"wrapped")
        erased = StoredKey(subject, erased_at=NOW, erased_key=key_id, unlogged="e1")
        assert keys.erase(subject, "e1", NOW) == erased
        assert keys.load(subject) == erased
        assert subject in keys.unlogged()
        keys.logged(subject, "another")
        assert keys.load(subject) == erased
        for _ in range(2):
            keys.logged(subject, "e1")
            assert keys.load(subject) == replace(erased, unlogged=None)
            assert subject not in keys.unlogged()

    def test_a_repeated_erasure_changes_nothing(self, keys: DataKeyStore) -> None:
        subject, first, second = a_name("twice"), uuid7(NOW), uuid7(NOW + 1)
        keys.add(subject, first, b"wrapped")
        erased = keys.erase(subject, "e1", NOW)
        assert keys.erase(subject, "e1", NOW) == erased
        assert keys.erase(subject, "e2", NOW + 1) == erased
        keys.logged(subject, "e1")
        assert keys.erase(subject, "e3", NOW + 2) == replace(erased, unlogged=None)
        keys.add(subject, second, b"new")
        alive = StoredKey(subject, second, b"new", erased_at=NOW, erased_key=first)
        assert keys.erase(subject, "e1", NOW) == alive
        assert keys.erase(subject, "e4", NOW + 3) == StoredKey(
            subject, erased_at=NOW + 3, erased_key=second, unlogged="e4"
        )

    def test_a_key_does_not_come_back_from_the_dead(self, keys: DataKeyStore) -> None:
        subject, first, second = a_name("ghost"), uuid7(NOW), uuid7(NOW + 1)
        keys.add(subject, first, b"wrapped")
        erased = keys.erase(subject, "e1", NOW)
        assert keys.add(subject, first, b"wrapped") == erased
        keys.logged(subject, "e1")
        assert keys.add(subject, first, b"wrapped") == replace(erased, unlogged=None)
        assert keys.add(subject, second, b"new").key_id == second

    def test_a_younger_key_waits_until_the_first_erasure_is_logged(self, keys: DataKeyStore) -> None:
        subject, first, second = a_name("owing"), uuid7(NOW), uuid7(NOW + 1)
        keys.add(subject, first, b"wrapped")
        keys.erase(subject, "e1", NOW)
        both = StoredKey(subject, second, b"new", erased_at=NOW, erased_key=first, unlogged="e1")
        assert keys.add(subject, second, b"new") == both
        assert keys.erase(subject, "e2", NOW + 2) == both
        assert subject in keys.unlogged()
        keys.logged(subject, "e1")
        assert keys.erase(subject, "e2", NOW + 2).erased_key == second

    @settings(max_examples=25)
    @given(
        st.lists(
            st.one_of(
                st.tuples(st.just("add"), st.sampled_from("abc")),
                st.tuples(st.just("erase"), st.sampled_from("xyz"), st.integers(0, 5)),
                st.tuples(st.just("logged"), st.sampled_from("xyz")),
            ),
            max_size=12,
        )
    )
    def test_all_stores_answer_alike(self, keys: DataKeyStore, calls: list[tuple[Any, ...]]) -> None:
        subject, model = a_name("alike"), MemoryDataKeys()
        for name, what, *when in calls:
            match name:
                case "add":
                    assert keys.add(subject, what, what.encode()) == model.add(subject, what, what.encode())
                case "erase":
                    at = NOW + when[0]
                    assert keys.erase(subject, what, at) == model.erase(subject, what, at)
                case _:
                    keys.logged(subject, what)
                    model.logged(subject, what)
            assert keys.load(subject) == model.load(subject)
            assert (subject in keys.unlogged()) is (subject in model.unlogged())

    def test_of_parallel_makers_all_get_one_key_and_of_parallel_erasers_one_erases(self, keys: DataKeyStore) -> None:
        subject = a_name("race")
        with ThreadPoolExecutor(16) as pool:
            added = list(pool.map(lambda n: keys.add(subject, uuid7(NOW), bytes([n])).key_id, range(32)))
            erased = list(pool.map(lambda n: keys.erase(subject, f"e{n}", NOW + n), range(32)))
        assert len(set(added)) == 1
        assert set(erased) == {keys.load(subject)}
        assert keys.load(subject).erased_key == added[0]


class WrappedKeysContract:
    """What every store does whose keys can be wrapped anew."""

    @pytest.fixture
    def keys(self) -> MemoryDataKeys:
        raise NotImplementedError

    def test_a_key_is_exchanged_against_what_was_read(self, keys: MemoryDataKeys) -> None:
        subject, key_id = a_name("moving"), uuid7(NOW)
        read = keys.add(subject, key_id, b"old")
        assert read in list(keys.wrapped())
        assert keys.exchange(read, b"new")
        assert keys.load(subject) == replace(read, wrapped=b"new")
        assert keys.exchange(read, b"new")  # a repeat of the same, whose answer was lost
        assert not keys.exchange(read, b"another")
        assert keys.load(subject).wrapped == b"new"

    def test_nothing_that_was_destroyed_comes_back(self, keys: MemoryDataKeys) -> None:
        subject, first, second = a_name("gone"), uuid7(NOW), uuid7(NOW + 1)
        read = keys.add(subject, first, b"old")
        erased = keys.erase(subject, "e1", NOW)
        assert not keys.exchange(read, b"new")
        assert keys.load(subject) == erased
        assert subject not in {stored.subject for stored in keys.wrapped()}
        # Not even where the key that came after happens to be wrapped alike.
        after = keys.add(subject, second, b"old")
        assert not keys.exchange(read, b"new")
        assert keys.load(subject) == after

    def test_a_subject_without_a_key_gets_none(self, keys: MemoryDataKeys) -> None:
        subject = a_name("never")
        assert not keys.exchange(StoredKey(subject, uuid7(NOW), b"old"), b"new")
        assert keys.load(subject) == StoredKey(subject)
