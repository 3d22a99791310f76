"""Importing old consents while things break, are killed, or go on at the same time: each row once, none lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.consent.backfill import TRIES, Done, Outcome
from lukhas_common.consent.changes import KEYS_KEPT
from lukhas_common.ledger.entries import Entry, LedgerBusyError, OutcomeUnknownError
from lukhas_common.ledger.erasure import Erasures
from lukhas_common.ledger.memory import MemoryDataKeys, MemoryEntries
from tests.fakes import Audit
from tests.integration.kills import WHEN, Killed
from tests.unit.consent.backfilling import (
    FILE,
    PURPOSE,
    Between,
    Broken,
    a_grant,
    backfill,
    imported,
    moment,
    on,
    once,
    outcomes,
    rows_of,
    stands,
)
from tests.unit.consent.desk import USER, Desk
from tests.unit.ledger.fakes import Killing, Unreliable


@pytest.mark.parametrize("when", WHEN)
def test_killed_at_any_call_it_goes_on_and_each_row_is_imported_once(when: str) -> None:
    rows = rows_of(FILE)
    whole = (MemoryEntries(), MemoryDataKeys())
    list(backfill(on(*whole)).run(rows, 1))
    expected = stands(*whole)
    call, killed = 0, True
    while killed:
        call += 1
        entries, keys, killing = MemoryEntries(), MemoryDataKeys(), Killing(call, when)
        manager = on(killing.watch(entries), killing.watch(keys))
        with suppress(Killed):
            list(backfill(manager).run(rows, 1))
        killed = killing.calls >= call
        done = list(backfill(on(entries, keys)).run(rows, 1))
        assert set(outcomes(done)) <= {"imported", "already there"}
        assert imported(entries, keys) == once(rows), call
        assert stands(entries, keys) == expected, call
        assert outcomes(list(backfill(on(entries, keys)).run(rows))) == {"already there": len(rows)}
    assert call > 4 * len(rows)


def test_stopped_after_any_row_it_goes_on() -> None:
    rows = rows_of(FILE)
    for stop in range(len(rows) + 1):
        entries, keys = MemoryEntries(), MemoryDataKeys()
        running = backfill(on(entries, keys)).run(rows, 2)
        for _ in range(stop):
            next(running)
        running.close()
        before = imported(entries, keys).total()
        assert before >= stop
        done = outcomes(list(backfill(on(entries, keys)).run(rows)))
        assert done["already there"] == before
        assert imported(entries, keys) == once(rows)


def test_stopped_in_the_middle_it_starts_no_other_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each put but the first waits until the workers are waited for."""
    waited = threading.Event()
    shutdown = ThreadPoolExecutor.shutdown

    def waiting(pool: ThreadPoolExecutor, *arguments: Any, **named: Any) -> None:
        waited.set()
        shutdown(pool, *arguments, **named)

    class Slow(MemoryEntries):
        def put(self, entry: Entry) -> Entry:
            assert not self.streams or waited.wait(20)
            return super().put(entry)

    monkeypatch.setattr(ThreadPoolExecutor, "shutdown", waiting)
    entries, keys = Slow(), MemoryDataKeys()
    rows = rows_of([a_grant(user_id=user, indicated_at=moment(day)) for user in ("ada", "bob") for day in range(4)])
    running = backfill(on(entries, keys)).run(rows, 1)
    next(running)
    running.close()
    assert imported(entries, keys).total() == 2


@pytest.mark.parametrize("call", range(1, 12))
def test_another_run_that_comes_in_between_at_any_call_imports_no_row_twice(call: int) -> None:
    """The other run is so far ahead that the manager has forgotten the keys of the first rows."""
    rows = rows_of([a_grant(indicated_at=moment(day)) for day in range(KEYS_KEPT + 3)])
    entries, keys = MemoryEntries(), MemoryDataKeys()
    between = Between(entries, call, lambda: list(backfill(on(entries, keys)).run(rows, 1)))
    done = list(backfill(on(between, keys)).run(rows, 1))
    assert between.left <= 0
    assert outcomes(done)["already there"] >= len(rows) - call
    assert set(outcomes(done)) <= {"imported", "already there"}
    assert imported(entries, keys) == once(rows)


def test_runs_at_once_import_no_row_twice() -> None:
    rows = rows_of([a_grant(user_id=f"user_{day % 3}", indicated_at=moment(day)) for day in range(24)])
    entries, keys = MemoryEntries(), MemoryDataKeys()
    start, failed = threading.Barrier(3), []

    def run() -> None:
        start.wait()
        found = outcomes(list(backfill(on(entries, keys)).run(rows, 3)))
        failed.append(found["failed"] + found["rejected"])

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == [0, 0, 0]
    assert imported(entries, keys) == once(rows)


