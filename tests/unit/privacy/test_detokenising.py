"""Tokens are turned back for whom policy and consent let in only, and each time it is on record first."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lukhas_common.access.gate import Gate
from lukhas_common.consent.history import ConsentHistoryManager
from lukhas_common.consent.models import ConsentGrant
from lukhas_common.consent.vocabulary import ConsentScope, Purpose
from lukhas_common.ledger.entries import OutcomeUnknownError
from lukhas_common.ledger.memory import MemoryEntries
from lukhas_common.privacy.redaction.tokens import Tokeniser
from lukhas_common.routes import MEMORY_CONSENT
from tests.events import event, load_handler
from tests.fakes import Audit, Clock
from tests.gates import memory_gate

PERSON = "01a20334-8068-759b-90c6-000000000000"
MINE = {"user_id": PERSON, "session_id": "s", "token_id": "t", "scopes": "privacy:detokenise"}
AGENT = {"user_id": PERSON, "token_id": "t", "scopes": "privacy:detokenise"}
SOMEBODY = {**MINE, "user_id": "01a20334-8068-759b-90c6-2b25c56c2702"}
CARE = "sector-health:DiagnosisManagement"
CLINICIAN = {**SOMEBODY, "scopes": "privacy:redact privacy:detokenise role:clinician dpa:signed"}
TEXT = "Write to ada@example.org"


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    made = memory_gate(Clock())
    monkeypatch.setattr("lukhas_common.gating.gate", lambda: made)
    monkeypatch.setattr("lukhas_common.aws.redaction.ledger", lambda: made.ledger)
    return made


@pytest.fixture
def hidden(gate: Gate) -> str:
    return Tokeniser(gate.ledger.keys.to_seal(PERSON).secret).tokenise(TEXT)[0]


def asked(hidden: str, user: dict[str, str], **more: str) -> Any:
    body = {"text": hidden, "user_id": PERSON, **more}
    return load_handler("privacy", "detokenise")(event("POST /privacy/detokenise", body, user=user), None)


def accesses(gate: Gate) -> list[tuple[str, str]]:
    """The kind of each entry on accesses, and the route; a stranger who is refused is noted with the stranger."""
    streams = (f"access/{user['user_id']}" for user in (MINE, SOMEBODY))
    records = [opened.record for stream in streams for opened in gate.ledger.read(stream)]
    return [(record.kind, record.body["route"]) for record in records if record is not None]


@pytest.mark.parametrize("user", [AGENT, SOMEBODY])
def test_without_consent_nothing_is_turned_back_and_the_try_is_on_record(
    gate: Gate, hidden: str, monkeypatch: pytest.MonkeyPatch, user: dict[str, str]
) -> None:
    monkeypatch.setattr(Tokeniser, "detokenise", lambda *_: pytest.fail("it was turned back"))
    answer = asked(hidden, user)
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (403, "consent_required")
    assert "ada@" not in answer["body"]
    assert accesses(gate) == [("access.refused", "POST /privacy/detokenise")]


def test_with_consent_it_is_turned_back_and_each_time_is_on_record(gate: Gate, hidden: str) -> None:
    history = ConsentHistoryManager({}, Audit(), ledger=gate.ledger, clock=Clock())
    for scope in MEMORY_CONSENT:
        assert asked(hidden, AGENT)["statusCode"] == 403
        history.grant(PERSON, ConsentGrant(ConsentScope(scope)))
    for user in (AGENT, MINE, AGENT):
        answer = asked(hidden, user)
        assert (answer["statusCode"], json.loads(answer["body"])["text"]) == (200, TEXT)
    told = accesses(gate)
    assert [kind for kind, _ in told] == ["access.refused"] * 3 + ["access.allowed"] * 3
    assert {route for _, route in told} == {"POST /privacy/detokenise"}
    bodies = str([opened.body for opened in gate.ledger.read(f"access/{PERSON}")])
    assert "ada@" not in bodies
    assert hidden not in bodies


def test_what_cannot_be_put_on_record_is_not_turned_back(
    gate: Gate, hidden: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> None:
        raise OutcomeUnknownError("the table does not answer")

    monkeypatch.setattr(MemoryEntries, "put", lost)
    answer = asked(hidden, MINE)
    assert answer["statusCode"] == 503
    assert "ada@" not in answer["body"]


def test_a_clinician_tokenises_and_turns_back_for_the_purpose_that_the_patient_consented_to(gate: Gate) -> None:
    history = ConsentHistoryManager({}, Audit(), ledger=gate.ledger, clock=Clock())
    for scope in MEMORY_CONSENT:
        history.grant(PERSON, ConsentGrant(ConsentScope(scope), purposes=(Purpose(CARE),), recipients=("clinician",)))
    body = {"text": TEXT, "mode": "tokenise", "user_id": PERSON, "purpose": CARE}
    made = load_handler("privacy", "redact")(event("POST /privacy/redact", body, user=CLINICIAN), None)
    assert made["statusCode"] == 200, made["body"]
    hidden = json.loads(made["body"])["text"]
    assert "ada@" not in hidden
    answer = asked(hidden, CLINICIAN, purpose=CARE)
    assert (answer["statusCode"], json.loads(answer["body"])["text"]) == (200, TEXT)
    for refused in ({}, {"purpose": "dpv:ScientificResearch"}):
        assert asked(hidden, CLINICIAN, **refused)["statusCode"] == 403


def test_what_is_no_purpose_is_refused(gate: Gate, hidden: str) -> None:
    answer = asked(hidden, MINE, purpose="because")
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (422, "unknown_purpose")
