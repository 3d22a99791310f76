"""Data keys: one for each person, wrapped by a key service, under which all content about them is sealed.

Destroying a person's data key is how their content is erased, wherever copies of it lie. So the wrapped keys live
in a table of their own that has no backups: a restored key would undo the erasure.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Protocol

from lukhas_common.crypto.sealing import derive, seal, unseal
from lukhas_common.ids import uuid7
from lukhas_common.times import Clock

CACHED_FOR = 900
"""Seconds for which a process may hold an unwrapped key, so after which an erasure is complete everywhere."""

_CACHE = 1024


@dataclass(frozen=True, slots=True)
class DataKey:
    """A data key, ready to seal with."""

    subject: str
    key_id: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredKey:
    """What is stored about the data key of a subject.

    Attributes:
        key_id: a UUIDv7; ``wrapped`` the key as the key service wrapped it. Both are None once it is destroyed.
        erased_at: when a key of this subject was last destroyed.
        unlogged: id of an erasure that the ledger does not tell of yet, with the key that it destroyed.
    """

    subject: str
    key_id: str | None = None
    wrapped: bytes | None = None
    erased_at: float | None = None
    unlogged: tuple[str, str] | None = None


class DataKeyStore(Protocol):
    """Keeps wrapped keys, one a subject. Reads are strongly consistent; each write is atomic on its one item.

    ``add`` stores a key for a subject that has none and answers what is stored then: this key, or another's.
    ``erase`` destroys the key of a subject and notes in the same write that this erasure is not logged yet; it answers
    what is stored then, and changes nothing where there is no key or an erasure is still to be logged. ``logged``
    forgets that note. ``unlogged`` finds subjects with such a note, of late ones perhaps not yet.
    """

    def load(self, subject: str) -> StoredKey: ...
    def add(self, subject: str, key_id: str, wrapped: bytes) -> StoredKey: ...
    def erase(self, subject: str, erasure_id: str, now: float) -> StoredKey: ...
    def logged(self, subject: str, erasure_id: str) -> None: ...
    def unlogged(self) -> list[str]: ...


class Wrapper(Protocol):
    """A key service. ``wrap`` makes a new 32-byte key; what it wrapped opens for the same subject and key id only."""

    def wrap(self, subject: str, key_id: str) -> tuple[bytes, bytes]: ...
    def unwrap(self, subject: str, key_id: str, wrapped: bytes) -> bytes: ...


class DataKeys:
    """The data keys as this process uses them; it holds each for CACHED_FOR seconds at most."""

    def __init__(self, store: DataKeyStore, wrapper: Wrapper, clock: Clock) -> None:
        self.store, self._wrapper, self._clock = store, wrapper, clock
        self._held: OrderedDict[str, tuple[float, DataKey]] = OrderedDict()

    def to_seal(self, subject: str, *, fresh: bool = False) -> DataKey:
        """The key to seal with, made if the subject has none.

        Args:
            fresh: read it anew, so that nothing is sealed under a key that was destroyed a minute ago.
        """
        held = None if fresh else self._cached(subject)
        if held is not None:
            return held
        stored = self.store.load(subject)
        if stored.key_id is None:
            key_id = uuid7(self._clock())
            secret, wrapped = self._wrapper.wrap(subject, key_id)
            stored = self.store.add(subject, key_id, wrapped)
            if stored.key_id == key_id:
                return self._hold(DataKey(subject, key_id, secret))
        return self._unwrapped(stored)

    def to_open(self, subject: str, key_id: str) -> DataKey | None:
        """The key that sealed something, None where it was destroyed."""
        held = self._cached(subject)
        if held is not None and held.key_id == key_id:
            return held
        stored = self.store.load(subject)
        return self._unwrapped(stored) if stored.key_id == key_id else None

    def forget(self, subject: str) -> None:
        """Hold the key of a subject no longer."""
        self._held.pop(subject, None)

    def _unwrapped(self, stored: StoredKey) -> DataKey:
        held = self._cached(stored.subject)
        if held is not None and held.key_id == stored.key_id:
            return held
        key_id, wrapped = stored.key_id or "", stored.wrapped or b""
        return self._hold(DataKey(stored.subject, key_id, self._wrapper.unwrap(stored.subject, key_id, wrapped)))

    def _cached(self, subject: str) -> DataKey | None:
        since, key = self._held.get(subject, (0.0, None))
        # A clock that went back must not lengthen the life of a key.
        if key is not None and 0 <= self._clock() - since < CACHED_FOR:
            return key
        self._held.pop(subject, None)
        return None

    def _hold(self, key: DataKey) -> DataKey:
        self._held[key.subject] = (self._clock(), key)
        self._held.move_to_end(key.subject)
        if len(self._held) > _CACHE:
            self._held.popitem(last=False)
        return key


@dataclass(frozen=True, slots=True)
class LocalWrapper:
    """The Wrapper port without a key service.

    Attributes:
        secret: 32 bytes, kept apart from what it wraps.
    """

    secret: bytes = field(repr=False)

    def wrap(self, subject: str, key_id: str) -> tuple[bytes, bytes]:
        secret = secrets.token_bytes(32)
        return secret, seal(self._key(), secret, f"{subject}\n{key_id}".encode())

    def unwrap(self, subject: str, key_id: str, wrapped: bytes) -> bytes:
        return unseal(self._key(), wrapped, f"{subject}\n{key_id}".encode())

    def _key(self) -> bytes:
        return derive(self.secret, b"lukhas data keys v1")
