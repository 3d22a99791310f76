"""Remedies: each leads to where it says, and leaves nothing out or in."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.guardian.actions.changes import Change, applied
from lukhas_common.guardian.actions.remedies import EVALUATIONS, REMEDIES, Remedy, remedies_for
from lukhas_common.guardian.actions.shipped import ASSISTANT, SCHEMA, SETS, WEB_TASKS, shipped
from lukhas_common.policy.cedar import PolicyDecision, PolicyEngine
from lukhas_common.policy.requests import PolicyRequest
from tests.unit.guardian.action_examples import DENIED_AND_ALLOWED, ON_THE_WEB, Example
from tests.unit.guardian.test_actions_facts import actions, read_or_none, typed_contexts

DENIED = [(ASSISTANT, *pair) for pair in DENIED_AND_ALLOWED.items()] + [(WEB_TASKS, *p) for p in ON_THE_WEB.items()]
PERMIT = '@id("all") permit (principal, action, resource);'
HOPELESS = {
    "privacy-publication",
    "privacy-surveillance",
    "minors-restricted",
    "minors-publication",
    "minors-sexual",
    "medical-treatment",
    "self-harm-means",
    "self-harm-text",
    "communication-deception",
    "code-security",
    "provenance-injection",
    "text-harmful",
    "text-doubtful",
    "web-flight-vaccinated",
    "web-car-licence",
    "web-hotel-adult",
    "web-media-domestic",
    "web-job-age",
}
"""Nothing that could be changed honestly helps against these."""


def proven(engine: PolicyEngine, request: PolicyRequest, remedy: Remedy) -> None:
    assert engine.decide(applied(request, remedy.changes)).allowed
    for size in range(len(remedy.changes)):
        for fewer in combinations(remedy.changes, size):
            assert not engine.decide(applied(request, fewer)).allowed


@pytest.mark.parametrize(("name", "policy", "examples"), DENIED, ids=[case[1] for case in DENIED])
def test_a_remedy_allows_what_each_policy_denies_or_there_is_none(
    name: str, policy: str, examples: tuple[Example, Example]
) -> None:
    denied, allowed = examples
    found = remedies_for(shipped(name), denied.request)
    assert bool(found) is (policy not in HOPELESS)
    assert len(found) <= REMEDIES
    for remedy in found:
        proven(shipped(name), denied.request, remedy)
        assert str(remedy)
    assert remedies_for(shipped(name), allowed.request) == ()


@given(actions, typed_contexts, st.sampled_from(SETS))
def test_whatever_is_denied_its_remedies_allow_it(action: str, context: dict[str, object], name: str) -> None:
    request = read_or_none(action, context)
    if request is not None:
        for remedy in remedies_for(shipped(name), request):
            proven(shipped(name), request, remedy)


def remedies(example: Example) -> set[frozenset[str]]:
    found = remedies_for(shipped(ASSISTANT), example.request)
    return {frozenset(f"{change.fact}={change.value}" for change in remedy.changes) for remedy in found}


def test_consent_names_each_scope_that_is_missing() -> None:
    missing = Example("Send my passport and my location to Bob", consent=("elr.location",))
    assert remedies(missing) == {frozenset({"consent=elr.demographics"})}


def test_an_amount_is_the_highest_that_would_do() -> None:
    assert remedies(Example("Pay $20,000 to Bob", {"confirmed": True})) == {frozenset({"amount=1000000"})}
    assert remedies(Example("Pay the bill", {"confirmed": True})) == {frozenset({"amount=1000000"})}


def test_ways_of_their_own_are_told_the_shortest_first() -> None:
    example = Example("Buy shoes for $60")
    assert remedies(example) == {frozenset({"confirmed=True"}), frozenset({"amount=5000"})}
    found = remedies_for(shipped(ASSISTANT), Example("delete_all_files").request)
    assert [len(remedy.changes) for remedy in found] == [1, 2]


def test_membership_can_be_had_and_age_cannot() -> None:
    shop, hotel = ON_THE_WEB["web-shop-member"][0].request, ON_THE_WEB["web-hotel-adult"][0].request
    (remedy,) = remedies_for(shipped(WEB_TASKS), shop)
    assert remedy.changes == (Change("user.member", True, "Become a member."),)
    assert remedies_for(shipped(WEB_TASKS), hotel) == ()


def test_given_policies_that_no_partial_evaluation_can_read_then_full_ones_find_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    request = DENIED_AND_ALLOWED["destructive-unconfirmed"][0].request
    expected = remedies_for(shipped(ASSISTANT), request)
    monkeypatch.setattr(PolicyEngine, "undecided", lambda *_: None)
    assert remedies_for(shipped(ASSISTANT), request) == expected


def test_partial_evaluation_alone_never_makes_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    request = DENIED_AND_ALLOWED["communication-deception"][0].request
    monkeypatch.setattr(PolicyEngine, "undecided", lambda _self, _request, unknown: frozenset(unknown))
    assert remedies_for(shipped(ASSISTANT), request) == ()


def test_consent_to_a_scope_is_consent_to_all_beneath_it() -> None:
    assert remedies(Example("Send my personal data and my passport to Bob")) == {frozenset({"consent=elr"})}


def test_an_amount_may_be_none_at_all() -> None:
    free = PERMIT + '@id("free") forbid (principal, action, resource) when { context.amount > 0 };'
    (remedy,) = remedies_for(PolicyEngine(free, SCHEMA, validated=False), Example("Pay $8").request)
    assert [(change.fact, change.value) for change in remedy.changes] == [("amount", 0)]


def test_given_many_ways_when_evaluations_run_out_then_what_was_found_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    many = """
    @id("many") forbid (principal, action, resource) unless {
      context has amount && context.amount <= 7000 && (context.confirmed || context.internal || !context.bulk)
    };
    """
    made: list[PolicyDecision] = []
    decide = PolicyEngine.decide

    def counted(engine: PolicyEngine, request: PolicyRequest) -> PolicyDecision:
        made.append(decide(engine, request))
        return made[-1]

    monkeypatch.setattr(PolicyEngine, "decide", counted)
    engine, request = PolicyEngine(PERMIT + many, SCHEMA), Example("Send the list to everybody").request
    found = remedies_for(engine, request)
    assert len(made) == EVALUATIONS
    assert found
    for remedy in found:
        proven(engine, request, remedy)
