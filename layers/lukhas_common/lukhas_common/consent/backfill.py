"""Importing consent from elsewhere: each row is recorded once, whatever happens in between, and stays marked.

The ledger says what was imported: the provenance of an entry names source and row. It is looked up once for each
person, and again, in the same conditional write that appends a row, wherever somebody else appended in between. So
runs may be killed, repeated, and made at once.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from lukhas_common import times
from lukhas_common.consent.backfill_rows import Rejection, Row, end_of, grant_of, rejected
from lukhas_common.consent.errors import ConsentError, Reason
from lukhas_common.consent.history import ConsentHistoryManager
from lukhas_common.consent.models import EventType, Provenance, Recorded, stream_of
from lukhas_common.ledger.ledger import Compose, Draft, Ledger, Opened

TRIES = 5
"""How often a row is tried before it counts as failed."""


class Outcome(StrEnum):
    """What became of a row."""

    IMPORTED = "imported"
    PRESENT = "already there"
    REJECTED = "rejected"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Done:
    """A row that is done with, for this run.

    Attributes:
        effective: False where later choices stand, so that it is on record and changes nothing.
        rejection: why it was not imported.
    """

    row: Row
    outcome: Outcome
    effective: bool = True
    rejection: Rejection | None = None


@dataclass(frozen=True, slots=True)
class Backfill:
    """Imports the rows of one source.

    Attributes:
        source: what the entries name as their source, the same in each run.
        dry_run: look everything up, and record nothing.
        sleep: waits for seconds, between tries.
    """

    manager: ConsentHistoryManager
    source: str
    clock: Callable[[], float] = times.now
    dry_run: bool = False
    sleep: Callable[[float], None] = time.sleep

    def run(self, rows: Iterable[Row], workers: int = 4) -> Generator[Done, None, None]:
        """Import rows, of several people at once and of each in the order in which it happened."""
        people: dict[str, list[Row]] = {}
        for row in rows:
            people.setdefault(row.user_id, []).append(row)
        waiting, lock, stop = iter(people.values()), threading.Lock(), threading.Event()
        done: queue.SimpleQueue[Done | None] = queue.SimpleQueue()

        def work() -> None:
            try:
                while not stop.is_set():
                    with lock:
                        person = next(waiting, None)
                    if person is None:
                        return
                    for each in self.person(person):
                        done.put(each)
                        if stop.is_set():
                            return
            finally:
                done.put(None)

        with ThreadPoolExecutor(workers) as pool:
            working = [pool.submit(work) for _ in range(workers)]
            try:
                for _ in range(workers):
                    yield from iter(done.get, None)
            finally:
                stop.set()
        for each in working:
            each.result()

    def person(self, rows: Sequence[Row]) -> Iterator[Done]:
        """Import the rows of one person. Those after one that fails wait: it could take no effect after them."""
        person = _Person(self.manager, self.source, rows[0].user_id)
        failed = False
        for row in sorted(rows, key=lambda row: row.order):
            if failed:
                yield _failed(row, "waits for an earlier row of the same person")
                continue
            done = self._settled(person, row)
            failed = done.outcome is Outcome.FAILED
            yield done

    def _settled(self, person: _Person, row: Row) -> Done:
        why = ""
        for each in range(TRIES):
            if each:
                self.sleep(0.1 * 2**each)
            try:
                return person.put(row, self.clock(), self.dry_run)
            except ConsentError as error:
                if error.reason is Reason.UNREADABLE:
                    return _failed(row, error.detail)
                return Done(row, Outcome.REJECTED, False, rejected(row.line, row.row_id, error))
            except Exception as error:  # noqa: BLE001 - whatever broke, the next run can import the row
                why = type(error).__name__
        return _failed(row, f"{why}, {TRIES} times; run again to go on")


@dataclass
class _Person:
    """What is known of one person's stream: which rows of the source it holds, up to an entry."""

    manager: ConsentHistoryManager
    source: str
    user_id: str
    rows: dict[str, bool] = field(default_factory=dict)
    erased_at: float | None = None
    seen: int = -1
    looked: bool = False

    def put(self, row: Row, now: float, dry_run: bool) -> Done:
        """Record a row that is not there yet.

        Raises:
            ConsentError: it cannot be recorded.
        """
        if not self.looked:
            self._look()
            self.looked = True
        try:
            self._check(row)
            if dry_run:
                return Done(row, Outcome.IMPORTED)
            recorded = self._record(row, now)
        except _PresentError:
            return Done(row, Outcome.PRESENT, self.rows[row.row_id])
        except _ErasedError:
            detail = "the content of this person was erased after indicated_at: it is not imported again"
            return Done(row, Outcome.REJECTED, False, Rejection(row.line, "erased", detail, row.row_id))
        self.seen = recorded.receipt.seq
        self.rows[row.row_id] = recorded.effective
        return Done(row, Outcome.IMPORTED, recorded.effective)

    def _record(self, row: Row, now: float) -> Recorded:
        said, origin = row.said, Provenance(self.source, row.row_id, row.indicated_at, now)
        manager = copy(self.manager)
        manager.ledger = _watched(manager.ledger, partial(self._appending, row))
        if row.event is EventType.GRANTED:
            return manager.grant(row.user_id, grant_of(said), idempotency_key=row.row_id, provenance=origin)
        end = manager.withdraw if row.event is EventType.WITHDRAWN else manager.revoke
        return end(row.user_id, **end_of(said), idempotency_key=row.row_id, provenance=origin)

    def _appending(self, row: Row, newest: Opened | None) -> None:
        """Look at what was appended since, and stop the row if it is there now."""
        if newest is not None and newest.entry.seq > self.seen:
            self._look()
            self._check(row)

    def _check(self, row: Row) -> None:
        if row.row_id in self.rows:
            raise _PresentError
        if self.erased_at is not None and row.indicated_at <= self.erased_at:
            raise _ErasedError

    def _look(self) -> None:
        seen, ledger = self.seen, self.manager.ledger
        for opened in ledger.read(stream_of(self.user_id), seen + 1):
            event = opened.body.get("event", {})
            origin = event.get("provenance", {})
            if origin.get("source") == self.source:
                self.rows[origin["row"]] = event["effective"]
            seen = opened.entry.seq
        # Asked after reading: what was erased meanwhile could not be read, and must not look as if it had never been.
        self.erased_at = ledger.keys.store.load(self.user_id).erased_at
        self.seen = seen


class _PresentError(Exception):
    pass


class _ErasedError(Exception):
    pass


@dataclass(frozen=True)
class _Watched(Ledger):
    """A ledger that says what an entry is about to be appended after; whoever raises then, stops it."""

    watch: Callable[[Opened | None], None] = field(kw_only=True)

    def append_to(self, stream: str, compose: Compose, *, fresh: bool = False) -> Opened:
        def watched(newest: Opened | None, now: float) -> Draft | Opened:
            self.watch(newest)
            return compose(newest, now)

        return super().append_to(stream, watched, fresh=fresh)


def _watched(ledger: Ledger, watch: Callable[[Opened | None], None]) -> _Watched:
    parts = (ledger.store, ledger.keys, ledger.clock, ledger.patience, ledger.sleep, ledger.timer)
    return _Watched(*parts, watch=watch)


def _failed(row: Row, detail: str) -> Done:
    return Done(row, Outcome.FAILED, False, Rejection(row.line, "failed", detail, row.row_id))
