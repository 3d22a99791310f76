"""Appending to the ledger and reading it."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lukhas_common.ids import uuid7
from lukhas_common.ledger.data_keys import DataKey, DataKeys
from lukhas_common.ledger.entries import GENESIS, Entry, EntryStore, LedgerBusyError, OutcomeUnknownError
from lukhas_common.ledger.records import SALT, Record, entry_of, opened, record_from
from lukhas_common.times import Clock

PAGE = 100
"""Entries that are read at once."""

_RANDOM = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where an entry was appended, and its hash (32 bytes), which stands for it and for all before it."""

    stream: str
    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Opened:
    """An entry with what it says; ``record`` and ``salt`` are None where that was erased."""

    entry: Entry
    record: Record | None
    salt: bytes | None = None

    @property
    def body(self) -> Mapping[str, Any]:
        """The body of the record, empty where it was erased."""
        return {} if self.record is None else self.record.body

    @property
    def receipt(self) -> Receipt:
        return Receipt(self.entry.stream, self.entry.seq, self.entry.hash)


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be appended.

    Attributes:
        subject: the person it is about, under whose data key it is sealed; None if it is about nobody.
    """

    kind: str
    body: Mapping[str, Any]
    subject: str | None = None


Compose = Callable[[Opened | None, float], Draft | Opened]
"""Answers what to append after the newest entry at this time, or the entry that already says it."""


@dataclass(frozen=True)
class Ledger:
    """Streams of entries.

    Attributes:
        patience: seconds after which an append gives up.
        sleep: waits for seconds; tests give one that does not.
        timer: seconds that never go back, by which patience ends.
    """

    store: EntryStore
    keys: DataKeys
    clock: Clock
    patience: float = 6.0
    sleep: Callable[[float], None] = time.sleep
    timer: Callable[[], float] = time.monotonic

    def append(self, stream: str, kind: str, body: Mapping[str, Any], *, subject: str | None = None) -> Receipt:
        """Append one entry: one read and one write where nobody else appends to the stream.

        Args:
            stream: any text; entries of one stream are chained.
            kind: what happened, such as ``consent.granted``.
            body: JSON values.
            subject: the person it is about, under whose data key it is sealed.

        Raises:
            LedgerBusyError: it may be stored or not; nothing else may rely on it.
            LedgerError: the body is no canonical JSON, or too long.
        """
        draft = Draft(kind, body, subject)
        return self._append(stream, self.store.newest(stream), lambda _newest, _now: draft).receipt

    def append_to(self, stream: str, compose: Compose, *, fresh: bool = False) -> Opened:
        """Append what ``compose`` makes of the newest entry; it is asked again whenever another came in between.

        Args:
            fresh: read the data key anew for each try.
        """

        def after(newest: Entry | None, now: float) -> Draft | Opened:
            return compose(None if newest is None else self.open(newest), now)

        return self._append(stream, self.store.newest(stream), after, fresh=fresh)

    def extend(self, tail: Entry | None, stream: str, kind: str, body: Mapping[str, Any], subject: str | None) -> Entry:
        """Append to a stream that nobody else writes to, whose newest entry is known: one write, no read."""
        draft = Draft(kind, body, subject)
        return self._append(stream, tail, lambda _newest, _now: draft).entry

    def newest(self, stream: str) -> Opened | None:
        """The newest entry of a stream, opened: one consistent read."""
        entry = self.store.newest(stream)
        return None if entry is None else self.open(entry)

    def get(self, stream: str, seq: int) -> Opened | None:
        """One entry, opened."""
        entry = self.store.get(stream, seq)
        return None if entry is None else self.open(entry)

    def read(self, stream: str, start: int = 0) -> Iterator[Opened]:
        """The entries of a stream in order, opened."""
        return (self.open(entry) for entry in self.entries(stream, start))

    def entries(self, stream: str, start: int = 0) -> Iterator[Entry]:
        """The entries of a stream in order, as they are stored."""
        while page := self.store.read(stream, start, PAGE):
            yield from page
            start = page[-1].seq + 1

    def open(self, entry: Entry) -> Opened:
        """What an entry says, held against its commitment.

        Raises:
            EntryAlteredError: it is not what was appended.
        """
        key = None
        if entry.subject is not None and entry.key_id is not None:
            key = self.keys.to_open(entry.subject, entry.key_id)
            if key is None:
                return Opened(entry, None)
        salt, plain = opened(entry, key.secret if key else None)
        return Opened(entry, record_from(plain), salt)

    def _append(
        self,
        stream: str,
        newest: Entry | None,
        compose: Callable[[Entry | None, float], Draft | Opened],
        *,
        fresh: bool = False,
    ) -> Opened:
        until = self.timer() + self.patience
        pause = 0.002
        while True:
            now = self.clock()
            draft = compose(newest, now)
            if isinstance(draft, Opened):
                return draft
            key = None if draft.subject is None else self.keys.to_seal(draft.subject, fresh=fresh)
            made = self._made(stream, newest, draft, key, now)
            stored = self._put(made.entry, until)
            if stored is not None:
                return replace(made, entry=stored)
            if self.timer() > until:
                raise LedgerBusyError("others append to this stream all the time: try again")
            self.sleep(_RANDOM.uniform(0, pause))
            pause = min(pause * 2, 0.2)
            newest = self.store.newest(stream)

    @staticmethod
    def _made(stream: str, newest: Entry | None, draft: Draft, key: DataKey | None, now: float) -> Opened:
        record = Record(
            stream=stream,
            seq=0 if newest is None else newest.seq + 1,
            entry_id=uuid7(now),
            kind=draft.kind,
            at=now,
            previous=GENESIS if newest is None else newest.hash,
            body=draft.body,
        )
        salt = secrets.token_bytes(SALT)
        entry = entry_of(record, salt, draft.subject, key.key_id if key else None, key.secret if key else None)
        return Opened(entry, record, salt)

    def _put(self, entry: Entry, until: float) -> Entry | None:
        """The entry as it is stored; None where another took its place.

        A lost answer leaves the question open. The same entry is put again until there is an answer: it is at its
        place then, or another is, and neither can change any more.
        """
        while True:
            try:
                stored = self.store.put(entry)
            except OutcomeUnknownError as error:
                if self.timer() > until:
                    raise LedgerBusyError("nobody can say whether the entry was stored: try again") from error
                self.sleep(_RANDOM.uniform(0.01, 0.1))
                continue
            return stored if stored.commitment == entry.commitment else None
