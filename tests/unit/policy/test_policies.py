"""The shipped policies, held against the same rules in Python, over every combination of facts."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import cedarpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.consent.vocabulary import Purpose
from lukhas_common.policy.cedar import PolicyEngine
from lukhas_common.policy.decisions import decide, shipped
from lukhas_common.policy.model import Facts, Permission, Role, Sensitivity
from lukhas_common.policy.requests import PolicyError
from tests.unit.policy.rules import CARE_PURPOSES, NOW, PROTECTED, SCHEMA, TEXT, facts, forbidden, permitted, table

POLICIES = json.loads(cedarpy.policies_to_json_str(TEXT))
EFFECTS = {policy["annotations"]["id"]: policy["effect"] for policy in POLICIES["staticPolicies"].values()}
ALL = '@id("all") permit (principal, action, resource);'
WIDE = PolicyEngine(TEXT + ALL, SCHEMA)


def without(policy_id: str, more: str = "") -> PolicyEngine:
    kept = {
        name: policy for name, policy in POLICIES["staticPolicies"].items() if policy["annotations"]["id"] != policy_id
    }
    assert len(kept) == len(EFFECTS) - 1
    return PolicyEngine(cedarpy.policies_from_json_str(json.dumps({**POLICIES, "staticPolicies": kept})) + more, SCHEMA)


def test_every_row_of_the_table_is_decided_by_the_rules() -> None:
    rows = list(table())
    assert len(rows) == 6 * 28 * 2**8
    for row in rows:
        verdict = decide(row)
        why = forbidden(row)
        assert verdict.allowed == (permitted(row) and not why), row
        assert not verdict.errors, row
        assert set(verdict.policies) == why or (not why and verdict.allowed == bool(verdict.policies)), row


def test_what_is_forbidden_stays_forbidden_when_all_is_permitted() -> None:
    """Forbids are there for the day on which a permit is too wide."""
    for row in table():
        decision = WIDE.decide(row.request())
        assert decision.allowed == (not forbidden(row)), row


@pytest.mark.parametrize("policy_id", [name for name, effect in EFFECTS.items() if effect == "permit"])
def test_without_a_permit_something_is_denied_that_was_allowed(policy_id: str) -> None:
    engine = without(policy_id)
    assert any(decide(row).allowed and not engine.decide(row.request()).allowed for row in table() if permitted(row))


@pytest.mark.parametrize("policy_id", [name for name, effect in EFFECTS.items() if effect == "forbid"])
def test_without_a_forbid_a_permit_that_is_too_wide_lets_something_pass(policy_id: str) -> None:
    engine = without(policy_id, ALL)
    assert any(engine.decide(row.request()).allowed for row in table() if forbidden(row) == {policy_id})


def test_the_table_knows_every_policy() -> None:
    assert tuple(EFFECTS) == shipped().ids
    assert {why for row in table() for why in forbidden(row)} == {n for n, e in EFFECTS.items() if e == "forbid"}
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)+", name) for name in EFFECTS)


@given(facts | facts.filter(permitted))
def test_any_facts_are_decided_by_the_rules(f: Facts) -> None:
    assert decide(f).allowed == (permitted(f) and not forbidden(f))


@given(facts, st.sampled_from([Permission.READ_DATA, Permission.WRITE_DATA, Permission.EXPORT_DATA]))
def test_special_data_without_consent_is_for_the_person_first_hand_alone(f: Facts, permission: Permission) -> None:
    f = replace(f, sensitivity=Sensitivity.SPECIAL, consent=False, permission=permission)
    if decide(f).allowed or WIDE.decide(f.request()).allowed:
        assert f.caller_id == f.subject_id
        assert f.first_hand
        assert f.role is Role.USER


@pytest.mark.parametrize("fact", ["consent", "has_dpa", "first_hand"])
def test_more_consent_or_agreement_or_presence_never_allows_less(fact: str) -> None:
    allowed = [row for row in table() if permitted(row) and not forbidden(row)]
    assert all(decide(replace(row, **{fact: True})).allowed for row in allowed)


@given(facts)
def test_facts_that_are_not_known_allow_no_more_than_any_that_are(f: Facts) -> None:
    unknown = Facts(role=f.role, caller_id=f.caller_id, subject_id=f.subject_id, permission=f.permission, now=f.now)
    if decide(unknown).allowed:
        assert decide(replace(f, role_until=0)).allowed


@pytest.mark.parametrize("jurisdiction", sorted(PROTECTED))
def test_each_protected_jurisdiction_needs_an_agreement(jurisdiction: str) -> None:
    for role in (Role.CLINICIAN, Role.SERVICE):
        f = Facts(
            role=role, caller_id="a", subject_id="b", permission=Permission.READ_DATA, now=NOW, consent=True,
            jurisdiction=jurisdiction,
        )  # fmt: skip
        assert WIDE.decide(f.request()).reasons == ("transfer-needs-agreement",)
        assert WIDE.decide(replace(f, jurisdiction="US").request()).allowed


@pytest.mark.parametrize("purpose", sorted(CARE_PURPOSES))
def test_each_purpose_of_care_is_one_to_a_clinician(purpose: str) -> None:
    f = Facts(
        role=Role.CLINICIAN, caller_id="a", subject_id="b", permission=Permission.READ_DATA, now=NOW, consent=True,
        has_dpa=True, purpose=purpose,
    )  # fmt: skip
    assert decide(f).allowed
    assert not decide(replace(f, purpose=purpose.lower())).allowed
    assert not decide(replace(f, purpose="")).allowed


@pytest.mark.parametrize(("until", "allowed"), [(0, True), (NOW + 1, True), (NOW, False), (NOW - 1, False), (1, False)])
def test_a_role_ends_at_its_second(until: int, allowed: bool) -> None:
    f = Facts(
        role=Role.ADMIN, caller_id="a", subject_id="b", permission=Permission.READ_AUDIT, now=NOW, role_until=until
    )
    assert decide(f).allowed == allowed


@pytest.mark.parametrize(
    "unknown",
    [{"role": "root"}, {"role": "User"}, {"role": ""}, {"permission": "rule"}, {"permission": "own_rights"},
     {"permission": "content"}, {"sensitivity": "none"}, {"consent": 1}, {"consent": "true"}, {"purpose": 7}],
    ids=str,
)  # fmt: skip
def test_facts_in_words_that_the_schema_does_not_know_are_denied(unknown: dict[str, Any]) -> None:
    f = Facts(role=Role.USER, caller_id="a", subject_id="a", permission=Permission.READ_DATA, now=NOW, first_hand=True)
    assert decide(f).allowed
    verdict = decide(replace(f, **unknown))
    assert not verdict.allowed
    assert verdict.errors


@pytest.mark.parametrize(
    "wrong",
    [{"caller_id": ""}, {"subject_id": ""}, {"jurisdiction": "de"}, {"jurisdiction": "DE-BY"}, {"jurisdiction": "DEU"},
     {"jurisdiction": "DE\n"}, {"now": 1.5}, {"now": -1}, {"now": 2**53}, {"now": True}, {"now": None},
     {"role_until": 1.5}, {"role_until": -1}, {"role_until": 2**53}, {"role_until": None}],
    ids=str,
)  # fmt: skip
def test_facts_that_would_be_misread_are_refused(wrong: dict[str, Any]) -> None:
    f = Facts(role=Role.USER, caller_id="a", subject_id="a", permission=Permission.READ_DATA, now=NOW)
    with pytest.raises(PolicyError):
        replace(f, **wrong)


@pytest.mark.parametrize("name", ["role", "permission", "purpose", "sensitivity", "has_dpa", "consent", "first_hand"])
@pytest.mark.parametrize("value", [None, 1.0])
def test_no_fact_is_null_or_a_float(name: str, value: Any) -> None:
    f = Facts(role=Role.USER, caller_id="a", subject_id="a", permission=Permission.READ_DATA, now=NOW)
    with pytest.raises(PolicyError):
        decide(replace(f, **{name: value}))


def test_the_purposes_of_care_are_those_that_people_can_consent_to() -> None:
    assert {purpose for purpose in Purpose if purpose.startswith("sector-health:")} == CARE_PURPOSES


def test_schema_and_code_know_the_same_words() -> None:
    def listed(entity: str) -> list[str]:
        found = re.search(rf"entity {entity} enum \[(.*)\]", SCHEMA)
        assert found is not None
        return re.findall(r'"(\w+)"', found[1])

    assert listed("Role") == list(Role)
    assert listed("Sensitivity") == list(Sensitivity)
    actions = json.loads(str(cedarpy.Entities.from_json_str("[]", cedarpy.Schema.from_str(SCHEMA))))
    groups = {parent["id"] for action in actions for parent in action["parents"]}
    assert {action["uid"]["id"] for action in actions} - groups == set(Permission)
