"""Recording: repeated requests, others at the same time, lost answers, imports, and erasure."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.consent.changes import KEPT_FOR, KEYS_KEPT
from lukhas_common.consent.errors import ConsentError, Reason
from lukhas_common.consent.models import ConsentScope, Purpose
from lukhas_common.ledger.data_keys import CACHED_FOR, StoredKey
from lukhas_common.ledger.entries import Entry, OutcomeUnknownError
from lukhas_common.ledger.memory import MemoryDataKeys, MemoryEntries
from tests.unit.consent.desk import DAY, USER, Desk, explicit, grant_of

STREAM = f"consent/{USER}"
SOME = st.sampled_from(["elr", "elr.media", "elr.interests"])
ROW = {"source": "crm.csv", "row": "17"}


def test_the_same_key_and_request_is_answered_with_the_same_entry() -> None:
    desk = Desk()
    first = desk.manager.grant(USER, grant_of("elr.media", ip="::1"), idempotency_key="a")
    desk.manager.withdraw(USER, "elr.location", idempotency_key="b")
    desk.clock.advance(3600)
    again = desk.manager.grant(USER, grant_of("elr.media", ip="::2"), idempotency_key="a")
    assert replace(again, repeated=False, opened=first.opened, active=first.active) == first
    assert (first.repeated, again.repeated) == (False, True)
    assert {choice.scope for choice in again.active} == {"elr.media", "elr.location"}, "what stands now"
    assert again.opened.entry == first.opened.entry
    assert desk.manager.withdraw(USER, "elr.location", idempotency_key="b").repeated
    assert len(desk.entries.streams[STREAM]) == 2


def test_another_process_knows_the_key_too_and_other_people_do_not() -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("elr.media"), idempotency_key="a")
    assert Desk(desk).manager.grant(USER, grant_of("elr.media"), idempotency_key="a").repeated
    assert not desk.manager.grant("somebody else", grant_of("elr.interests"), idempotency_key="a").repeated


@pytest.mark.parametrize(
    "other",
    [
        lambda manager: manager.grant(USER, grant_of("elr.interests"), idempotency_key="a"),
        lambda manager: manager.grant(USER, grant_of("elr.media", retention=7), idempotency_key="a"),
        lambda manager: manager.grant(USER, grant_of("elr.media", recipients=("admin",)), idempotency_key="a"),
        lambda manager: manager.grant(USER, grant_of("elr.media", expires_at=2e9), idempotency_key="a"),
        lambda manager: manager.grant(
            USER, grant_of("elr.media"), idempotency_key="a", provenance={**ROW, "original_time": 5}
        ),
        lambda manager: manager.withdraw(USER, "elr.media", idempotency_key="a"),
        lambda manager: manager.revoke(USER, "elr.media", idempotency_key="a"),
    ],
)
def test_the_same_key_with_another_request_is_refused(other: Any) -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("elr.media"), idempotency_key="a")
    with pytest.raises(ConsentError) as refused:
        other(desk.manager)
    assert refused.value.reason is Reason.IDEMPOTENCY_KEY_REUSED
    assert len(desk.entries.streams[STREAM]) == 1


def test_a_withdrawal_and_a_revocation_by_the_same_hand_are_two_requests() -> None:
    desk = Desk()
    desk.manager.withdraw(USER, "elr", actor="guardian", idempotency_key="a")
    with pytest.raises(ConsentError) as refused:
        desk.manager.revoke(USER, "elr", actor="guardian", idempotency_key="a")
    assert refused.value.reason is Reason.IDEMPOTENCY_KEY_REUSED


def test_endings_under_one_key_differ_by_scope_purpose_kind_and_reason() -> None:
    for other in (
        {"scope": "elr.media"},
        {"purpose": Purpose.DIRECT_MARKETING},
        {"purpose": None},
        {"reason": "another"},
    ):
        desk = Desk()
        asked: dict[str, Any] = {"scope": "elr", "purpose": Purpose.SERVICE_PROVISION, "reason": "one"}
        desk.manager.withdraw(USER, idempotency_key="a", **asked)
        with pytest.raises(ConsentError) as refused:
            desk.manager.withdraw(USER, idempotency_key="a", **{**asked, **other})
        assert refused.value.reason is Reason.IDEMPOTENCY_KEY_REUSED


def test_a_key_is_remembered_for_a_day() -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("elr.media"), idempotency_key="a")
    desk.clock.advance(KEPT_FOR - 0.001)
    assert desk.manager.grant(USER, grant_of("elr.media"), idempotency_key="a").repeated
    desk.clock.advance(0.001)
    assert not desk.manager.grant(USER, grant_of("elr.media"), idempotency_key="a").repeated
    assert KEPT_FOR == DAY


def test_only_the_newest_keys_are_remembered_and_none_of_them_as_it_was_sent() -> None:
    desk = Desk()
    for number in range(KEYS_KEPT + 1):
        desk.clock.advance(1)
        recorded = desk.manager.withdraw(USER, "elr.media", idempotency_key=f"secret-{number}")
    assert len(recorded.opened.body["recent"]) == KEYS_KEPT == 32
    assert recorded.opened.record is not None
    assert b"secret" not in recorded.opened.record.canonical()
    assert desk.manager.withdraw(USER, "elr.media", idempotency_key="secret-1").repeated
    assert not desk.manager.withdraw(USER, "elr.media", idempotency_key="secret-0").repeated


def test_a_change_without_a_key_is_recorded_each_time() -> None:
    desk = Desk()
    for _ in range(3):
        assert not desk.manager.withdraw(USER, "elr.media").repeated
    assert len(desk.entries.streams[STREAM]) == 3


class Interrupted(MemoryEntries):
    """Lets others in before a put: each of ``before`` is called once."""

    def __init__(self) -> None:
        super().__init__()
        self.before: list[Any] = []

    def put(self, entry: Entry) -> Entry:
        if self.before:
            self.before.pop()()
        return super().put(entry)


def test_given_another_change_in_between_then_both_take_effect() -> None:
    entries = Interrupted()
    desk = Desk(entries=entries)
    other = Desk(desk)
    entries.before = [lambda: other.manager.grant(USER, grant_of("elr.interests"))]
    desk.manager.grant(USER, grant_of("elr.media"))
    assert desk.allowed("elr.interests", "elr.media")
    assert [item["event"]["scope"] for item in desk.manager.get_history(USER)] == ["elr.interests", "elr.media"]


def test_given_a_withdrawal_in_between_then_a_grant_of_the_whole_does_not_undo_it() -> None:
    entries = Interrupted()
    desk = Desk(entries=entries)
    other = Desk(desk)
    entries.before = [lambda: other.manager.withdraw(USER, "elr.media")]
    desk.manager.grant(USER, grant_of("elr"))
    assert desk.why("elr.media") == "withdrawn"


def test_given_the_same_request_in_between_then_it_is_recorded_once() -> None:
    entries = Interrupted()
    desk = Desk(entries=entries)
    other = Desk(desk)
    seen: list[Any] = []
    grant = grant_of("elr.media")
    entries.before = [lambda: seen.append(other.manager.grant(USER, grant, idempotency_key="a"))]
    recorded = desk.manager.grant(USER, grant, idempotency_key="a")
    assert recorded.repeated
    assert recorded.receipt == seen[0].receipt
    assert len(entries.streams[STREAM]) == 1


def test_two_processes_that_record_at_once_lose_nothing() -> None:
    desk = Desk()
    desks = [Desk(desk), Desk(desk)]
    scopes = [scope for scope in ConsentScope if scope.startswith("elr.")]

    def work(own: Desk, some: list[ConsentScope]) -> None:
        for scope in some:
            own.manager.grant(USER, explicit(scope), idempotency_key=scope)

    threads = [threading.Thread(target=work, args=(own, scopes[n::2])) for n, own in enumerate(desks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert desk.allowed(*scopes)
    assert sorted(item["event"]["scope"] for item in desk.manager.get_history(USER)) == sorted(scopes)
    newest = desk.ledger.newest(STREAM)
    assert newest is not None
    assert {choice["scope"] for choice in newest.body["active"]} == set(scopes)
    hashes = [entry.hash.hex() for entry in desk.entries.streams[STREAM]]
    assert [c["entry_hash"] for c in newest.body["active"] if "entry_hash" in c] == hashes[:-1]


@pytest.mark.parametrize("stored", [True, False])
def test_a_lost_answer_is_settled_and_recorded_once(stored: bool) -> None:
    class Losing(MemoryEntries):
        lost = False

        def put(self, entry: Entry) -> Entry:
            if self.lost:
                return super().put(entry)
            self.lost = True
            if stored:
                super().put(entry)
            raise OutcomeUnknownError("no answer")

    desk = Desk(entries=Losing())
    desk.manager.grant(USER, grant_of("elr.media"))
    assert len(desk.entries.streams[STREAM]) == 1
    assert desk.allowed("elr.media")


def test_an_imported_consent_is_as_old_as_it_is_and_says_where_it_is_from() -> None:
    desk = Desk()
    then = desk.clock() - 700 * DAY
    recorded = desk.manager.grant(
        USER, grant_of("elr.media", method="imported"), provenance={**ROW, "original_time": then}
    )
    assert recorded.effective
    assert recorded.event["provenance"]["row"] == "17"
    assert recorded.record["lukhas:imported"] is True
    assert recorded.record["prov:wasDerivedFrom"] == {
        "dct:source": "crm.csv",
        "dct:identifier": "17",
        "prov:generatedAtTime": {"@type": "xsd:dateTime", "@value": "2027-01-15T08:00:00.000Z"},
    }
    assert recorded.record["dpv:isIndicatedAtTime"]["@value"] == "2025-02-14T08:00:00.000Z"
    assert recorded.record["dct:created"]["@value"] == "2027-01-15T08:00:00.000Z"
    assert recorded.opened.record is not None
    assert recorded.opened.record.at == desk.clock()
    desk.clock.advance(30 * DAY - 1)
    assert desk.allowed("elr.media")
    desk.clock.advance(1)
    assert desk.why("elr.media") == "expired"


def test_what_was_not_imported_does_not_say_so() -> None:
    recorded = Desk().manager.grant(USER, grant_of("elr.media"))
    assert "lukhas:imported" not in recorded.record
    assert "provenance" not in recorded.event


def test_an_import_may_tell_of_consent_that_is_over_or_lacks_what_is_wanted_now() -> None:
    desk = Desk()
    then = desk.clock() - 100 * DAY
    old = explicit("elr.health", jurisdiction="US")
    desk.manager.grant(USER, old, provenance={**ROW, "original_time": then})
    assert desk.why("elr.health") == "expired"
    over = grant_of("elr.media", expires_at=then + DAY)
    desk.manager.grant(USER, over, provenance={**ROW, "original_time": then})
    assert desk.why("elr.media") == "expired"
    with pytest.raises(ConsentError) as refused:
        desk.manager.grant(USER, grant_of("elr", expires_at=then), provenance={**ROW, "original_time": then})
    assert refused.value.reason is Reason.EXPIRY_IN_THE_PAST


def test_an_imported_grant_does_not_undo_what_the_person_did_since() -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("elr.media"))
    desk.manager.withdraw(USER, "elr.media")
    old = {**ROW, "original_time": desk.clock() - DAY}
    recorded = desk.manager.grant(USER, grant_of("elr.media"), provenance=old)
    assert not recorded.effective
    assert recorded.event["effective"] is False
    assert desk.why("elr.media") == "withdrawn"
    assert not desk.manager.grant(USER, grant_of("elr.interests"), provenance=old).effective
    assert len(desk.manager.get_history(USER)) == 4


def test_an_imported_withdrawal_ends_older_grants_only() -> None:
    desk = Desk()
    start = desk.clock() - 10 * DAY
    desk.manager.grant(USER, grant_of("elr.media"), provenance={**ROW, "original_time": start})
    desk.manager.grant(USER, grant_of("elr.interests"), provenance={**ROW, "original_time": start + 2 * DAY})
    desk.manager.grant(USER, grant_of("elr"), provenance={**ROW, "original_time": start + 3 * DAY})
    recorded = desk.manager.withdraw(USER, "elr.media", provenance={**ROW, "original_time": start + DAY})
    assert recorded.effective
    assert desk.why("elr.media") == "withdrawn"
    desk.manager.withdraw(USER, "elr", provenance={**ROW, "original_time": start + 2.5 * DAY})
    assert desk.allowed("elr.location")
    assert desk.why("elr.interests") is None


def test_an_imported_withdrawal_of_the_same_scope_does_not_end_a_later_grant() -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("elr.media"))
    old = {**ROW, "original_time": desk.clock() - DAY}
    for purpose in (Purpose.SERVICE_PROVISION, None):
        desk.manager.withdraw(USER, "elr.media", purpose=purpose, provenance=old)
        assert desk.allowed("elr.media")


@given(
    live=st.lists(st.tuples(st.booleans(), SOME), min_size=1, max_size=6),
    imports=st.lists(st.tuples(st.booleans(), SOME, st.floats(0, 9)), max_size=5),
)
def test_imports_never_allow_what_the_person_has_not_allowed_since(
    live: list[tuple[bool, str]], imports: list[tuple[bool, str, float]]
) -> None:
    desk = Desk()
    start = desk.clock()
    for grants, scope in live:
        desk.clock.advance(DAY)
        desk.manager.grant(USER, explicit(scope)) if grants else desk.manager.withdraw(USER, scope)
    scopes = ("elr.media", "elr.interests", "elr.location")
    before = [desk.allowed(scope) for scope in scopes]
    for grants, scope, days in imports:
        origin = {**ROW, "original_time": min(start + days * DAY, desk.clock() - 1)}
        if grants:
            desk.manager.grant(USER, explicit(scope), provenance=origin)
        else:
            desk.manager.withdraw(USER, scope, provenance=origin)
    after = [desk.allowed(scope) for scope in scopes]
    assert all(was or not is_ for was, is_ in zip(before, after, strict=True))


def test_a_clock_that_goes_back_does_not_turn_the_order_round() -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("elr.media"))
    desk.clock.advance(-60)
    desk.manager.withdraw(USER, "elr.media")
    assert desk.why("elr.media") == "withdrawn"
    desk.manager.grant(USER, grant_of("elr.media"))
    assert desk.allowed("elr.media")


def test_after_an_erasure_there_is_no_consent_and_the_history_says_only_that() -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("elr.media"), idempotency_key="a")
    desk.manager.withdraw(USER, "elr.location")
    erased = desk.erasures.erase(USER, STREAM)
    assert desk.why("elr.media") == "never_granted"
    history = desk.manager.get_history(USER)
    assert [item["event_type"] for item in history] == ["erasure"]
    assert history[0]["event"]["erased_at"] == "2027-01-15T08:00:00.000Z"
    assert erased.receipt is not None
    assert history[0]["seq"] == erased.receipt.seq == 2


def test_after_an_erasure_consent_begins_anew() -> None:
    desk = Desk()
    desk.manager.withdraw(USER, "elr.location")
    desk.manager.grant(USER, grant_of("elr.media"), idempotency_key="a")
    desk.erasures.erase(USER, STREAM)
    recorded = desk.manager.grant(USER, grant_of("elr"), idempotency_key="a")
    assert (recorded.repeated, recorded.event["type"]) == (False, "granted")
    assert desk.allowed("elr.location", "elr.media")
    assert [item["event_type"] for item in desk.manager.get_history(USER)] == ["erasure", "granted"]


def test_given_the_key_is_destroyed_and_the_ledger_does_not_say_so_yet_then_there_is_no_consent() -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("elr.media"))
    desk.stored_keys.erase(USER, "an erasure", desk.clock())
    elsewhere = Desk(desk)
    assert elsewhere.why("elr.media") == "never_granted"
    assert elsewhere.manager.get_history(USER) == []
    desk.clock.advance(CACHED_FOR)
    assert desk.why("elr.media") == "never_granted"
    recorded = elsewhere.manager.withdraw(USER, "elr")
    assert [choice.scope for choice in recorded.active] == ["elr"]


def test_given_a_process_still_holds_a_destroyed_key_then_it_seals_nothing_anew_and_shows_nothing() -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("elr.media"), idempotency_key="a")
    desk.stored_keys.erase(USER, "an erasure", desk.clock())
    recorded = desk.manager.grant(USER, grant_of("elr.media"), idempotency_key="a")
    assert (recorded.repeated, recorded.event["type"]) == (False, "granted")
    recorded = desk.manager.withdraw(USER, "elr.interests")
    assert [choice.seq for choice in recorded.active] == [1, 2]
    assert [item["seq"] for item in desk.manager.get_history(USER)] == [1, 2]

    desk.stored_keys.logged(USER, "an erasure")
    desk.stored_keys.erase(USER, "another", desk.clock() + 1)
    assert desk.manager.get_history(USER) == []


def test_given_a_process_still_holds_a_destroyed_key_then_it_exports_nothing() -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("elr.media"))
    desk.stored_keys.erase(USER, "an erasure", desk.clock())
    assert b"elr.media" not in desk.engine.export_consent_history(USER)


class ErasedOnceRead(MemoryDataKeys):
    """Destroys the key of a subject just after somebody has read it."""

    erasing = False

    def load(self, subject: str) -> StoredKey:
        stored = super().load(subject)
        if self.erasing:
            self.erasing = False
            super().erase(subject, "an erasure", 1_900_000_000.0)
        return stored


def test_given_an_erasure_after_the_key_was_read_then_the_change_is_erased_with_the_rest() -> None:
    first = Desk()
    first.stored_keys = ErasedOnceRead()
    desk = Desk(first)
    desk.manager.grant(USER, grant_of("elr.media"))
    first.stored_keys.erasing = True
    desk.manager.grant(USER, grant_of("elr.interests"))
    assert first.stored_keys.load(USER).key_id is None
    assert Desk(desk).manager.get_history(USER) == []
    assert not Desk(desk).allowed("elr.interests")


def test_given_an_erasure_while_a_change_is_made_then_the_change_is_erased_with_the_rest() -> None:
    entries = Interrupted()
    desk = Desk(entries=entries)
    desk.manager.grant(USER, grant_of("elr.media"))
    entries.before = [lambda: Desk(desk).stored_keys.erase(USER, "an erasure", desk.clock())]
    desk.manager.grant(USER, grant_of("elr.interests"))
    assert Desk(desk).manager.get_history(USER) == []
    assert not Desk(desk).allowed("elr.interests")


def test_a_change_is_sealed_under_the_key_that_the_person_has_now() -> None:
    desk = Desk()
    other = Desk(desk)
    desk.manager.grant(USER, grant_of("elr.media"))
    other.erasures.erase(USER, STREAM)
    desk.manager.grant(USER, grant_of("elr.interests"))
    assert Desk(desk).allowed("elr.interests")
    assert not Desk(desk).allowed("elr.media")
