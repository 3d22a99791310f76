"""Reading an action and its context: whatever comes, facts or a clear refusal."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.consent.vocabulary import SUBTREE, ConsentScope
from lukhas_common.guardian.actions.arguments import DEPTH, NAME_LENGTH, TEXT_LENGTH, VALUES, part_of
from lukhas_common.guardian.actions.context import ACTION_LENGTH
from lukhas_common.guardian.actions.facts import ActionError, ActionFacts, read_action
from lukhas_common.guardian.actions.kinds import Kind, Part
from lukhas_common.guardian.actions.shipped import SETS, shipped
from lukhas_common.guardian.actions.text_facts import UNJUDGED, TextFacts
from lukhas_common.guardian.text.judgement import Category, Coverage, Finding, Judgement, Tier
from lukhas_common.policy.requests import PolicyRequest
from tests.unit.guardian.action_examples import CLEAR

DOCUMENTED = """
    tool arguments provenance confirmed reversible recipient recipient_internal amount currency environment purpose
    domain subdomain user user_info
"""
KEYS = DOCUMENTED.split()
BAGS = ["arguments", "args", "kwargs", "params", "parameters", "input", "inputs", "payload", "tool_input"]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
contexts = st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=8), json_values, max_size=8)
typed_contexts = st.fixed_dictionaries(
    {},
    optional={
        "tool": st.sampled_from(["send_email", "delete_all", "x"]) | json_values,
        "arguments": st.dictionaries(st.sampled_from(["to", "amount", "code", "body", "x"]), json_values, max_size=4),
        "provenance": st.dictionaries(
            st.sampled_from(["to", "amount", "code", "action", "*"]), st.sampled_from(["user", "web"]) | json_values
        ),
        "confirmed": st.booleans() | json_values,
        "amount": st.floats() | st.integers() | st.text(),
        "user": st.dictionaries(st.sampled_from(["age", "member", "licence"]), st.booleans() | st.integers()),
    },
)
actions = st.text(max_size=60) | st.sampled_from(["delete all logs", "send $5 to Bob", "rm -rf /", "sign_document"])


def read_or_none(action: str, context: dict[str, Any]) -> PolicyRequest | None:
    """The question to the policies, if the action can be read."""
    try:
        return read_action(action, context).request("anna", CLEAR, ())
    except ActionError:
        return None


def means_nothing(key: str) -> bool:
    return key.casefold() not in [*KEYS, *BAGS] and part_of(key.casefold()) in (Part.OTHER, Part.CONTENT)


def facts(action: str = "Read it", **context: Any) -> ActionFacts:
    return read_action(action, context)


@given(actions, contexts | typed_contexts)
def test_whatever_is_asked_is_refused_with_a_reason_or_decided_without_error(
    action: str, context: dict[str, Any]
) -> None:
    try:
        read = read_action(action, context)
    except ActionError as refusal:
        assert len(str(refusal)) > 20
        return
    request = read.request("anna", CLEAR, ())
    for name in SETS:
        decision = shipped(name).decide(request)
        assert decision.errors == ()
        logged = json.loads(json.dumps(request.as_facts()))
        assert shipped(name).decide(PolicyRequest.from_facts(logged)) == decision


@given(st.dictionaries(st.text(max_size=8).filter(means_nothing), json_values, max_size=5))
def test_keys_that_nobody_documented_change_nothing(context: dict[str, Any]) -> None:
    assert read_action("Send it to Bob", context) == read_action("Send it to Bob", {})


@pytest.mark.parametrize("wrong", [None, 1, 0.5, "yes", "true", [True], {"a": True}])
def test_what_has_the_wrong_type_is_the_fact_that_permits_least(wrong: Any) -> None:
    assert not facts(confirmed=wrong).confirmed
    assert not facts(recipient_internal=wrong).internal
    assert facts("Delete it", reversible=wrong).irreversible
    assert facts(user=wrong) == facts(user={"age": wrong and "7", "member": wrong}) == facts()
    if wrong is not None:
        assert facts(provenance=wrong if wrong != {"a": True} else 7).untrusted == set(Part)


def test_given_a_context_nested_without_end_then_it_is_refused_or_ignored_but_never_too_much() -> None:
    deep: Any = "rm -rf /"
    for _ in range(100_000):
        deep = {"a": [deep]}
    assert facts(whatever=deep) == facts()
    for key in ("provenance", "confirmed", "recipient", "amount", "user"):
        assert facts(**{key: deep})
    with pytest.raises(ActionError, match="tool is no text"):
        facts(tool=deep)
    with pytest.raises(ActionError, match="flatten"):
        facts(arguments=deep)
    while deep != "rm -rf /":
        deep = deep["a"][0]


def test_code_is_found_as_deep_as_arguments_may_be_nested() -> None:
    deep: Any = "rm -rf /"
    for _ in range(DEPTH - 1):
        deep = [deep]
    assert Kind.DESTRUCTIVE in facts(arguments={"x": deep}).kinds
    with pytest.raises(ActionError, match="flatten"):
        facts(arguments={"x": [[deep]]})


@pytest.mark.parametrize(
    ("action", "context", "complaint"),
    [
        ("", {}, "no action"),
        (" \n", {"tool": " "}, "no action"),
        (7, {}, "is text"),
        ("Read", [], "JSON object"),
        ("a" * (ACTION_LENGTH + 1), {}, "shorten"),
        ("a" * 1_000_000, {}, "shorten"),
        ("Read \ud800", {}, "surrogate"),
        ("Read", {"tool": "\udfff"}, "tool holds half a surrogate"),
        ("Read", {"tool": "a" * (NAME_LENGTH + 1)}, "tool is over"),
        ("Read", {"amount": "1" * (NAME_LENGTH + 1)}, "amount is over"),
        ("Read", {"arguments": {"x": "\ud83d"}}, "surrogate"),
        ("Read", {"arguments": {"\ud83d": 1}}, "surrogate"),
        ("Read", {"arguments": {"x": "a" * (TEXT_LENGTH + 1)}}, "reference"),
        ("Read", {"arguments": {"x": [1] * VALUES}}, "flatten"),
        ("Read", {"tool": ["delete_database"]}, "one tool at a time"),
        ("Read", {"tool": "read", "Tool": "delete_all"}, "send it once"),
        ("Read", {"confirmed": False, "CONFIRMED": True}, "send it once"),
        ("Read", {str(n): 1 for n in range(VALUES + 1)}, "members"),
        ("Read", {"arguments": {str(n): "a" * 1000 for n in range(101)}}, "reference"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(action: Any, context: Any, complaint: str) -> None:
    with pytest.raises(ActionError, match=complaint):
        read_action(action, context)


def test_a_tool_alone_is_an_action() -> None:
    assert Kind.EXTERNAL_COMMUNICATION in facts("", tool="sendEmail").kinds


@pytest.mark.parametrize(
    ("provenance", "untrusted"),
    [
        (None, set()),
        ({"to": "user", "amount": "operator", "body": "System"}, set()),
        ({"to": "web", "amount": "user", "body": "user"}, {Part.RECIPIENT}),
        ({"to": "user", "amount": "tool", "body": ["user", "web"]}, {Part.AMOUNT, Part.CONTENT}),
        ({"to": "user"}, {Part.AMOUNT, Part.CONTENT}),
        ({"*": "user", "to": "email"}, {Part.RECIPIENT}),
        ({"*": "user", "action": "web"}, {Part.INSTRUCTION}),
        ({"*": "web", "to": "user"}, set(Part)),
        ({"*": "user", "to": 7, "amount": [], "body": None}, {Part.RECIPIENT, Part.AMOUNT, Part.CONTENT}),
        ({"to": ["user", "operator"], "*": ["user"]}, set()),
        (["user"], set(Part)),
        ("user", set(Part)),
        ({}, {Part.RECIPIENT, Part.AMOUNT, Part.CONTENT}),
    ],
)
def test_what_does_not_come_from_the_person_is_untrusted(provenance: Any, untrusted: set[Part]) -> None:
    arguments = {"to": "x", "amount": 5, "body": "y"}
    assert facts("Pay", arguments=arguments, provenance=provenance).untrusted == untrusted


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("to", Part.RECIPIENT),
        ("TO", Part.RECIPIENT),
        ("toAddress", Part.RECIPIENT),
        ("recipient_email", Part.RECIPIENT),
        ("amount_due", Part.AMOUNT),
        ("message_id", Part.TARGET),
        ("file-content", Part.CONTENT),
        ("userPassword", Part.CREDENTIAL),
        ("zyx", Part.OTHER),
        ("", Part.OTHER),
        ("\u00e9", Part.OTHER),
    ],
)
def test_the_name_of_an_argument_tells_its_part(name: str, part: Part) -> None:
    assert facts(arguments={name: "x"}, provenance={}).untrusted == {part}


def test_recipient_and_amount_of_the_context_need_a_source_where_sources_are_given() -> None:
    assert facts(recipient="x", amount=5, provenance={}).untrusted == {Part.RECIPIENT, Part.AMOUNT}
    assert facts(recipient="x", amount=5).untrusted == set()


def test_content_is_judged_as_text_and_not_as_an_action() -> None:
    written = facts("send_email", arguments={"body": "my password; rm -rf /", "subject": "suicide"})
    assert written.kinds == {Kind.EXTERNAL_COMMUNICATION, Kind.CHANGE}
    assert Kind.CREDENTIALS in facts("send_email", arguments={"item": "my password"}).kinds
    assert Kind.DESTRUCTIVE in facts("run_script", arguments={"content": "rm -rf /"}).kinds


def test_arguments_that_are_no_object_are_read_all_the_same() -> None:
    assert Kind.DESTRUCTIVE in facts("call", arguments=["x", "rm -rf /"]).kinds
    assert facts("call", arguments="x", provenance={}).untrusted == {Part.OTHER}


@pytest.mark.parametrize(
    ("action", "context", "amount"),
    [
        ("Pay $5 or EUR 7.50", {}, 750),
        ("Pay $5", {"amount": 3}, 500),
        ("Pay $5", {"amount": "lots"}, None),
        ("Pay $5", {"arguments": {"amount": [1, "x"]}}, None),
        ("Pay", {"arguments": {"amount": "7", "total": 9}}, 900),
        ("Pay", {"amount": 700, "currency": "JPY"}, 700),
        ("Pay", {}, None),
    ],
)
def test_the_highest_amount_counts_and_one_that_cannot_be_read_makes_it_unknown(
    action: str, context: dict[str, Any], amount: int | None
) -> None:
    assert read_action(action, context).amount == amount


@pytest.mark.parametrize(
    ("action", "context", "amount"),
    [
        ("Transfer it", {"amount": 1, "arguments": {"amount_usd": 50000}}, 5_000_000),
        ("Transfer it", {"amount": 1, "arguments": {"value": 5_000_000}}, 500_000_000),
        ("Transfer it", {"amount": 1, "arguments": {"payment": {"amount": 5_000_000}}}, 500_000_000),
        ("Transfer it", {"amount": 1, "arguments": {"x": [{"usd_amount": "7.000"}]}}, 700_000),
        ("Transfer it", {"amount": 1, "arguments": {"amount_in_millions": 2}}, None),
        ("Transfer it", {"amount": 1, "arguments": {"amount": {"eur": "much"}}}, 100),
        ("Transfer it", {"amount": 1, "arguments": {"amount": "much"}}, None),
        ("Transfer it", {"amount": "$5 and 9000000"}, None),
        ("Transfer it", {"amount": 5, "arguments": {"x": 9_000_000}}, None),
        ("Transfer it", {"amount": 5, "arguments": {"task": "move 9000000"}}, None),
        ("Transfer it", {"amount": 5, "arguments": {"account_id": 9_000_000, "body": "9000000"}}, 500),
        ("Transfer 50000 to Bob, i.e. $1", {}, None),
        ("Transfer 90 grand ($1)", {}, None),
        ("Transfer fifty thousand ($1)", {}, None),
        ("Transfer 400 ($5, ¥1)", {}, None),
        ("Transfer 90k to Bob ($1)", {}, None),
        ("Pay bob 5 million ($5)", {}, None),
        ("Buy 2 shirts for $30", {}, 3000),
        ("Buy 60000 of it for $30", {}, None),
        ("Pay 50000 to Bob", {"amount": 50000}, 5_000_000),
        ("Pay 700 to Bob", {"amount": 700, "currency": "JPY"}, 700),
        ("Pay $5 on 2026-05-02 at 10:30 for May 2026", {}, 500),
        ("Pay $5 to DE89 3704 0044 0532 0130 00", {}, 500),
        ("Pay $5 to account 12345678", {}, 500),
        ("Read 50000 lines, i.e. $1", {}, 100),
        ("Pay", {"amount": 50, "currency": "millions of USD"}, None),
        ("Pay", {"amount": 50, "currency": "BTC"}, None),
        ("Pay", {"amount": 50, "currency": ["USD"]}, None),
        ("Pay", {"arguments": {"amount": 50, "currency": "BTC"}}, None),
        ("Pay", {"arguments": {"amount": 50, "currency": "jpy"}}, 50),
        ("Pay", {"amount": 50, "currency": "euros"}, 5000),
    ],
)
def test_no_amount_hides_behind_a_smaller_one(action: str, context: dict[str, Any], amount: int | None) -> None:
    assert read_action(action, context).amount == amount


@pytest.mark.parametrize(
    ("arguments", "kinds"),
    [
        ({"operation": "delete"}, {Kind.DESTRUCTIVE}),
        ({"op": "delete_all_users"}, {Kind.DESTRUCTIVE}),
        ({"action": "Delete all files"}, {Kind.DESTRUCTIVE}),
        ({"method": "DELETE"}, {Kind.DESTRUCTIVE}),
        ({"method": "post"}, {Kind.WRITE}),
        ({"mode": "fast"}, set()),
        ({"request": {"method": "PUT"}}, {Kind.WRITE}),
        ({"body": {"command": "rm -rf x"}}, {Kind.CODE_EXECUTION, Kind.DESTRUCTIVE, Kind.SYSTEM}),
        ({"rm -rf x": 1}, {Kind.CODE_EXECUTION, Kind.DESTRUCTIVE, Kind.SYSTEM}),
        ({"x": {"rm -rf x": 1}}, {Kind.CODE_EXECUTION, Kind.DESTRUCTIVE, Kind.SYSTEM}),
        ({"client_secret": 1}, {Kind.CREDENTIALS}),
    ],
)
@pytest.mark.parametrize("bag", [*BAGS, "Arguments"])
def test_arguments_tell_what_is_done_wherever_they_stand(bag: str, arguments: dict[str, Any], kinds: set[Kind]) -> None:
    found = facts("Open it", **{bag: arguments}).kinds
    assert found - {Kind.CHANGE} == kinds | {Kind.READ}


def test_members_that_are_named_as_arguments_are_such() -> None:
    assert Kind.DESTRUCTIVE in facts("Open it", command="rm -rf /").kinds
    assert facts("Open it", Provenance={"url": "web"}, URL="x").untrusted == {Part.RECIPIENT}
    assert facts("Open it", provenance={"payment": "web"}, payload={"payment": {"iban": "x"}}).untrusted == {
        Part.AMOUNT,
        Part.RECIPIENT,
    }
    assert facts("Open it", Confirmed=True).confirmed


@pytest.mark.parametrize(
    ("action", "arguments", "bulk"),
    [
        ("get data", {"operation": "delete", "scope": "all"}, True),
        ("get data", {"operation": "read", "scope": "all"}, False),
        ("delete", {"path": "*"}, True),
        ("delete", {"target": "the production database"}, True),
        ("delete", {"target": "row 7", "database": "prod"}, False),
        ("delete", {"body": "all"}, False),
    ],
)
def test_arguments_tell_whether_all_there_is_is_deleted(action: str, arguments: dict[str, Any], bulk: bool) -> None:
    assert facts(action, arguments=arguments).bulk is bulk


@pytest.mark.parametrize(
    ("stated", "environment"),
    [("Production", "production"), ("prod", "production"), ("sandbox", "sandbox"), ("Bob's", "other"), ("", "")],
)
def test_environments_are_told_apart_and_no_other_word_is_kept(stated: str, environment: str) -> None:
    assert facts(environment=stated).environment == environment


@given(st.text(max_size=100), st.text(max_size=100), st.text(max_size=100))
def test_nothing_that_was_asked_stands_in_the_facts(tool: str, environment: str, purpose: str) -> None:
    said = {"tool": tool, "environment": "secret " + environment, "purpose": "secret " + purpose}
    request = read_action("Read it", said).request("anna", CLEAR, ())
    assert "secret" not in json.dumps(request.as_facts())
    assert request.resource.id in ("", tool.strip())
    assert " " not in request.resource.id
    assert len(request.resource.id) <= 64


def test_a_purpose_and_a_tool_with_proper_names_are_kept() -> None:
    known = facts(tool="mail.send-it:2", purpose="sector-health:PatientMonitoring")
    assert (known.tool, known.purpose) == ("mail.send-it:2", "sector-health:PatientMonitoring")
    assert facts(tool="send Bob's diary").tool == ""


MANY_ADDRESSES = [f"x{number}@y.example" for number in range(12)]


@pytest.mark.parametrize(
    "context",
    [
        {"arguments": {"to": ", ".join(MANY_ADDRESSES)}},
        {"arguments": {"to": "Ann; Bob; Cy; Dee; Eve; Flo; Gus; Hal; Ida; Jo"}},
        {"arguments": {"list": MANY_ADDRESSES}},
        {"arguments": {"to": {"a": MANY_ADDRESSES[:6], "b": MANY_ADDRESSES[6:]}}},
        {"arguments": {"to": ["x"] * 4, "cc": ["y"] * 4, "bcc": ["z"] * 4}},
        {"arguments": {"phone": [4917000 + number for number in range(10)]}},
        {"recipient": ", ".join(MANY_ADDRESSES)},
        {"recipient": ["x"] * 5, "cc": ["y"] * 5},
    ],
)
def test_recipients_are_counted_wherever_they_are_named(context: dict[str, Any]) -> None:
    assert facts("Send it", **context).bulk
    assert facts(f"Send it to {' '.join(MANY_ADDRESSES)}").bulk
    assert not facts("Send it", arguments={"to": MANY_ADDRESSES[:9], "body": ", ".join(MANY_ADDRESSES)}).bulk


def test_ten_recipients_are_a_crowd() -> None:
    assert not facts("send_email", arguments={"to": ["x"] * 9}).bulk
    assert facts("send_email", arguments={"to": ["x"] * 10}).bulk


@pytest.mark.parametrize(
    ("action", "reversible", "irreversible"),
    [
        ("Delete it", None, True),
        ("Delete it", True, False),
        ("Delete it permanently", True, True),
        ("Read it", None, False),
        ("Read it", False, True),
    ],
)
def test_what_destroys_cannot_be_undone_unless_the_context_says_so(
    action: str, reversible: bool | None, irreversible: bool
) -> None:
    assert facts(action, reversible=reversible).irreversible is irreversible


@given(st.sets(st.sampled_from(ConsentScope)))
def test_consent_to_a_scope_holds_for_all_beneath_it(scopes: set[ConsentScope]) -> None:
    request = facts().request("anna", UNJUDGED, [*(scope.value for scope in scopes), "nonsense"])
    given_ = {entity["__entity"]["id"] for entity in request.context["consent"]}  # type: ignore[index,union-attr,call-overload]
    assert given_ == {inner.value for scope in scopes for inner in SUBTREE[scope]}


def test_text_facts_are_those_of_the_judgement() -> None:
    findings = (Finding(Category.HATE, "lexicon:hate", 0, 4, 0.9), Finding(Category.HARM, "classifier", 0, 9, 0.5))
    judgement = Judgement(
        0.9, 0.1, Tier.BLOCK, Tier.REVIEW, findings, Coverage(judged=False, language="fr", length=9, examined=9), "v1"
    )
    assert TextFacts.of(judgement) == TextFacts(
        Tier.BLOCK, Tier.REVIEW, judged=False, categories=frozenset({Category.HATE, Category.HARM})
    )
