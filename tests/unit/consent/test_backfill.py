"""Importing old consents: each row once, in order, and marked."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common import times
from lukhas_common.consent.backfill import Backfill, Outcome
from lukhas_common.consent.changes import KEYS_KEPT
from lukhas_common.ledger.entries import Entry
from lukhas_common.ledger.memory import MemoryDataKeys, MemoryEntries
from tests.unit.consent.backfilling import (
    FILE,
    PURPOSE,
    SOURCE,
    Said,
    a_grant,
    an_end,
    backfill,
    imported,
    moment,
    on,
    once,
    outcomes,
    rows_of,
    said_rows,
    stands,
)
from tests.unit.consent.desk import DAY, USER, Desk, grant_of
from tests.unit.ledger.fakes import Counting


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
