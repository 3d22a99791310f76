"""The manager: the seed's methods, what each record says, and the order in which it is said."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common import times
from lukhas_common.audit import Audit, StandardAudit
from lukhas_common.consent.errors import ConsentError, Reason
from lukhas_common.consent.history import ConsentHistoryManager, TraceLogger
from lukhas_common.consent.models import ConsentGrant, ConsentScope, Purpose
from lukhas_common.consent.record import CONTEXT, consent_receipt
from lukhas_common.consent.state import MAX_GRANTS, Choice
from lukhas_common.consent.vocabulary import ALL_CATEGORIES, PROCESSING, ROLES
from lukhas_common.ledger.entries import EntryAlteredError, LedgerError
from lukhas_common.ledger.records import MAX_RECORD
from tests.fakes import Audit as FakeAudit
from tests.unit.consent.desk import CONFIG, DAY, USER, Desk, explicit, grant_of

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**50), 2**50)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
RECORDS = st.dictionaries(st.text(), JSON, max_size=6)


def _turned(value: Any) -> Any:
    """The same value, every object in it with its members the other way round."""
    if isinstance(value, dict):
        return {name: _turned(inner) for name, inner in reversed(value.items())}
    return [_turned(inner) for inner in value] if isinstance(value, list) else value


@given(record=RECORDS, user_id=st.text())
def test_the_hash_is_the_same_whatever_the_order_and_that_of_the_canonical_json(
    record: dict[str, Any], user_id: str
) -> None:
    manager = Desk().manager
    found = manager._generate_record_hash(record, user_id)
    assert found == manager._generate_record_hash(_turned(record), user_id)
    assert found == Desk().manager._generate_record_hash(json.loads(json.dumps(record)), user_id)
    assert found == hashlib.sha256(rfc8785.dumps({"user_id": user_id, "record": record})).hexdigest()


@given(record=RECORDS, other=RECORDS, user_id=st.text(), another=st.text())
def test_another_record_or_person_has_another_hash(
    record: dict[str, Any], other: dict[str, Any], user_id: str, another: str
) -> None:
    manager = Desk().manager
    same = rfc8785.dumps([record, user_id]) == rfc8785.dumps([other, another])
    assert (manager._generate_record_hash(record, user_id) == manager._generate_record_hash(other, another)) is same


def test_a_known_record_has_a_known_hash() -> None:
    text = '{"record":{"a":1,"\u00fc":"\U0001f600"},"user_id":"u"}'
    found = Desk().manager._generate_record_hash({"\u00fc": "\U0001f600", "a": 1.0}, "u")
    assert found == hashlib.sha256(text.encode()).hexdigest()


def test_what_is_not_json_has_no_hash() -> None:
    with pytest.raises(LedgerError):
        Desk().manager._generate_record_hash({"a": object()}, "u")


def test_the_seeds_methods_work_as_they_are_written() -> None:
    trace_logger: TraceLogger = StandardAudit()
    manager = ConsentHistoryManager({}, trace_logger)
    hashes = [manager.add_record("user_123", "granted", {"scope": "elr.interests"})]
    assert manager.verify_consent("user_123", "elr.interests") is True
    hashes.append(manager.add_record("user_123", "updated", {"scope": "elr.interests"}, {"channel": "web"}))
    hashes.append(manager.add_record("user_123", "withdrawn", {"scope": "elr.interests"}))
    assert manager.verify_consent("user_123", "elr.interests") is False
    hashes.append(manager.revoke_consent("user_123", "elr", "fraud"))
    hashes.append(manager.add_record("user_123", "revoked", {"scope": "memory"}, {"reason": "age"}))
    history = manager.get_history("user_123")
    assert [item["event_type"] for item in history] == ["granted", "updated", "withdrawn", "revoked", "revoked"]
    assert [item["record_hash"] for item in history] == hashes
    assert history[3]["event"]["reason"] == "fraud"
    assert isinstance(manager.export_history("user_123"), bytes)
    assert TraceLogger is Audit


def test_each_hash_is_that_of_the_record_and_leads_to_its_entry() -> None:
    desk = Desk()
    recorded = desk.manager.grant(USER, grant_of("elr.interests"))
    assert recorded.record_hash == desk.manager._generate_record_hash(dict(recorded.record), USER)
    entry = desk.ledger.get(recorded.receipt.stream, recorded.receipt.seq)
    assert entry is not None
    assert (entry.entry.entry_id, entry.receipt) == (recorded.entry_id, recorded.receipt)
    assert entry.body["record_hash"] == recorded.record_hash
    assert (entry.entry.stream, entry.entry.subject) == (f"consent/{USER}", USER)
    assert recorded.opened == entry


def test_whether_it_is_granted_or_updated_depends_on_what_stands() -> None:
    desk = Desk()
    types = []
    two = {"scope": "elr.interests", "purposes": ["dpv:ServiceProvision", "dpv:DirectMarketing"]}
    for kind, data in [
        ("updated", {"scope": "elr.interests"}),
        ("granted", {"scope": "elr.interests"}),
        ("granted", two),
        ("granted", two),
        ("withdrawn", {"scope": "elr"}),
        ("updated", {"scope": "elr.interests"}),
        ("withdrawn", {"scope": "elr.interests", "purpose": "dpv:ServiceProvision"}),
        ("updated", {"scope": "elr.interests"}),
    ]:
        desk.manager.add_record(USER, kind, data)
        types.append(desk.manager.get_history(USER)[-1]["event_type"])
    assert types == ["granted", "updated", "granted", "updated", *["withdrawn", "granted"] * 2]


def test_an_expired_consent_is_renewed_by_an_update() -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("elr.interests", expires_at=desk.clock() + DAY))
    desk.clock.advance(2 * DAY)
    recorded = desk.manager.grant(USER, grant_of("elr.interests"))
    assert recorded.event["type"] == "updated"
    assert recorded.record["dpv:hasConsentStatus"] == {"@id": "dpv:RenewedConsentGiven"}
    assert desk.allowed("elr.interests")


def test_the_history_is_in_order_and_starts_where_it_is_asked_to() -> None:
    desk = Desk()
    moments = []
    for scope in list(ConsentScope)[:8]:
        moments.append(times.utc(desk.clock()))
        desk.manager.withdraw(USER, scope)
        desk.clock.advance(3600)
    everything = desk.manager.get_history(USER)
    assert [item["seq"] for item in everything] == list(range(8))
    assert [item["event"]["scope"] for item in everything] == list(ConsentScope)[:8]
    assert desk.manager.get_history(USER, moments[3]) == everything[3:]
    assert desk.manager.get_history(USER, moments[3] + timedelta(milliseconds=1)) == everything[4:]
    elsewhere = moments[3].astimezone(timezone(timedelta(hours=5)))
    assert desk.manager.get_history(USER, elsewhere) == everything[3:]
    naive = moments[3].replace(tzinfo=None)
    assert desk.manager.get_history(USER, naive) == everything[3:]
    assert desk.manager.get_history("somebody else") == []


def test_a_record_says_in_dpv_what_was_granted() -> None:
    desk = Desk()
    grant = explicit(
        "elr.health",
        purposes=(Purpose.PATIENT_MONITORING,),
        recipients=("clinician",),
        data_categories=("pd:Prescription",),
        retention="P1Y",
        jurisdiction="US-CA",
        expires_at=desk.clock() + DAY,
        method="signature",
        channel="ward tablet",
        actor="nurse/7",
        processing=("dpv:Consult",),
    )
    record = desk.manager.grant(USER, grant).record
    said = {name: value for name, value in record.items() if name not in ("@context", "@id", "dct:identifier")}
    now = {"@type": "xsd:dateTime", "@value": "2027-01-15T08:00:00.000Z"}
    assert record["@context"] == CONTEXT
    assert record["@id"] == f"urn:uuid:{record['dct:identifier']}"
    assert said == {
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": {"@id": "dpv-27560:record"},
        "schema:schemaVersion": ["ISO/IEC TS 27560:2023", "DPV 2.3"],
        "dct:created": now,
        "dpv:hasDataSubject": {"@id": "urn:lukhas:person:user_123", "@type": "dpv:DataSubject"},
        "dpv:hasDataController": {
            "@id": "https://lukhas.id",
            "@type": "dpv:DataController",
            "schema:name": "LUKHAS",
        },
        "dpv:hasLegalBasis": {"@id": "dpv:ExplicitlyExpressedConsent"},
        "dpv:hasConsentStatus": {"@id": "dpv:ConsentGiven"},
        "dpv:isIndicatedAtTime": now,
        "dpv:isIndicatedBy": {"@id": "urn:lukhas:person:nurse%2F7"},
        "dpv:hasIndicationMethod": "signature",
        "dpv:hasConsentControl": {"@type": "dpv:WithdrawConsent", "dpv:isExercisedAt": "/consent/{scope}/withdraw"},
        "dpv:hasJurisdiction": {"@id": "loc:US-CA"},
        "dpv:hasDuration": {
            "@type": "dpv:UntilTimeDuration",
            "rdf:value": {"@type": "xsd:dateTime", "@value": "2027-01-16T08:00:00.000Z"},
        },
        "dpv:hasNotice": {
            "@type": "dpv:ConsentNotice",
            "dct:identifier": "privacy-notice",
            "dct:hasVersion": "2026-11",
            "schema:sha256": "ab" * 32,
        },
        "lukhas:channel": "ward tablet",
        "dpv:hasProcess": {
            "@type": "dpv:Process",
            "dpv:hasScope": {"@type": "dpv:Scope", "rdf:value": "elr.health"},
            "dpv:hasPersonalData": [{"@id": "pd:Prescription"}],
            "dpv:hasPurpose": [{"@id": "sector-health:PatientMonitoring"}],
            "dpv:hasProcessing": [{"@id": "dpv:Consult"}],
            "dpv:hasRecipient": [{"@type": "dpv:Recipient", "schema:roleName": "clinician"}],
            "dpv:hasStorageCondition": {
                "@type": "dpv:StorageDuration",
                "dpv:hasDuration": {"@type": "xsd:duration", "@value": "P1Y"},
            },
        },
    }


def test_a_record_of_an_ending_says_who_ended_what_and_why() -> None:
    desk = Desk()
    withdrawn = desk.manager.withdraw(USER, "elr.media", purpose="dpv:DirectMarketing", ip="::1")
    revoked = desk.manager.revoke(USER, "elr.media", reason="court order", actor="admin-1")
    assert withdrawn.record["dpv:hasConsentStatus"] == {"@id": "dpv:ConsentWithdrawn"}
    assert withdrawn.record["dpv:isIndicatedBy"] == {"@id": f"urn:lukhas:person:{USER}"}
    assert withdrawn.record["dpv:hasProcess"]["dpv:hasPurpose"] == [{"@id": "dpv:DirectMarketing"}]
    assert withdrawn.record["dpv:hasProcess"]["dpv:hasPersonalData"] == [
        {"@id": "pd:Picture"},
        {"@id": "pd:VoiceCommunicationRecording"},
    ]
    assert withdrawn.event["ip"] == "::1"
    assert revoked.record["dpv:hasConsentStatus"] == {"@id": "dpv:ConsentRevoked"}
    assert revoked.record["dpv:isIndicatedBy"] == {"@id": "urn:lukhas:person:admin-1"}
    assert revoked.record["dpv:hasJustification"] == "court order"
    assert "dpv:hasDuration" not in revoked.record
    assert desk.manager.revoke(USER, "elr").event["actor"] == "administrator"


def test_without_notice_or_expiry_the_record_says_so() -> None:
    record = Desk().manager.grant(USER, ConsentGrant(scope="elr.media")).record  # type: ignore[arg-type]
    assert record["dpv:hasNotice"]["dpv:hasApplicability"] == {"@id": "dpv:NotAvailable"}
    assert record["dpv:hasDuration"] == {"@type": "dpv:UntilEventDuration", "rdf:value": "withdrawal"}


def test_every_prefix_in_a_record_is_spelled_out_in_its_context() -> None:
    recorded = Desk().manager.grant(USER, grant_of("elr", retention=7, jurisdiction="FR"))
    receipt = consent_receipt(recorded.record, recorded.receipt)
    seen: set[str] = set()

    def look(value: Any) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                seen.add(name)
                if name in ("@id", "@type"):
                    seen.add(inner)
                elif name != "@context":
                    look(inner)
        elif isinstance(value, list):
            for inner in value:
                look(inner)

    look(receipt)
    prefixes = {term.split(":")[0] for term in seen if ":" in term}
    assert prefixes - {"urn", "https"} <= set(CONTEXT)
    assert {"dpv", "pd", "dct", "loc", "schema", "xsd", "rdf"} <= prefixes
    assert receipt["@type"] == "dpv:ConsentReceipt"
    assert receipt["lukhas:entryHash"] == recorded.receipt.hash.hex()
    assert (receipt["lukhas:stream"], receipt["lukhas:seq"]) == (f"consent/{USER}", 0)
    assert receipt["dpv:hasRecordOfActivity"]["dct:identifier"] == recorded.record["dct:identifier"]


def test_withdrawing_asks_for_less_than_granting() -> None:
    """GDPR Art. 7(3): as easy to withdraw as to give."""
    desk = Desk()
    desk.manager.add_record(USER, "granted", {"scope": "elr.interests"})
    recorded = desk.manager.withdraw(USER, "elr.interests")
    assert recorded.event["type"] == "withdrawn"
    desk.manager.grant(USER, grant_of("elr.interests", purposes=tuple(Purpose), recipients=("agent", "clinician")))
    desk.manager.add_record(USER, "withdrawn", {"scope": "elr.interests"})
    assert not any(desk.allowed("elr.interests", purpose=purpose) for purpose in Purpose)


def test_only_so_many_grants_stand_and_a_withdrawal_is_never_one_too_many() -> None:
    desk = Desk()
    room = MAX_GRANTS
    for scope in ("elr.media", "elr.location", "elr.interests", "elr.activities", "memory.working"):
        purposes = tuple(Purpose)[:room]
        desk.manager.grant(USER, grant_of(scope, purposes=purposes))
        room -= len(purposes)
    assert room == 0
    with pytest.raises(ConsentError) as refused:
        desk.manager.grant(USER, grant_of("elr.demographics"))
    assert refused.value.reason is Reason.TOO_MANY_GRANTS
    desk.manager.grant(USER, grant_of("elr.media"))
    recorded = desk.manager.withdraw(USER, "elr.finances")
    assert sum(choice.status == "given" for choice in recorded.active) == MAX_GRANTS
    desk.manager.withdraw(USER, "elr.media")
    desk.manager.grant(USER, grant_of("elr.demographics"))


def test_as_many_grants_as_may_stand_and_every_other_withdrawal_fit_one_entry() -> None:
    desk = Desk()
    asked = {"recipients": ROLES, "jurisdiction": "US-CA", "expires_at": desk.clock() + DAY, "channel": "c" * 64}
    categories = tuple(sorted(ALL_CATEGORIES[ConsentScope.ELR], key=len)[-16:])
    widest = explicit("elr", purposes=tuple(Purpose), data_categories=categories, processing=PROCESSING, **asked)
    for number in range(33):
        recorded = desk.manager.grant(USER, widest, idempotency_key=f"{number}")
    keys = [(scope, purpose) for scope in ConsentScope for purpose in Purpose]
    keys.sort(key=lambda key: len(key[0]) + len(key[1]))
    given, seq = recorded.active[0], 10**9
    grants = [replace(given, scope=scope, purpose=purpose, seq=seq) for scope, purpose in keys[-MAX_GRANTS:]]
    ended = [
        Choice(scope, purpose, "withdrawn", given.at, seq, given.record_hash, given.entry_hash)
        for scope, purpose in [*keys[:-MAX_GRANTS], *((scope, "*") for scope in ConsentScope)]
    ]
    opened = recorded.opened
    assert opened.record is not None
    body = {**opened.body, "active": [choice.to_json() for choice in [*grants, *ended]]}
    assert len(opened.body["recent"]) == 32
    assert len(replace(opened.record, body=body).canonical()) < MAX_RECORD


@pytest.mark.parametrize(
    ("event_type", "scope_data", "metadata", "reason"),
    [
        ("erased", {"scope": "elr"}, None, Reason.UNKNOWN_EVENT),
        ("GRANTED", {"scope": "elr"}, None, Reason.UNKNOWN_EVENT),
        ("granted", {}, None, Reason.UNKNOWN_SCOPE),
        ("withdrawn", {}, None, Reason.UNKNOWN_SCOPE),
        ("withdrawn", {"scope": "elr", "recipients": ["agent"]}, None, Reason.INVALID),
        ("withdrawn", {"scope": "elr", "purpose": "dpv:Nonsense"}, None, Reason.UNKNOWN_PURPOSE),
        ("granted", {"scope": "elr"}, {"surprise": 1}, Reason.INVALID),
        ("withdrawn", {"scope": "elr"}, {"surprise": 1}, Reason.INVALID),
        ("granted", {"scope": "elr"}, {"reason": "grants have none"}, Reason.INVALID),
        ("withdrawn", {"scope": "elr"}, {"reason": "r" * 501}, Reason.INVALID),
        ("withdrawn", {"scope": "elr"}, {"ip": "nowhere"}, Reason.INVALID),
        ("withdrawn", {"scope": "elr"}, {"method": "telepathy"}, Reason.INVALID),
        ("withdrawn", {"scope": "elr"}, {"idempotency_key": ""}, Reason.INVALID),
        ("granted", {"scope": "elr", "expires_at": 1_800_000_000}, None, Reason.EXPIRY_IN_THE_PAST),
    ],
)
def test_events_that_cannot_be_taken_are_refused_and_leave_nothing(
    event_type: str, scope_data: dict[str, Any], metadata: dict[str, Any] | None, reason: Reason
) -> None:
    desk = Desk()
    with pytest.raises(ConsentError) as refused:
        desk.manager.add_record(USER, event_type, scope_data, metadata)
    assert refused.value.reason is reason
    assert desk.entries.newest(f"consent/{USER}") is None


def test_every_change_and_every_reading_is_traced_and_readings_only_once_they_are() -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("elr.media"))
    desk.manager.get_history(USER)
    desk.manager.export_history(USER)
    stream = f"consent/{USER}"
    assert desk.audit.events == [
        ("consent.granted", {"user_id": USER, "stream": stream, "seq": 0}),
        ("consent.history_read", {"user_id": USER, "stream": stream}),
        ("consent.exported", {"user_id": USER, "stream": stream}),
    ]
    desk.audit.broken = True
    with pytest.raises(OSError, match="full"):
        desk.manager.get_history(USER)
    with pytest.raises(OSError, match="full"):
        desk.manager.export_history(USER)


def test_an_altered_entry_is_found_when_the_history_is_read() -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("elr.media"))
    entry = desk.entries.streams[f"consent/{USER}"][0]
    desk.entries.streams[f"consent/{USER}"][0] = replace(entry, content=entry.content[:-1] + b"x")
    with pytest.raises(EntryAlteredError):
        desk.manager.get_history(USER)


@pytest.mark.parametrize(
    "config",
    [
        {"sotre": "memory"},
        {"store": "postgres"},
        {"store": "sqlite"},
        {"store": "sqlite", "path": "x", "secret": b"short"},
        {"store": "sqlite", "path": "x", "secret": "zz"},
        {"store": "sqlite", "secret": bytes(32)},
        {"controller": {"id": "x"}},
        {"controller": {"id": "x", "name": "y", "phone": "z"}},
        {"controller": "LUKHAS"},
        {"controller": {"id": "", "name": "y"}},
        {"withdrawal": ""},
    ],
)
def test_a_configuration_that_says_nothing_clear_is_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ConsentError) as refused:
        ConsentHistoryManager(config, FakeAudit())
    assert refused.value.reason is Reason.INVALID


def test_configuration_goes_into_the_record() -> None:
    config = {"controller": {"id": "https://a.example", "name": "A", "contact": "dpo@a.example"}, "withdrawal": "/out"}
    manager = ConsentHistoryManager(config, FakeAudit())
    record = manager.grant(USER, grant_of("elr.media")).record
    assert record["dpv:hasDataController"]["schema:contactPoint"] == "dpo@a.example"
    assert record["dpv:hasConsentControl"]["dpv:isExercisedAt"] == "/out"


def test_sqlite_keeps_consent_for_the_next_process(tmp_path: Path) -> None:
    config = {**CONFIG, "store": "sqlite", "path": str(tmp_path / "consent.db"), "secret": "ab" * 32}
    ConsentHistoryManager(config, FakeAudit()).grant(USER, grant_of("elr.media"))
    later = ConsentHistoryManager(config, FakeAudit())
    assert later.verify_consent(USER, "elr.media")
    assert len(later.get_history(USER)) == 1


def test_memory_does_not_outlive_the_manager() -> None:
    ConsentHistoryManager({"store": "memory"}, FakeAudit()).grant(USER, grant_of("elr.media"))
    assert not ConsentHistoryManager({"store": "memory"}, FakeAudit()).verify_consent(USER, "elr.media")


def test_verify_consent_is_about_a_role_and_a_purpose() -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("elr.media", recipients=("clinician",), purposes=(Purpose.PRIMARY_CARE,)))
    assert desk.manager.verify_consent(USER, "elr.media", role="clinician", purpose=Purpose.PRIMARY_CARE)
    assert not desk.manager.verify_consent(USER, "elr.media", purpose=Purpose.PRIMARY_CARE)
    assert not desk.manager.verify_consent(USER, "elr.media", role="clinician")
    with pytest.raises(ConsentError):
        desk.manager.verify_consent(USER, "nonsense")


def test_start_times_without_an_offset_are_utc_wherever_this_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    desk.manager.withdraw(USER, "elr")
    naive = datetime.fromtimestamp(desk.clock(), UTC).replace(tzinfo=None)
    try:
        for zone in ("Asia/Tokyo", "America/New_York"):
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            assert len(desk.manager.get_history(USER, naive)) == 1
            assert desk.manager.get_history(USER, naive + timedelta(seconds=1)) == []
    finally:
        monkeypatch.undo()
        time.tzset()


def test_start_times_know_their_offset() -> None:
    desk = Desk()
    desk.manager.withdraw(USER, "elr")
    exact = datetime.fromtimestamp(desk.clock(), UTC)
    assert len(desk.manager.get_history(USER, exact)) == 1
    assert desk.manager.get_history(USER, exact + timedelta(seconds=1)) == []
