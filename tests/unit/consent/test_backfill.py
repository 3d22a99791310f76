"""Importing old consents: each row once, in order, marked, whatever is killed or goes on at the same time."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common import times
from lukhas_common.consent.backfill import TRIES, Backfill, Done, Outcome
from lukhas_common.consent.backfill_rows import Row, read_rows
from lukhas_common.consent.changes import KEYS_KEPT
from lukhas_common.consent.history import ConsentHistoryManager
from lukhas_common.consent.state import choices_of
from lukhas_common.ledger.data_keys import DataKeys, LocalWrapper
from lukhas_common.ledger.entries import Entry, LedgerBusyError, OutcomeUnknownError
from lukhas_common.ledger.erasure import Erasures
from lukhas_common.ledger.ledger import Ledger
from lukhas_common.ledger.memory import MemoryDataKeys, MemoryEntries
from tests.fakes import Audit
from tests.integration.kills import WHEN, Killed
from tests.unit.consent.desk import CONFIG, DAY, USER, Desk, grant_of
from tests.unit.consent.test_backfill_rows import Said, a_grant, an_end, jsonl, said_rows
from tests.unit.ledger.fakes import Counting, Killing, Unreliable

SOURCE = "crm"
PURPOSE = "dpv:DirectMarketing"


def moment(days: float) -> str:
    return times.rfc3339(1_700_000_000.0 + days * DAY)


FILE = [
    an_end(user_id="ada", scope="elr", indicated_at=moment(3)),
    a_grant(user_id="ada", indicated_at=moment(1)),
    a_grant(user_id="bob", indicated_at=moment(1)),
    a_grant(user_id="ada", indicated_at=moment(4)),
    a_grant(user_id="bob", indicated_at=moment(1)),
    an_end(user_id="eve", event="revoked", reason="the account was closed", indicated_at=moment(2)),
    a_grant(user_id="ada", scope="memory.semantic", indicated_at=moment(2)),
]
"""Two people in no order, one of them with the same row twice, and one who never granted anything."""


def rows_of(said: list[Said], source: str = SOURCE) -> list[Row]:
    found = list(read_rows(jsonl(said), "jsonl", source, 1_800_000_000.0))
    assert all(isinstance(row, Row) for row in found), found
    return [row for row in found if isinstance(row, Row)]


def on(entries: Any, keys: Any, patience: float = 6.0, audit: Any = None) -> ConsentHistoryManager:
    """A process of its own on these stores."""
    clock = Desk().clock
    ledger = Ledger(
        entries, DataKeys(keys, LocalWrapper(bytes(32)), clock), clock, patience=patience, sleep=lambda _seconds: None
    )
    return ConsentHistoryManager(CONFIG, audit or Audit(), ledger=ledger, clock=clock)


def backfill(manager: ConsentHistoryManager, dry_run: bool = False, slept: list[float] | None = None) -> Backfill:
    sleep = (lambda _seconds: None) if slept is None else slept.append
    return Backfill(manager, SOURCE, manager.ledger.clock, dry_run, sleep)


def outcomes(done: list[Done]) -> Counter[str]:
    return Counter(each.outcome.value for each in done)


def imported(entries: MemoryEntries, keys: MemoryDataKeys) -> Counter[str]:
    """How often the ledger holds each row."""
    ledger = on(entries, keys).ledger
    events = [opened.body.get("event", {}) for stream in list(entries.streams) for opened in ledger.read(stream)]
    return Counter(event["provenance"]["row"] for event in events if "provenance" in event)


def stands(entries: MemoryEntries, keys: MemoryDataKeys) -> dict[str, Any]:
    """What each person chose, whatever is in between."""
    ledger = on(entries, keys).ledger
    return {
        stream: {key: (choice.status, choice.at) for key, choice in choices_of(ledger.newest(stream)).items()}
        for stream in entries.streams
    }


def once(rows: list[Row]) -> Counter[str]:
    return Counter(row.row_id for row in rows)


def test_each_row_is_recorded_with_where_it_comes_from_and_marked_as_imported() -> None:
    desk = Desk()
    rows = rows_of(FILE)
    done = list(backfill(desk.manager).run(rows))
    assert outcomes(done) == {"imported": len(FILE)}
    assert imported(desk.entries, desk.stored_keys) == once(rows)
    for user, many in (("ada", 4), ("eve", 1)):
        newest = desk.ledger.newest(f"consent/{user}")
        assert newest is not None
        assert len(newest.body["recent"]) == many, "the manager knows the names as idempotency keys"
    item = desk.manager.get_history("eve")[0]
    event, record = item["event"], item["record"]
    assert (event["type"], event["reason"], event["method"]) == ("revoked", "the account was closed", "imported")
    now, then = times.rfc3339(desk.clock.now), moment(2)
    row = rows[5].row_id
    assert event["provenance"] == {"source": SOURCE, "row": row, "original_time": then, "imported_at": now}
    assert record["lukhas:imported"] is True
    assert record["dpv:isIndicatedAtTime"]["@value"] == then
    assert record["prov:wasDerivedFrom"]["dct:source"] == SOURCE
    assert record["prov:wasDerivedFrom"]["dct:identifier"] == row
    assert record["prov:wasDerivedFrom"]["prov:generatedAtTime"]["@value"] == now


def test_what_a_row_leaves_out_is_not_made_up() -> None:
    desk = Desk()
    known = {
        "notice_id": "n",
        "notice_version": "1",
        "notice_sha256": "ab" * 32,
        "method": "checkbox",
        "retention": "30",
    }
    rows = rows_of([a_grant(indicated_at=moment(1)), a_grant(indicated_at=moment(2), channel="web", **known)])
    assert outcomes(list(backfill(desk.manager).run(rows))) == {"imported": 2}
    bare, full = (item["record"] for item in desk.manager.get_history(USER))
    assert bare["dpv:hasNotice"]["dpv:hasApplicability"] == {"@id": "dpv:NotAvailable"}
    assert bare["dpv:hasIndicationMethod"] == "imported"
    assert {"lukhas:channel", "dpv:hasJurisdiction"}.isdisjoint(bare)
    assert "dpv:hasStorageCondition" not in bare["dpv:hasProcess"]
    assert bare["dpv:hasProcess"]["dpv:hasPurpose"] == [{"@id": PURPOSE}]
    assert full["dpv:hasNotice"]["dct:identifier"] == "n"
    assert (full["dpv:hasIndicationMethod"], full["lukhas:channel"]) == ("checkbox", "web")
    assert full["dpv:hasProcess"]["dpv:hasStorageCondition"]["dpv:hasDuration"]["@value"] == "P30D"


def test_an_end_for_one_purpose_leaves_the_others() -> None:
    desk = Desk()
    both = [PURPOSE, "dpv:ServiceProvision"]
    rows = rows_of([a_grant(purposes=both, indicated_at=moment(1)), an_end(purposes=[PURPOSE], indicated_at=moment(2))])
    list(backfill(desk.manager).run(rows))
    (choices,) = stands(desk.entries, desk.stored_keys).values()
    assert {purpose: status for (_, purpose), (status, _) in choices.items()} == {
        PURPOSE: "withdrawn",
        "dpv:ServiceProvision": "given",
    }


@given(said=st.lists(said_rows(st.sampled_from("abc")), max_size=8), workers=st.integers(1, 5))
def test_the_events_of_a_person_are_recorded_in_order_and_what_ends_consent_comes_last(
    said: list[Said], workers: int
) -> None:
    desk = Desk()
    rows = rows_of(said)
    done = list(backfill(desk.manager).run(rows, workers))
    assert outcomes(done) == ({"imported": len(rows)} if rows else {})
    for user in {row.user_id for row in rows}:
        events = [item["event"] for item in desk.manager.get_history(user)]
        order = [(event["provenance"]["original_time"], event["type"] in ("withdrawn", "revoked")) for event in events]
        assert order == sorted(order)
        assert all(event["effective"] for event in events)
    assert imported(desk.entries, desk.stored_keys) == once(rows)


def test_a_row_of_another_source_that_has_the_same_name_is_none_of_ours() -> None:
    desk = Desk()
    (row,) = rows_of([a_grant()])
    origin = {"source": "other", "row": row.row_id, "original_time": row.indicated_at}
    desk.manager.grant(USER, grant_of("elr"), provenance=origin)
    assert outcomes(list(backfill(desk.manager).run([row]))) == {"imported": 1}


def test_importing_again_imports_nothing_and_a_sorted_and_longer_file_its_new_rows_only() -> None:
    desk = Desk()
    list(backfill(desk.manager).run(rows_of(FILE)))
    before = {name: len(entries) for name, entries in desk.entries.streams.items()}
    desk.clock.advance(400 * DAY)
    assert outcomes(list(backfill(Desk(desk).manager).run(rows_of(FILE)))) == {"already there": len(FILE)}
    assert {name: len(entries) for name, entries in desk.entries.streams.items()} == before
    longer = rows_of([*reversed(FILE), a_grant(user_id="bob", indicated_at=moment(1)), a_grant(user_id="zoe")])
    assert outcomes(list(backfill(Desk(desk).manager).run(longer))) == {"already there": len(FILE), "imported": 2}
    assert imported(desk.entries, desk.stored_keys) == once(longer)


def test_more_rows_than_the_manager_remembers_keys_of_are_known_again() -> None:
    desk = Desk()
    rows = rows_of([a_grant(indicated_at=moment(day)) for day in range(KEYS_KEPT + 3)])
    list(backfill(desk.manager).run(rows))
    assert outcomes(list(backfill(Desk(desk).manager).run(rows))) == {"already there": len(rows)}


def test_another_source_is_imported_beside_the_first() -> None:
    desk = Desk()
    list(backfill(desk.manager).run(rows_of(FILE[:1])))
    done = list(Backfill(desk.manager, "other", desk.clock).run(rows_of(FILE[:1], "other")))
    assert outcomes(done) == {"imported": 1}
    assert desk.manager.get_history("ada")[1]["event"]["provenance"]["source"] == "other"


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


class Between:
    """Passes everything on to a port, and does something else just before the n-th call, once."""

    def __init__(self, port: Any, call: int, what: Callable[[], object]) -> None:
        self.port, self.left, self.what = port, call, what

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.port, name)

        def call(*arguments: Any) -> Any:
            self.left -= 1
            if self.left == 0:
                self.what()
            return method(*arguments)

        return call


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


def test_rows_older_than_a_choice_of_today_are_on_record_and_change_nothing() -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("elr.interests"))
    rows = rows_of([a_grant(recipients=["clinician"]), a_grant(scope="memory.semantic")])
    done = list(backfill(desk.manager).run(rows))
    assert [(each.outcome, each.effective) for each in done] == [(Outcome.IMPORTED, False)] * 2
    assert desk.allowed("elr.interests")
    assert not desk.allowed("elr.interests", role="clinician", purpose=PURPOSE)
    again = list(backfill(desk.manager).run(rows))
    assert [(each.outcome, each.effective) for each in again] == [(Outcome.PRESENT, False)] * 2


class Broken(MemoryEntries):
    """Puts about one person are never answered, as long as it is broken."""

    user, broken, error = "ada", True, OutcomeUnknownError

    def put(self, entry: Entry) -> Entry:
        if self.broken and entry.stream == f"consent/{self.user}":
            raise self.error("secret")
        return super().put(entry)


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


def test_what_the_manager_refuses_is_rejected_and_the_next_rows_are_imported() -> None:
    desk = Desk()
    rows = rows_of([a_grant(indicated_at=moment(9)), a_grant(user_id="bob", indicated_at=moment(1))])
    desk.clock.now = rows[0].indicated_at - 1
    done = list(backfill(desk.manager).run(rows))
    (rejection,) = [each.rejection for each in done if each.rejection]
    assert (rejection.line, rejection.reason, rejection.row_id) == (1, "invalid", rows[0].row_id)
    assert outcomes(done) == {"rejected": 1, "imported": 1}


def test_a_stream_that_cannot_be_read_is_a_failure_and_not_the_rows_fault() -> None:
    desk, slept = Desk(), list[float]()
    desk.ledger.append(f"consent/{USER}", "something.else", {}, subject=USER)
    done = list(backfill(desk.manager, slept=slept).run(rows_of([a_grant()])))
    assert outcomes(done) == {"failed": 1}
    assert slept == []


def test_what_a_person_had_erased_is_not_imported_again() -> None:
    desk = Desk()
    old, new = a_grant(user_id=USER, indicated_at=moment(1)), a_grant(user_id=USER, indicated_at=moment(9))
    desk.clock.now = 1_700_000_000.0 + 5 * DAY
    list(backfill(desk.manager).run(rows_of([old])))
    desk.erasures.erase(USER, f"consent/{USER}")
    desk.clock.advance(10 * DAY)
    done = list(backfill(Desk(desk).manager).run(rows_of([old, new])))
    assert outcomes(done) == {"rejected": 1, "imported": 1}
    (rejection,) = [each.rejection for each in done if each.rejection]
    assert rejection.reason == "erased"
    assert USER not in rejection.detail
    again = list(backfill(Desk(desk).manager).run(rows_of([old, new])))
    assert outcomes(again) == {"rejected": 1, "already there": 1}


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


@pytest.mark.parametrize("before", range(len(FILE) + 1))
def test_a_dry_run_writes_nothing_and_says_what_is_left_to_do(before: int) -> None:
    desk = Desk()
    rows = rows_of(FILE)
    list(backfill(desk.manager).run(rows_of(FILE)[:before]))
    entries, keys = Counting(desk.entries), Counting(desk.stored_keys)
    streams = {name: list(found) for name, found in desk.entries.streams.items()}
    stored = dict(desk.stored_keys.keys)
    done = outcomes(list(backfill(on(entries, keys), dry_run=True).run(rows)))
    assert done == {
        name: number for name, number in (("already there", before), ("imported", len(FILE) - before)) if number
    }
    assert set(entries.calls) <= {"read", "newest", "get"}
    assert set(keys.calls) == {"load"}
    assert (desk.entries.streams, desk.stored_keys.keys) == (streams, stored)


def test_a_person_is_read_once_and_a_row_costs_one_write() -> None:
    entries, keys = Counting(MemoryEntries()), Counting(MemoryDataKeys())
    rows = rows_of([a_grant(indicated_at=moment(day)) for day in range(10)])
    list(backfill(on(entries, keys)).run(rows))
    assert Counter(entries.calls) == {"read": 1, "newest": 10, "put": 10}


def test_people_are_imported_at_once() -> None:
    """Each of three puts waits until the other two have come."""
    together = threading.Barrier(3, timeout=20)

    class Meeting(MemoryEntries):
        def put(self, entry: Entry) -> Entry:
            together.wait()
            return super().put(entry)

    rows = rows_of([a_grant(user_id=f"user_{number}") for number in range(3)])
    assert outcomes(list(backfill(on(Meeting(), MemoryDataKeys())).run(rows, 3))) == {"imported": 3}


def test_a_worker_that_dies_is_not_passed_over() -> None:
    class Dying(MemoryEntries):
        def put(self, entry: Entry) -> Entry:
            raise Killed

    def importing() -> Iterator[Done]:
        return backfill(on(Dying(), MemoryDataKeys())).run(rows_of(FILE))

    with pytest.raises(Killed):
        list(importing())
