"""The engine: what it refuses to load, and how it decides where something is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import cedarpy
import pytest

from lukhas_common.policy.cedar import UNFIT, PolicyDecision, PolicyEngine
from lukhas_common.policy.requests import LONG, Entity, EntityUid, PolicyError, PolicyRequest

SCHEMA = """
entity Group;
entity Account in [Group] { age: Long } tags String;
action read, write appliesTo { principal: Account, resource: Account, context: { count: Long, ok: Bool } };
"""
PERMIT = '@id("ok") permit (principal, action, resource) when { context.ok };'
OVERFLOW = f'@id("overflows") forbid (principal, action, resource) when {{ context.count + {LONG - 1} == 0 }};'
CALLER = EntityUid("Account", "caller")
ASKED = PolicyRequest(
    CALLER, EntityUid("Action", "read"), EntityUid("Account", "subject"), {"count": 0, "ok": True}, ()
)


def decide(policies: str, context: Mapping[str, Any] | None = None, *entities: Entity) -> PolicyDecision:
    request = replace(ASKED, context={**ASKED.context, **(context or {})}, entities=entities)
    return PolicyEngine(policies, SCHEMA).decide(request)


def test_what_a_policy_permits_is_allowed_and_the_policy_named() -> None:
    decision = decide(PERMIT)
    assert (decision.allowed, decision.reasons, decision.errors, decision.cedar) == (True, ("ok",), (), "Allow")
    assert decision.detail == ()


def test_what_no_policy_permits_is_denied_for_no_reason() -> None:
    for decision in (decide(PERMIT, {"ok": False}), decide("")):
        assert (decision.allowed, decision.reasons, decision.errors, decision.cedar) == (False, (), (), "Deny")


def test_a_forbid_outweighs_a_permit_and_is_the_reason() -> None:
    decision = decide(PERMIT + '@id("no") forbid (principal, action, resource);')
    assert (decision.allowed, decision.reasons, decision.cedar) == (False, ("no",), "Deny")


def test_reasons_are_all_that_decided_in_order() -> None:
    names = [f"n{number:02}" for number in range(30)]
    policies = "".join(f'@id("{name}") permit (principal, action, resource);' for name in reversed(names))
    assert decide(policies).reasons == tuple(names)
    assert PolicyEngine(policies, SCHEMA).ids == tuple(reversed(names))


def test_given_a_forbid_that_errs_when_cedar_allows_then_it_is_denied_all_the_same() -> None:
    assert decide(PERMIT + OVERFLOW).allowed
    decision = decide(PERMIT + OVERFLOW, {"count": 1})
    assert (decision.allowed, decision.errors, decision.cedar) == (False, ("overflows",), "Allow")
    assert decision.reasons == ("ok",)
    assert len(decision.detail) == 1
    assert "overflow" in decision.detail[0]


def test_errors_are_all_policies_that_err_in_order() -> None:
    policies = "".join(OVERFLOW.replace("overflows", f"o{number:02}") for number in range(20, 0, -1))
    decision = decide(PERMIT + policies, {"count": 1})
    assert decision.errors == tuple(f"o{number:02}" for number in range(1, 21))


def test_the_detail_of_an_error_stays_out_of_what_is_printed_and_compared() -> None:
    decision = decide(PERMIT + OVERFLOW, {"count": 1})
    assert "evaluating" not in repr(decision)
    assert decision == replace(decision, detail=())


@pytest.mark.parametrize(
    "request_",
    [
        replace(ASKED, action=EntityUid("Action", "erase")),
        replace(ASKED, principal=EntityUid("Stranger", "caller")),
        replace(ASKED, resource=EntityUid("Group", "g")),
        replace(ASKED, principal=EntityUid("no type", "caller")),
        replace(ASKED, context={"ok": True}),
        replace(ASKED, context={"ok": True, "count": 0, "more": 1}),
        replace(ASKED, context={"ok": 1, "count": 0}),
        replace(ASKED, context={"ok": True, "count": True}),
        replace(ASKED, context={"ok": True, "count": "0"}),
        replace(ASKED, entities=(Entity(CALLER),)),
        replace(ASKED, entities=(Entity(EntityUid("Stranger", "7")),)),
        replace(ASKED, entities=(Entity(CALLER, {"age": 7}), Entity(CALLER, {"age": 8}))),
    ],
)
def test_a_request_that_does_not_fit_the_schema_is_denied(request_: PolicyRequest) -> None:
    engine = PolicyEngine('@id("all") permit (principal, action, resource);', SCHEMA)
    assert engine.decide(ASKED).allowed
    decision = engine.decide(request_)
    assert (decision.allowed, decision.reasons, decision.errors) == (False, (), (UNFIT,))
    assert decision.cedar == "NoDecision"


def test_only_the_word_allow_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    for word, allowed in [("NoDecision", False), ("Deny", False), ("Allow", True)]:
        answer = cedarpy.AuthzResult({"decision": word, "diagnostics": {"reason": [], "errors": []}})
        monkeypatch.setattr(cedarpy, "is_authorized", lambda *_, answer=answer: answer)
        assert decide(PERMIT).allowed is allowed


@pytest.mark.parametrize("value", [None, 0.0, LONG])
def test_what_cedar_cannot_judge_never_reaches_it(value: Any) -> None:
    with pytest.raises(PolicyError):
        decide(PERMIT, {"count": value})
    with pytest.raises(PolicyError):
        decide(PERMIT, {}, Entity(CALLER, {"age": value}))


@pytest.mark.parametrize(
    ("condition", "without"),
    [
        ("principal.age == 7", {"attributes": {"age": 8}}),
        ('principal in Group::"g"', {"parents": ()}),
        ('principal.hasTag("colour") && principal.getTag("colour") == "red"', {"tags": {}}),
    ],
)
def test_policies_see_attributes_parents_and_tags(condition: str, without: dict[str, Any]) -> None:
    policies = f'@id("it") permit (principal, action, resource) when {{ {condition} }};'
    entity = Entity(CALLER, {"age": 7}, (EntityUid("Group", "g"),), {"colour": "red"})
    assert decide(policies, {}, entity).allowed
    assert not decide(policies, {}, replace(entity, **without)).allowed


@pytest.mark.parametrize(
    ("policies", "complaint"),
    [
        ("permit (principal, action, resource", "cannot be read"),
        ("allow everything;", "cannot be read"),
        ('@id("x") permit (principal, action, resource) when { context.okay };', "do not fit"),
        ('@id("x") permit (principal, action, resource) when { principal.name == 1 };', "do not fit"),
        ('@id("x") permit (principal, action == Action::"erase", resource);', "do not fit"),
        ('@id("x") permit (principal is Stranger, action, resource);', "do not fit"),
        ('@id("x") permit (principal, action, resource) when { context.count == "0" };', "do not fit"),
        (PERMIT + "permit (principal, action, resource);", "policy1"),
        ('@id("") permit (principal, action, resource);', "policy0"),
        ("@id permit (principal, action, resource);", "policy0"),
        ('@name("x") permit (principal, action, resource);', "policy0"),
        (PERMIT + PERMIT, "its own"),
        (PERMIT + '@id("x") permit (principal == ?principal, action, resource);', "template"),
    ],
)
def test_policies_that_are_not_wholly_right_are_not_loaded(policies: str, complaint: str) -> None:
    with pytest.raises(PolicyError, match=complaint):
        PolicyEngine(policies, SCHEMA)


@pytest.mark.parametrize("schema", ["entity", "entity Account in [Nothing];", '{"": {}}'])
def test_a_schema_that_cannot_be_read_is_not_loaded(schema: str) -> None:
    with pytest.raises(PolicyError, match="cannot be read"):
        PolicyEngine("", schema)


def test_policies_of_others_may_go_without_names() -> None:
    nameless = "permit (principal, action, resource);" + PERMIT
    decision = PolicyEngine(nameless, SCHEMA, named=False).decide(ASKED)
    assert decision.reasons == ("policy0", "policy1")


def test_policies_that_do_not_fit_the_schema_are_loaded_on_demand_only() -> None:
    unfit = '@id("x") permit (principal, action, resource) when { context.okay };'
    decision = PolicyEngine(unfit, SCHEMA, validated=False).decide(ASKED)
    assert (decision.allowed, decision.errors, decision.cedar) == (False, ("x",), "Deny")


def test_the_version_names_policies_and_schema() -> None:
    version = PolicyEngine(PERMIT, SCHEMA).version
    assert version == PolicyEngine(PERMIT, SCHEMA).version
    assert decide(PERMIT).version == version
    others = {
        PolicyEngine(PERMIT + " ", SCHEMA).version,
        PolicyEngine(PERMIT, SCHEMA + " ").version,
        PolicyEngine(PERMIT + "\n", SCHEMA).version,
        PolicyEngine(PERMIT, "\n" + SCHEMA).version,
    }
    assert len(others | {version}) == 5
    assert len(version) == 16
    assert set(version) <= set("0123456789abcdef")


def test_threads_may_share_an_engine() -> None:
    engine = PolicyEngine(PERMIT, SCHEMA)
    requests = [replace(ASKED, context={"count": 0, "ok": number % 3 == 0}) for number in range(300)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(engine.decide, requests))
    assert [answer.allowed for answer in answers] == [number % 3 == 0 for number in range(300)]
