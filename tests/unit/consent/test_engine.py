"""Enforcing: one read, a decision with what it rests on, and refusal of all that is not clear."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from lukhas_common.consent import engine
from lukhas_common.consent.engine import ConsentEngine, ConsentRequiredError, enforce_scope, use
from lukhas_common.consent.errors import ConsentError, Reason
from lukhas_common.consent.evaluation import evaluate
from lukhas_common.consent.models import ConsentScope, Purpose
from lukhas_common.consent.state import choices_of
from lukhas_common.consent.verify import verify_export
from lukhas_common.ledger.entries import EntryAlteredError, LedgerError
from lukhas_common.policy.model import Facts, Permission, Role
from tests.unit.consent.desk import DAY, USER, Desk, explicit, grant_of
from tests.unit.ledger.fakes import Counting


@pytest.fixture
def nobody_in_use() -> Iterator[None]:
    before = engine._engine
    yield
    use(before)


def test_the_seeds_example_as_it_is_written(nobody_in_use: None) -> None:
    desk = Desk()
    use(desk.engine)
    with pytest.raises(ConsentRequiredError):
        enforce_scope(
            user_id="user_123",
            requester_role="agent",
            requested_scopes=[ConsentScope.ELR_INTERESTS]
        )  # fmt: skip
    desk.manager.grant("user_123", grant_of("elr.interests"))
    # Raises if not allowed
    enforce_scope(
        user_id="user_123",
        requester_role="agent",
        requested_scopes=[ConsentScope.ELR_INTERESTS]
    )  # fmt: skip


def test_the_functions_ask_the_engine_in_use_with_all_that_they_are_given(nobody_in_use: None) -> None:
    desk = Desk()
    use(desk.engine)
    asked: dict[str, Any] = {
        "purpose": Purpose.PRIMARY_CARE,
        "data_categories": ["pd:Prescription"],
        "jurisdiction": "FR",
    }
    grant = explicit("elr.health", purposes=(Purpose.PRIMARY_CARE,), data_categories=("pd:Prescription",))
    desk.manager.grant(USER, grant)
    decision = engine.check_consent(USER, "agent", ["elr.health"], **asked)
    assert decision.allowed
    assert decision.request.jurisdiction == "FR"
    assert engine.enforce_scope(USER, "agent", ["elr.health"], **asked) == decision
    for name in ("purpose", "data_categories"):
        less = {key: value for key, value in asked.items() if key != name}
        assert not engine.check_consent(USER, "agent", ["elr.health"], **less).allowed
        with pytest.raises(ConsentRequiredError):
            engine.enforce_scope(USER, "agent", ["elr.health"], **less)
    verify_export(engine.export_consent_history(USER))


def test_before_an_engine_is_in_use_everything_is_refused() -> None:
    script = (
        "from lukhas_common.consent.engine import check_consent, enforce_scope, export_consent_history\n"
        "from lukhas_common.consent.models import ConsentScope\n"
        "assert not any(check_consent('user_123', 'agent', [s]).allowed for s in ConsentScope)\n"
        "assert b'user_123' in export_consent_history('user_123')\n"
        "enforce_scope('user_123', 'agent', [ConsentScope.ELR_INTERESTS])\n"
    )
    path = {"PYTHONPATH": "layers/lukhas_common"}
    ended = subprocess.run([sys.executable, "-c", script], env=path, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "ConsentRequiredError: consent_required" in ended.stderr


def test_a_decision_says_which_entries_it_rests_on() -> None:
    desk = Desk()
    first = desk.manager.grant(USER, grant_of("elr", jurisdiction="FR"))
    desk.clock.advance(1)
    second = desk.manager.grant(USER, grant_of("memory.semantic", jurisdiction="US-CA", expires_at=desk.clock() + 9))
    desk.clock.advance(1)
    third = desk.manager.withdraw(USER, "elr.media")
    decision = desk.engine.check_consent(USER, "agent", ["elr.interests", "memory.semantic", "elr.media", "research"])
    rests = [(verdict.seq, verdict.entry_hash, verdict.record_hash) for verdict in decision.verdicts]
    known = [(done.receipt.seq, done.receipt.hash.hex(), done.record_hash) for done in (first, second, third)]
    assert rests == [*known, (None, None, None)]
    assert [verdict.decided_by for verdict in decision.verdicts] == ["elr", "memory.semantic", "elr.media", None]
    now = desk.clock()
    assert [verdict.expires_at for verdict in decision.verdicts] == [now - 2 + 730 * DAY, now + 8, None, None]
    assert (decision.seq, decision.at, decision.allowed) == (2, now, False)
    assert decision.missing == ("elr.media", "research")
    assert decision.jurisdiction == "US"


def test_what_expired_says_when() -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("elr.media", expires_at=desk.clock() + 5))
    ends = desk.clock() + 5
    desk.clock.advance(60)
    assert desk.engine.check_consent(USER, "agent", ["elr.media"]).verdicts[0].expires_at == ends


def test_a_scope_that_several_grants_cover_ends_with_the_first_of_them() -> None:
    desk = Desk()
    desk.manager.grant(USER, explicit("memory"))
    desk.manager.grant(USER, grant_of("memory.semantic", expires_at=desk.clock() + 7))
    desk.manager.grant(USER, explicit("memory.emotional", expires_at=desk.clock() + 8))
    verdict = desk.engine.check_consent(USER, "agent", ["memory"]).verdicts[0]
    assert verdict.allowed
    assert verdict.expires_at == desk.clock() + 7
    assert (verdict.decided_by, verdict.seq) == ("memory", 0)


def test_the_jurisdiction_is_a_country_that_policies_know() -> None:
    desk = Desk()
    asked = ["elr.media"]
    assert desk.engine.check_consent(USER, "agent", asked).jurisdiction == ""
    assert desk.engine.check_consent(USER, "agent", asked, jurisdiction="US-CA").jurisdiction == "US"
    desk.manager.grant(USER, grant_of("elr.media", jurisdiction="DE-BY"))
    decision = desk.engine.check_consent(USER, "agent", asked, jurisdiction="US-CA")
    assert decision.jurisdiction == "DE"
    Facts(
        role=Role.AGENT,
        caller_id="a",
        subject_id="b",
        permission=Permission.READ_DATA,
        now=0,
        jurisdiction=decision.jurisdiction,
    )


def test_the_refusal_names_scopes_and_reasons() -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("elr.media"))
    desk.manager.withdraw(USER, "elr.location")
    with pytest.raises(ConsentRequiredError) as refused:
        desk.engine.enforce_scope(USER, "agent", ["elr.media", "elr.location", "research"])
    assert refused.value.reason is Reason.CONSENT_REQUIRED
    assert refused.value.detail.endswith(": elr.location (withdrawn), research (never_granted)")
    assert not refused.value.decision.allowed
    assert isinstance(refused.value, ConsentError)


def test_facts_are_canonical_json_and_can_be_decided_again() -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("elr.media"))
    decision = desk.engine.check_consent(
        USER, Role.AGENT, ["elr.media", "research"], data_categories=["pd:Picture", "pd:Behavioural"]
    )
    facts = decision.as_facts()
    assert json.loads(json.dumps(facts)) == facts
    desk.ledger.append("audit/test", "checked", facts)
    assert facts["seq"] == 0
    assert facts["allowed"] is False
    assert facts["data_categories"] == ["pd:Behavioural", "pd:Picture"]
    assert [scope["refusal"] for scope in facts["scopes"]] == [None, "never_granted"]
    desk.manager.withdraw(USER, "elr")
    entry = desk.ledger.get(f"consent/{USER}", facts["seq"])
    again = evaluate(choices_of(entry), decision.request, decision.at, desk.rules)
    assert again == decision.verdicts


def test_a_decision_costs_one_read_of_the_store() -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("elr.media"))
    desk.engine.check_consent(USER, "agent", ["elr.media"])
    counting = Counting(desk.entries)
    watched = replace(desk.ledger, store=counting)
    ConsentEngine(watched, desk.rules, desk.clock).enforce_scope(USER, "agent", ["elr.media"])
    assert counting.calls == ["newest"]


def test_a_change_costs_one_read_and_one_write_and_no_more() -> None:
    desk = Desk()
    counting = Counting(desk.entries)
    other = Desk(desk, entries=counting)
    other.manager.grant(USER, grant_of("elr.media"), idempotency_key="a")
    other.manager.withdraw(USER, "elr.media")
    assert counting.calls == ["newest", "put"] * 2


@pytest.mark.parametrize(
    ("role", "scopes", "asked", "reason"),
    [
        ("agent", [], {}, Reason.INVALID),
        ("agent", "elr", {}, Reason.INVALID),
        ("agent", None, {}, Reason.INVALID),
        ("agent", ["elr", "elr"], {}, Reason.INVALID),
        ("agent", ["elr.nonsense"], {}, Reason.UNKNOWN_SCOPE),
        ("agent", ["elr.media", ""], {}, Reason.UNKNOWN_SCOPE),
        ("agent", ["*"], {}, Reason.UNKNOWN_SCOPE),
        ("agent", [None], {}, Reason.UNKNOWN_SCOPE),
        ("everybody", ["elr.media"], {}, Reason.UNKNOWN_ROLE),
        ("", ["elr.media"], {}, Reason.UNKNOWN_ROLE),
        (None, ["elr.media"], {}, Reason.UNKNOWN_ROLE),
        ("agent", ["elr.media"], {"purpose": "dpv:Nonsense"}, Reason.UNKNOWN_PURPOSE),
        ("agent", ["elr.media"], {"purpose": "*"}, Reason.UNKNOWN_PURPOSE),
        ("agent", ["elr.media"], {"purpose": None}, Reason.UNKNOWN_PURPOSE),
        ("agent", ["elr.media"], {"data_categories": []}, Reason.INVALID),
        ("agent", ["elr.media"], {"data_categories": "pd:Picture"}, Reason.INVALID),
        ("agent", ["elr.media"], {"data_categories": ["pd:Nonsense"]}, Reason.UNKNOWN_CATEGORY),
        ("agent", ["elr.media"], {"data_categories": ["pd:Interest"]}, Reason.CATEGORY_NOT_IN_SCOPE),
        ("agent", ["elr.media", "elr.health"], {"data_categories": ["pd:Picture"]}, Reason.CATEGORY_NOT_IN_SCOPE),
        ("agent", ["elr.media"], {"jurisdiction": "fr"}, Reason.INVALID),
        ("agent", ["elr.media"], {"jurisdiction": ""}, Reason.INVALID),
    ],
)
def test_what_is_not_clear_is_an_error_and_never_allowed(
    role: Any, scopes: Any, asked: dict[str, Any], reason: Reason
) -> None:
    desk = Desk()
    for scope in ("elr", "memory", "analytics", "research", "model_training", "actions"):
        desk.manager.grant(USER, explicit(scope, purposes=(Purpose.SERVICE_PROVISION, Purpose.DIRECT_MARKETING)))
    for ask in (desk.engine.check_consent, desk.engine.enforce_scope):
        with pytest.raises(ConsentError) as refused:
            ask(USER, role, scopes, **asked)
        assert refused.value.reason is reason
        assert not isinstance(refused.value, ConsentRequiredError)


def test_consent_is_the_persons_own() -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("elr.media"))
    assert not desk.allowed("elr.media", user="user_12")
    assert not desk.allowed("elr.media", user="user_1234")
    with pytest.raises(ConsentError):
        desk.allowed("elr.media", user="")


def test_an_altered_newest_entry_is_an_error_and_never_allowed() -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("elr.media"))
    stream = desk.entries.streams[f"consent/{USER}"]
    stream[0] = replace(stream[0], content=stream[0].content[:-1] + b"x")
    with pytest.raises(EntryAlteredError):
        desk.engine.check_consent(USER, "agent", ["elr.media"])


@pytest.mark.parametrize(
    "body", [{}, {"active": None}, {"active": [{}]}, {"active": [{"scope": "elr"}]}, {"active": "x"}]
)
def test_a_newest_entry_that_does_not_say_what_is_active_is_an_error(body: dict[str, Any]) -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("elr.media"))
    desk.ledger.append(f"consent/{USER}", "consent.granted", body, subject=USER)
    for ask in (lambda: desk.allowed("elr.media"), lambda: desk.manager.withdraw(USER, "elr")):
        with pytest.raises(ConsentError) as refused:
            ask()
        assert refused.value.reason is Reason.UNREADABLE


@pytest.mark.parametrize("subject", [USER, None])
def test_an_entry_of_another_kind_in_the_stream_is_an_error_and_overwrites_nothing(subject: str | None) -> None:
    desk = Desk()
    desk.manager.grant(USER, grant_of("elr.media"))
    desk.ledger.append(f"consent/{USER}", "access.allowed", {"active": []}, subject=subject)
    for ask in (lambda: desk.allowed("elr.media"), lambda: desk.manager.withdraw(USER, "elr")):
        with pytest.raises(ConsentError) as refused:
            ask()
        assert refused.value.reason is Reason.UNREADABLE


def test_a_ledger_that_cannot_be_read_is_an_error_and_never_allowed() -> None:
    class Broken:
        def newest(self, stream: str) -> None:
            raise LedgerError("out of reach")

    desk = Desk(entries=Broken())
    with pytest.raises(LedgerError):
        desk.engine.check_consent(USER, "agent", ["elr.media"])


def test_choices_about_scopes_that_are_no_more_change_nothing_else() -> None:
    desk = Desk()
    recorded = desk.manager.grant(USER, grant_of("elr.media"))
    gone = {**recorded.active[0].to_json(), "scope": "elr.dreams", "entry_hash": "00"}
    body = {**recorded.opened.body, "active": [*recorded.opened.body["active"], gone]}
    desk.ledger.append(f"consent/{USER}", "consent.granted", body, subject=USER)
    assert desk.allowed("elr.media")
    assert desk.why("elr.interests") == "never_granted"
    desk.manager.withdraw(USER, "elr")
    assert not desk.allowed("elr.media")
