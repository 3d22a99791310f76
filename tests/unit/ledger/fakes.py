"""Stores that count, fail or are killed, and a ledger without storage to try them on."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from lukhas_common.ledger.data_keys import DataKeys, DataKeyStore, LocalWrapper
from lukhas_common.ledger.entries import Entry, EntryStore, OutcomeUnknownError
from lukhas_common.ledger.ledger import Ledger
from lukhas_common.ledger.memory import MemoryDataKeys, MemoryEntries
from tests.fakes import Clock
from tests.integration.kills import Killed
from tests.unit.ledger.contract import an_entry

SECRET = bytes(range(32))


@dataclass
class Counting:
    """Passes everything on to a port, and notes what was called."""

    port: Any
    calls: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.port, name)

        def call(*arguments: Any) -> Any:
            self.calls.append(name)
            return method(*arguments)

        return call


@dataclass
class Killing:
    """Passes everything on to ports that share one count, until the n-th call, before it took effect or after."""

    kill_at: int = 0
    when: str = "before"
    calls: int = 0

    def watch(self, port: Any) -> Any:
        killing = self

        class Watched:
            def __getattr__(self, name: str) -> Callable[..., Any]:
                method = getattr(port, name)

                def call(*arguments: Any) -> Any:
                    killing.calls += 1
                    if killing.calls == killing.kill_at and killing.when == "before":
                        raise Killed
                    answer = method(*arguments)
                    if killing.calls == killing.kill_at:
                        raise Killed
                    return answer

                return call

        return Watched()


@dataclass
class Unreliable:
    """An EntryStore whose puts come out as told, one after the other, and well when nothing more is told.

    stored: as it should. lost: stored, but nobody says so. failed: not stored, and nobody says so. late: as failed,
    but stored yet once the next put is answered. last: the same, but after everything else. rival: somebody else has
    taken the place just before.
    """

    store: EntryStore
    outcomes: Iterator[str]
    late: list[Entry] = field(default_factory=list)
    last: list[Entry] = field(default_factory=list)

    def put(self, entry: Entry) -> Entry:
        late, self.late = self.late, []
        try:
            return self._put(entry)
        finally:
            for each in late:
                self.store.put(each)

    def finish(self) -> None:
        for each in self.late + self.last:
            self.store.put(each)

    def _put(self, entry: Entry) -> Entry:
        match next(self.outcomes, "stored"):
            case "lost":
                self.store.put(entry)
            case "late":
                self.late.append(entry)
            case "last":
                self.last.append(entry)
            case "rival":
                self.store.put(an_entry(entry.stream, entry.seq, entry.previous))
                return self.store.put(entry)
            case "stored":
                return self.store.put(entry)
        raise OutcomeUnknownError("no answer")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


@dataclass
class Process:
    """A process with its own cache of data keys; several may share stores. Its timer runs while it sleeps."""

    entries: Any = field(default_factory=MemoryEntries)
    data_keys: DataKeyStore = field(default_factory=MemoryDataKeys)
    clock: Clock = field(default_factory=Clock)
    timer: Clock = field(default_factory=lambda: Clock(0.0))
    ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        keys = DataKeys(self.data_keys, LocalWrapper(SECRET), self.clock, self.timer)
        self.ledger = Ledger(self.entries, keys, self.clock, sleep=self.timer.advance, timer=self.timer)

    def another(self) -> Process:
        """Another process on the same stores, with clocks of its own."""
        return Process(self.entries, self.data_keys, Clock(self.clock.now), Clock(self.timer.now))


def altered(value: Any) -> Any:
    """The same value with a bit, a letter or a number changed."""
    match value:
        case bytes():
            place = secrets.randbelow(len(value))
            return value[:place] + bytes([value[place] ^ 1 << secrets.randbelow(8)]) + value[place + 1 :]
        case int():
            return value + secrets.choice([-1, 1])
        case str():
            place = secrets.randbelow(len(value))
            return value[:place] + ("a" if value[place] != "a" else "b") + value[place + 1 :]
    return "something"


def with_altered(entry: Entry, attribute: str) -> Entry:
    return replace(entry, **{attribute: altered(getattr(entry, attribute))})
