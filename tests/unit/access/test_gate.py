"""The gate: who is let in, on what that rests, and that it can be decided again."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources
from typing import Any

import pytest

from lukhas_common.access.errors import AccessDeniedError, AccessReason
from lukhas_common.access.gate import Access, Gate, Principal, replay
from lukhas_common.consent.history import ConsentHistoryManager
from lukhas_common.consent.models import ConsentGrant
from lukhas_common.consent.vocabulary import ConsentScope, LegalBasis, Purpose
from lukhas_common.ledger.entries import LedgerBusyError, OutcomeUnknownError
from lukhas_common.ledger.memory import MemoryEntries
from lukhas_common.policy import decisions
from lukhas_common.policy.cedar import PolicyEngine
from lukhas_common.policy.model import Permission, Role
from lukhas_common.policy.requests import PolicyError
from tests.fakes import Audit, Clock
from tests.gates import memory_gate

PERSON, OTHER = "person", "other"
AGENT = Principal(PERSON, "token", in_session=False)
CLINICIAN = Principal(OTHER, "token", in_session=True, role=Role.CLINICIAN, has_dpa=True)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate(clock: Clock) -> Gate:
    return memory_gate(clock)


@pytest.fixture
def history(gate: Gate, clock: Clock) -> ConsentHistoryManager:
    return ConsentHistoryManager({}, Audit(), ledger=gate.ledger, clock=clock)


def access(principal: Principal, permission: Permission = Permission.READ_DATA, **more: Any) -> Access:
    given = {"subject_id": PERSON, "scopes": (ConsentScope.ELR_INTERESTS,), "trace": {"route": "r", "none": None}}
    return Access(principal=principal, permission=permission, **{**given, **more})


def entries(gate: Gate) -> list[Any]:
    return [opened.record for opened in gate.ledger.read(f"access/{PERSON}")]


def refusal(gate: Gate, asked: Access) -> AccessReason:
    with pytest.raises(AccessDeniedError) as refused:
        gate.admit(asked)
    return refused.value.reason


def test_an_agent_reads_what_the_person_consented_to_and_until_they_withdraw(
    gate: Gate, history: ConsentHistoryManager
) -> None:
    assert refusal(gate, access(AGENT)) is AccessReason.CONSENT_REQUIRED
    recorded = history.grant(PERSON, ConsentGrant(ConsentScope.ELR_INTERESTS))
    admission = gate.admit(access(AGENT))
    assert admission.verdict.policies == ("agent-data",)
    assert admission.consent is not None
    assert admission.consent.verdicts[0].entry_hash == recorded.receipt.hash.hex()
    history.withdraw(PERSON, ConsentScope.ELR_INTERESTS)
    assert refusal(gate, access(AGENT)) is AccessReason.CONSENT_REQUIRED


@pytest.mark.parametrize(
    "asked",
    [
        access(AGENT, scopes=(ConsentScope.ELR_MEMORIES,)),
        access(AGENT, scopes=(ConsentScope.ELR_INTERESTS, ConsentScope.ELR_MEMORIES)),
        access(AGENT, purpose=Purpose.DIRECT_MARKETING),
        access(CLINICIAN),
        access(replace(AGENT, user_id=OTHER)),
        access(AGENT, Permission.ERASE_DATA),
        access(AGENT, Permission.GIVE_CONSENT, scopes=()),
        access(replace(AGENT, in_session=True, user_id=OTHER)),
    ],
)
def test_consent_to_one_thing_is_consent_to_nothing_else(
    gate: Gate, history: ConsentHistoryManager, asked: Access
) -> None:
    history.grant(PERSON, ConsentGrant(ConsentScope.ELR_INTERESTS))
    refusal(gate, asked)
    kinds = [opened.record.kind for who in (PERSON, OTHER) for opened in gate.ledger.read(f"access/{who}")]  # type: ignore[union-attr]
    assert kinds == ["access.refused"]


def test_a_clinician_needs_consent_an_agreement_and_a_purpose_of_care(
    gate: Gate, history: ConsentHistoryManager
) -> None:
    health = ConsentGrant(
        ConsentScope.ELR_HEALTH,
        purposes=(Purpose.PATIENT_MONITORING,),
        recipients=("clinician",),
        legal_basis=LegalBasis.EXPLICIT_CONSENT,
    )
    asked = access(CLINICIAN, scopes=(ConsentScope.ELR_HEALTH,), purpose=Purpose.PATIENT_MONITORING)
    assert refusal(gate, asked) is AccessReason.CONSENT_REQUIRED
    history.grant(PERSON, health)
    assert gate.admit(asked).verdict.policies == ("clinician-care",)
    without = replace(asked, principal=replace(CLINICIAN, has_dpa=False))
    assert refusal(gate, without) is AccessReason.ACCESS_DENIED


def test_the_person_needs_nobodys_consent_for_their_own(gate: Gate) -> None:
    for role in (None, Role.ADMIN, Role.CLINICIAN):
        admission = gate.admit(access(Principal(PERSON, "token", in_session=True, role=role), Permission.EXPORT_DATA))
        assert admission.verdict.policies == ("person-own-rights",)
        assert admission.consent is None


def test_an_entry_says_who_did_what_and_on_what_that_rests(gate: Gate, history: ConsentHistoryManager) -> None:
    history.grant(PERSON, ConsentGrant(ConsentScope.ELR_INTERESTS))
    admission = gate.admit(access(AGENT, parameters=b"secret words"))
    (record,) = entries(gate)
    assert record.kind == "access.allowed"
    assert (admission.receipt.stream, admission.receipt.seq) == ("access/person", 0)
    body = record.body
    assert body["caller"] == {"id": PERSON, "role": "agent", "token": "token"}
    assert (body["route"], body["permission"], body["purpose"]) == ("r", "read_data", "dpv:ServiceProvision")
    assert "none" not in body
    assert body["decision"]["policies"] == ["agent-data"]
    assert body["consent"]["scopes"][0]["entry_hash"] == admission.consent.verdicts[0].entry_hash  # type: ignore[union-attr]
    assert "secret words" not in json.dumps(body)


def test_parameters_are_recognised_by_a_keyed_hash(gate: Gate) -> None:
    person = Principal(PERSON, "token", in_session=True)
    for parameters in (b"a", b"a", b"b"):
        gate.admit(access(person, parameters=parameters))
    other = memory_gate()
    other.admit(access(person, parameters=b"a"))
    first, again, different = (record.body["parameters"] for record in entries(gate))
    assert first == again != different
    assert entries(other)[0].body["parameters"] != first


def test_a_logged_decision_comes_out_the_same_again(
    gate: Gate, history: ConsentHistoryManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal(gate, access(AGENT))
    history.grant(PERSON, ConsentGrant(ConsentScope.ELR_INTERESTS))
    gate.admit(access(AGENT))
    refusal(gate, access(CLINICIAN))
    for record in entries(gate):
        verdict, said = replay(record.body), record.body["decision"]
        assert (verdict.allowed, list(verdict.policies)) == (said["allowed"], said["policies"])
    altered = {**record.body, "decision": {**record.body["decision"], "version": "0" * 16}}
    with pytest.raises(PolicyError):
        replay(altered)


def test_what_cannot_be_logged_does_not_happen(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(self: object, entry: object) -> None:
        raise OutcomeUnknownError("no answer")

    monkeypatch.setattr(MemoryEntries, "put", lost)
    with pytest.raises(LedgerBusyError):
        gate.admit(access(Principal(PERSON, "token", in_session=True)))


def test_a_policy_engine_that_is_out_of_order_lets_nobody_in(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise PolicyError("no policies")

    monkeypatch.setattr(decisions, "shipped", broken)
    with pytest.raises(PolicyError):
        gate.admit(access(Principal(PERSON, "token", in_session=True)))


def test_a_policy_that_fails_lets_nobody_in_and_wakes_someone(monkeypatch: pytest.MonkeyPatch) -> None:
    audit = Audit()
    gate = memory_gate(audit=audit)
    failing = '@id("failing") permit (principal, action, resource) when { context.now + 9223372036854775807 > 0 };'
    text = (resources.files("lukhas_common.policy") / "policies.cedar").read_text() + failing
    schema = (resources.files("lukhas_common.policy") / "schema.cedarschema").read_text()
    engine = PolicyEngine(text, schema)
    monkeypatch.setattr(decisions, "shipped", lambda: engine)
    assert refusal(gate, access(Principal(PERSON, "token", in_session=True))) is AccessReason.ACCESS_DENIED
    assert audit.alarms == ["policy.failed"]
    assert entries(gate)[0].body["decision"]["errors"] == ["failing"]


@pytest.mark.parametrize(
    ("scopes", "in_session", "role", "has_dpa"),
    [
        ("identity:read", True, None, False),
        ("role:clinician dpa:signed", True, Role.CLINICIAN, True),
        ("role:service", False, Role.SERVICE, False),
        ("role:king", False, None, False),
    ],
)
def test_the_scopes_of_a_token_name_its_role(scopes: str, in_session: bool, role: Role | None, has_dpa: bool) -> None:
    principal = Principal.of(OTHER, "token", frozenset(scopes.split()), in_session=in_session)
    assert (principal.role, principal.has_dpa) == (role, has_dpa)
    assert principal.role_towards(PERSON) is (role or (Role.USER if in_session else Role.AGENT))
    own = Principal.of(PERSON, "token", frozenset(scopes.split()), in_session=in_session)
    assert own.role_towards(PERSON) is (Role.USER if in_session else role or Role.AGENT)


def test_nobody_acts_in_two_roles_at_once_but_all_stay_themselves(gate: Gate) -> None:
    two = Principal.of(OTHER, "token", frozenset({"role:admin", "role:auditor"}), in_session=True)
    assert refusal(gate, access(two, Permission.READ_AUDIT, scopes=())) is AccessReason.ROLE_AMBIGUOUS
    own = access(two, Permission.ERASE_DATA, scopes=(), subject_id=OTHER)
    assert gate.admit(own).verdict.policies == ("person-own-rights",)


def test_a_stranger_who_is_refused_leaves_nothing_in_the_stream_of_others(gate: Gate) -> None:
    stranger = Principal(OTHER, "token", in_session=True)
    refusal(gate, access(stranger, Permission.CHECK_CONSENT, scopes=()))
    assert entries(gate) == []
    (opened,) = gate.ledger.read(f"access/{OTHER}")
    assert opened.body["decision"]["facts"]["resource"]["id"] == PERSON
    assert gate.ledger.keys.store.load(PERSON).key_id is None
    refusal(gate, access(replace(stranger, role=Role.AUDITOR), Permission.ERASE_DATA, scopes=()))
    assert [record.kind for record in entries(gate)] == ["access.refused"]
