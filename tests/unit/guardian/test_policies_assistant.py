"""The shipped policies about actions: what each of them denies, and what passes."""

from __future__ import annotations

import json
import re

import cedarpy
import pytest

from lukhas_common.consent.vocabulary import ConsentScope, Purpose
from lukhas_common.guardian.actions.facts import read_action
from lukhas_common.guardian.actions.kinds import Intent, Kind, Part
from lukhas_common.guardian.actions.shipped import ASSISTANT, SCHEMA, SETS, WEB_TASKS, shipped, shipped_policies
from lukhas_common.guardian.text.judgement import Category, Tier
from lukhas_common.policy.requests import PolicyError, PolicyRequest
from tests.unit.guardian.action_examples import CLEAR, DENIED_AND_ALLOWED, EVASIONS, ON_THE_WEB, ORDINARY, Example

TABLES = {ASSISTANT: DENIED_AND_ALLOWED, WEB_TASKS: ON_THE_WEB}
CASES = [(name, policy, *examples) for name, table in TABLES.items() for policy, examples in table.items()]


def forbids(name: str) -> set[str]:
    text = "\n".join(shipped_policies(name).values())
    policies = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"].values()
    return {policy["annotations"]["id"] for policy in policies if policy["effect"] == "forbid"}


@pytest.mark.parametrize("name", SETS)
def test_every_policy_has_an_example_that_it_denies_and_one_that_passes(name: str) -> None:
    assert set(TABLES[name]) == forbids(name)


@pytest.mark.parametrize(("name", "policy", "denied", "allowed"), CASES, ids=[case[1] for case in CASES])
def test_each_policy_denies_its_example_and_not_its_neighbour(
    name: str, policy: str, denied: Example, allowed: Example
) -> None:
    engine = shipped(name)
    decision = engine.decide(denied.request)
    assert not decision.allowed
    assert policy in decision.reasons
    neighbour = engine.decide(allowed.request)
    assert (neighbour.allowed, neighbour.errors) == (True, ())


@pytest.mark.parametrize(("name", "policy", "denied", "allowed"), CASES, ids=[case[1] for case in CASES])
def test_a_decision_comes_out_the_same_from_its_logged_facts(
    name: str, policy: str, denied: Example, allowed: Example
) -> None:
    del policy
    for example in (denied, allowed):
        logged = json.loads(json.dumps(example.request.as_facts()))
        assert shipped(name).decide(PolicyRequest.from_facts(logged)) == shipped(name).decide(example.request)


@pytest.mark.parametrize("policy", [*ON_THE_WEB, "minors-restricted"])
def test_what_is_not_known_of_the_person_permits_least(policy: str) -> None:
    name = WEB_TASKS if policy in ON_THE_WEB else ASSISTANT
    action = TABLES[name][policy][0].action
    decision = shipped(name).decide(read_action(action, {}).request("anna", CLEAR, ()))
    assert decision.reasons == (policy,)


@pytest.mark.parametrize("action", ORDINARY)
def test_what_is_ordinary_passes(action: str) -> None:
    decision = shipped(ASSISTANT).decide(read_action(action, {}).request("anna", CLEAR, ()))
    assert (decision.allowed, decision.reasons) == (True, ("base-permit",))


@pytest.mark.parametrize("evasion", EVASIONS, ids=lambda evasion: evasion.action)
def test_what_only_looks_harmless_does_not_pass(evasion: Example) -> None:
    assert not shipped(ASSISTANT).decide(evasion.request).allowed


@pytest.mark.parametrize("name", SETS)
def test_every_policy_explains_itself(name: str) -> None:
    for policy, notes in shipped(name).annotations.items():
        assert notes["severity"] in {"low", "medium", "high", "critical"}, policy
        assert notes["principle"] in {"harmlessness", "helpfulness", "honesty", "transparency"}, policy
        assert 0 < len(notes["name"]) <= 60, policy
        assert notes["explain"], policy


def test_an_explanation_is_a_sentence_of_its_own_that_tells_what_to_do() -> None:
    explanations = [notes["explain"] for notes in shipped(ASSISTANT).annotations.values()]
    assert len(set(explanations)) == len(explanations)
    assert all(re.fullmatch(r"[A-Z].{20,}\.", explanation) for explanation in explanations)


@pytest.mark.parametrize(
    ("entity", "words"),
    [
        ("Kind", Kind),
        ("Intent", Intent),
        ("Part", Part),
        ("Scope", ConsentScope),
        ("Tier", Tier),
        ("Category", Category),
    ],
)
def test_the_schema_has_every_word_that_facts_can_have(entity: str, words: type) -> None:
    listed = re.search(rf"entity {entity} enum \[([^\]]*)\]", SCHEMA)
    assert listed
    assert re.findall(r'"([^"]*)"', listed[1]) == [word.value for word in words]  # type: ignore[attr-defined]


def test_purposes_that_policies_name_are_those_of_consent() -> None:
    text = "\n".join(shipped_policies(ASSISTANT).values())
    named = set(re.findall(r'"((?:dpv|sector-health):\w+)"', text))
    assert named
    assert named <= set(Purpose)


def test_there_are_no_other_sets() -> None:
    with pytest.raises(PolicyError, match="assistant, web_tasks"):
        shipped_policies("mine")
