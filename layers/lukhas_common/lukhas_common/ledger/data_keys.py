"""Data keys: one for each person, wrapped by a key service, under which all content about them is sealed.

Destroying a person's data key is how their content is erased, wherever copies of it lie. So the wrapped keys live
in a table of their own that has no backups: a restored key would undo the erasure.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from lukhas_common.crypto.held_keys import CACHED_FOR, HeldKeys, Moment
from lukhas_common.crypto.macs import mac
from lukhas_common.crypto.sealing import derive, seal, unseal
from lukhas_common.ids import uuid7
from lukhas_common.times import Clock

__all__ = ["CACHED_FOR", "DataKey", "DataKeyStore", "DataKeys", "LocalWrapper", "StoredKey", "Wrapper"]


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
        erased_at: when a key of this subject was last destroyed; ``erased_key`` which one.
        unlogged: id of that erasure, as long as the ledger does not tell of it.
    """

    subject: str
    key_id: str | None = None
    wrapped: bytes | None = field(default=None, repr=False)
    erased_at: float | None = None
    erased_key: str | None = None
    unlogged: str | None = None


class DataKeyStore(Protocol):
    """Keeps wrapped keys, one a subject. Reads are strongly consistent; each write is atomic on its one item.

    ``add`` stores a key for a subject that has none and answers what is stored then: this key, or another's; or none,
    where this one was destroyed in between. ``erase`` destroys the key of a subject and notes in the same write that
    this erasure is not logged yet; it answers what is stored then, and changes nothing where there is no key, an
    erasure is still to be logged, or the last one was not before ``now``. ``logged`` forgets that note. ``unlogged``
    finds subjects with such a note, of late ones perhaps not yet.

    Networks repeat writes, and deliver some late. A late ``add`` must not bring back a key that was destroyed, nor a
    late ``erase`` destroy the key that came after.
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
    """The data keys as this process uses them; it holds each for a while (``held_keys.py``). Threads may share it.

    Args:
        timer: seconds that never go back.
    """

    def __init__(
        self, store: DataKeyStore, wrapper: Wrapper, clock: Clock, timer: Callable[[], float] = time.monotonic
    ) -> None:
        self.store, self._wrapper, self._clock = store, wrapper, clock
        self._held: HeldKeys[DataKey] = HeldKeys(clock, timer)

    def keyed_hash(self, subject: str, purpose: bytes, data: bytes) -> str:
        """A hash in hex by which data of a subject can be recognised, for as long as the subject's key exists.

        Args:
            purpose: what it is for; hashes of one purpose say nothing about those of another.
        """
        return mac(derive(self.to_seal(subject).secret, purpose), data).hex()

    def to_seal(self, subject: str, *, fresh: bool = False) -> DataKey:
        """The key to seal with, made if the subject has none.

        Args:
            fresh: read it anew, so that nothing is sealed under a key that was destroyed a minute ago.
        """
        held = None if fresh else self._held.take(subject)
        if held is not None:
            return held
        asked = self._held.now()
        stored = self.store.load(subject)
        while stored.key_id is None:
            key_id = uuid7(self._clock())
            secret, wrapped = self._wrapper.wrap(subject, key_id)
            asked = self._held.now()
            stored = self.store.add(subject, key_id, wrapped)
            if stored.key_id == key_id:
                return self._held.hold(subject, asked, DataKey(subject, key_id, secret))
        return self._unwrapped(asked, stored)

    def current(self, subject: str) -> DataKey | None:
        """The key of a subject as it is now, read anew; None where there is none, and none is made."""
        asked = self._held.now()
        stored = self.store.load(subject)
        return None if stored.key_id is None else self._unwrapped(asked, stored)

    def to_open(self, subject: str, key_id: str) -> DataKey | None:
        """The key that sealed something, None where it was destroyed."""
        held = self._held.take(subject, lambda held: held.key_id == key_id)
        if held is not None:
            return held
        asked = self._held.now()
        stored = self.store.load(subject)
        return self._unwrapped(asked, stored) if stored.key_id == key_id else None

    def refresh(self, subject: str) -> None:
        """Hold the key of a subject no longer if it was destroyed or replaced."""
        held = self._held.peek(subject)
        if held is not None and held.key_id != self.store.load(subject).key_id:
            self.forget(subject)

    def forget(self, subject: str) -> None:
        """Hold the key of a subject no longer."""
        self._held.forget(subject)

    def _unwrapped(self, asked: Moment, stored: StoredKey) -> DataKey:
        held = self._held.take(stored.subject, lambda held: held.key_id == stored.key_id)
        if held is not None:
            return held
        key_id, wrapped = stored.key_id or "", stored.wrapped or b""
        secret = self._wrapper.unwrap(stored.subject, key_id, wrapped)
        return self._held.hold(stored.subject, asked, DataKey(stored.subject, key_id, secret))


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