@pytest.mark.parametrize("call", range(1, 8))
def test_a_choice_that_is_made_meanwhile_stands_against_older_rows(call: int) -> None:
    entries, keys = MemoryEntries(), MemoryDataKeys()
    live = on(entries, keys)
    rows = rows_of([a_grant(indicated_at=moment(1)), a_grant(indicated_at=moment(2))])
    between = Between(entries, call, lambda: live.withdraw(USER, "elr"))
    done = list(backfill(on(between, keys)).run(rows, 1))
    assert outcomes(done) == {"imported": 2}
    assert imported(entries, keys) == once(rows)
    assert live.verify_consent(USER, "elr.interests") is False
    assert [each.effective for each in done].count(False) == sum(
        not item["event"]["effective"] for item in live.get_history(USER)
    )


@pytest.mark.parametrize("error", [OutcomeUnknownError, LedgerBusyError, OSError])
def test_a_row_that_fails_is_tried_again_and_stops_nobody_but_what_comes_after_it(error: Any) -> None:
    entries, keys, slept = Broken(), MemoryDataKeys(), list[float]()
    entries.error = error
    rows = rows_of(FILE)
    done = list(backfill(on(entries, keys, patience=-1.0), slept=slept).run(rows, 1))
    assert {each.row.user_id for each in done if each.outcome is Outcome.FAILED} == {"ada"}
    assert outcomes(done) == {"failed": 4, "imported": 3}
    assert slept == [0.2, 0.4, 0.8, 1.6]
    assert len(slept) == TRIES - 1
    first, *others = [each.rejection for each in done if each.rejection]
    expected = "LedgerBusyError" if error is OutcomeUnknownError else error.__name__
    assert first.reason == "failed"
    assert expected in first.detail
    assert "secret" not in first.detail
    assert first.row_id == rows[1].row_id
    assert all("waits for an earlier row" in other.detail for other in others)
    entries.broken = False
    assert outcomes(list(backfill(on(entries, keys)).run(rows))) == {"imported": 4, "already there": 3}
    assert imported(entries, keys) == once(rows)
    assert stands(entries, keys)["consent/ada"][("elr.interests", PURPOSE)][0] == "given"


@given(told=st.lists(st.sampled_from(["stored", "lost", "failed", "late"]), max_size=12))
def test_lost_answers_and_late_writes_make_no_row_twice(told: list[str]) -> None:
    entries, keys = MemoryEntries(), MemoryDataKeys()
    rows = rows_of(FILE)
    unreliable = Unreliable(entries, iter(told))
    list(backfill(on(unreliable, keys, patience=-1.0)).run(rows, 1))
    unreliable.finish()
    list(backfill(on(entries, keys)).run(rows, 1))
    assert imported(entries, keys) == once(rows)


def test_a_row_whose_trace_could_not_be_kept_is_not_recorded_again() -> None:
    class Once(Audit):
        def record(self, event: str, **details: Any) -> None:
            self.broken = not self.events and not self.broken
            super().record(event, **details)

    entries, keys = MemoryEntries(), MemoryDataKeys()
    rows = rows_of(FILE[:2])
    done = list(backfill(on(entries, keys, audit=Once())).run(rows))
    assert outcomes(done) == {"already there": 1, "imported": 1}
    assert imported(entries, keys) == once(rows)


def test_a_read_that_breaks_off_is_taken_up_and_misses_nothing() -> None:
    entries, keys = MemoryEntries(), MemoryDataKeys()
    rows = rows_of([a_grant(indicated_at=moment(day)) for day in range(3)])
    list(backfill(on(entries, keys)).run(rows))
    for call in range(1, 12):
        for port in ("entries", "keys"):
            breaking = Between(entries if port == "entries" else keys, call, lambda: 1 / 0)
            ports = (breaking, keys) if port == "entries" else (entries, breaking)
            assert outcomes(list(backfill(on(*ports)).run(rows))) == {"already there": 3}


@pytest.mark.parametrize("port", ["entries", "keys"])
def test_what_is_erased_meanwhile_does_not_come_back_even_where_looking_for_it_fails(port: str) -> None:
    rows = rows_of([a_grant(indicated_at=moment(day)) for day in range(2)])
    for call, failing in product(range(1, 14), range(8)):
        entries, keys = MemoryEntries(), MemoryDataKeys()
        ledger = on(entries, keys).ledger
        ledger.append(f"consent/{USER}", "consent.none", {"active": []}, subject=USER)
        erase = partial(Erasures(ledger, Desk().clock).erase, USER, f"consent/{USER}")
        between = Between(entries if port == "entries" else keys, call, erase)
        ports = (between, keys) if port == "entries" else (entries, between)
        done = list(backfill(on(ports[0], Between(ports[1], failing, lambda: 1 / 0))).run(rows, 1))
        assert set(outcomes(done)) <= {"imported", "rejected"}
        if between.left <= 0:
            assert imported(entries, keys) == {}, (call, failing)


def test_a_worker_that_dies_is_not_passed_over() -> None:
    class Dying(MemoryEntries):
        def put(self, entry: Entry) -> Entry:
            raise Killed

    def importing() -> Iterator[Done]:
        return backfill(on(Dying(), MemoryDataKeys())).run(rows_of(FILE))

    with pytest.raises(Killed):
        list(importing())
