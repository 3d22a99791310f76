"""The ledger's ports in memory: for tests, and for use as a library without storage."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from lukhas_common.ledger.data_keys import StoredKey
from lukhas_common.ledger.entries import Entry, Leaf, LeafConflictError


@dataclass
class MemoryEntries:
    """The EntryStore and Inbox ports."""

    streams: dict[str, list[Entry]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def put(self, entry: Entry) -> Entry:
        with self._lock:
            entries = self.streams.setdefault(entry.stream, [])
            if entry.seq < len(entries):
                return entries[entry.seq]
            if entry.seq > len(entries):
                raise ValueError("a stream has no gaps")
            entries.append(entry)
            return entry

    def get(self, stream: str, seq: int) -> Entry | None:
        entries = self.streams.get(stream, [])
        return entries[seq] if 0 <= seq < len(entries) else None

    def newest(self, stream: str) -> Entry | None:
        entries = self.streams.get(stream)
        return entries[-1] if entries else None

    def read(self, stream: str, start: int, limit: int) -> list[Entry]:
        return self.streams.get(stream, [])[start : start + limit]

    def pending(self, limit: int) -> list[Leaf]:
        waiting = [entry for entries in list(self.streams.values()) for entry in entries if entry.leaf_index is None]
        waiting.sort(key=lambda entry: entry.entry_id)
        return [Leaf(entry.stream, entry.seq, entry.commitment) for entry in waiting[:limit]]

    def settle(self, leaves: list[tuple[Leaf, int]]) -> None:
        with self._lock:
            for leaf, index in leaves:
                entry = self.get(leaf.stream, leaf.seq)
                if entry is None or entry.commitment != leaf.commitment or entry.leaf_index not in (None, index):
                    raise LeafConflictError(f"{leaf.stream} {leaf.seq} is not what the log has at {index}")
                self.streams[leaf.stream][leaf.seq] = replace(entry, leaf_index=index)


@dataclass
class MemoryDataKeys:
    """The DataKeyStore and WrappedKeys ports."""

    keys: dict[str, StoredKey] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def load(self, subject: str) -> StoredKey:
        return self.keys.get(subject, StoredKey(subject))

    def add(self, subject: str, key_id: str, wrapped: bytes) -> StoredKey:
        with self._lock:
            stored = self.load(subject)
            if stored.key_id is None and stored.erased_key != key_id:
                self.keys[subject] = replace(stored, key_id=key_id, wrapped=wrapped)
            return self.load(subject)

    def erase(self, subject: str, erasure_id: str, now: float) -> StoredKey:
        with self._lock:
            stored = self.load(subject)
            late = stored.erased_at is not None and stored.erased_at >= now
            if stored.key_id is None or stored.unlogged is not None or late:
                return stored
            self.keys[subject] = StoredKey(subject, erased_at=now, erased_key=stored.key_id, unlogged=erasure_id)
            return self.keys[subject]

    def wrapped(self) -> Iterator[StoredKey]:
        for stored in list(self.keys.values()):
            if stored.wrapped is not None:
                yield stored

    def exchange(self, stored: StoredKey, wrapped: bytes) -> bool:
        with self._lock:
            present = self.load(stored.subject)
            if (present.key_id, present.wrapped) == (stored.key_id, stored.wrapped):
                self.keys[stored.subject] = replace(present, wrapped=wrapped)
            return self.load(stored.subject).wrapped == wrapped

    def logged(self, subject: str, erasure_id: str) -> None:
        with self._lock:
            stored = self.load(subject)
            if stored.unlogged == erasure_id:
                self.keys[subject] = replace(stored, unlogged=None)

    def unlogged(self) -> list[str]:
        return [subject for subject, key in list(self.keys.items()) if key.unlogged is not None]
