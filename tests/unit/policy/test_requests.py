"""What may be put to Cedar, and that it survives being logged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.policy.requests import LONG, Entity, EntityUid, PolicyError, PolicyRequest

CALLER = EntityUid("Account", "caller")
UNJUDGEABLE: list[Any] = [None, 1.0, float("nan"), b"bytes", {"a", "b"}, object(), LONG, -LONG - 1, "\ud800", {7: 1}]

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
values = st.recursive(
    st.booleans() | st.integers(-LONG, LONG - 1) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
records = st.dictionaries(texts, values, max_size=3)
uids = st.builds(EntityUid, texts, texts)
entities = st.builds(Entity, uids, records, st.lists(uids, max_size=2).map(tuple), records)
requests = st.builds(PolicyRequest, uids, uids, uids, records, st.lists(entities, max_size=2).map(tuple))


class Colour(StrEnum):
    RED = "red"


def a_request(context: Mapping[str, Any] | None = None, *entities: Entity) -> PolicyRequest:
    return PolicyRequest(CALLER, EntityUid("Action", "read"), EntityUid("Account", "subject"), context or {}, entities)


@given(requests)
def test_a_request_survives_being_written_down_and_read_again(request_: PolicyRequest) -> None:
    facts = json.loads(json.dumps(request_.as_facts()))
    assert PolicyRequest.from_facts(facts) == request_
    assert PolicyRequest.from_facts(facts).as_facts() == facts == request_.as_facts()


@pytest.mark.parametrize("value", UNJUDGEABLE, ids=lambda value: type(value).__name__)
def test_what_cedar_cannot_judge_is_refused_wherever_it_stands(value: Any) -> None:
    for context in ({"a": value}, {"a": [1, value]}, {"a": {"b": {"c": value}}}):
        with pytest.raises(PolicyError):
            a_request(context).as_facts()
    with pytest.raises(PolicyError):
        a_request({}, Entity(CALLER, {"a": value})).as_facts()
    with pytest.raises(PolicyError):
        a_request({}, Entity(CALLER, tags={"a": value})).as_facts()


@pytest.mark.parametrize("value", [None, 7, "\ud800"], ids=repr)
def test_names_that_are_no_text_are_refused(value: Any) -> None:
    good, bad = EntityUid("Account", "7"), (EntityUid(value, "7"), EntityUid("Account", value))
    for uid in bad:
        for parts in ((uid, good, good), (good, uid, good), (good, good, uid)):
            with pytest.raises(PolicyError):
                PolicyRequest(*parts).as_facts()
        with pytest.raises(PolicyError):
            a_request({}, Entity(uid)).as_facts()
        with pytest.raises(PolicyError):
            a_request({}, Entity(good, parents=(uid,))).as_facts()


def test_a_refusal_does_not_repeat_the_value() -> None:
    with pytest.raises(PolicyError) as refused:
        a_request({"a": "secret\ud800"}).as_facts()
    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_facts_are_of_plain_types_and_of_the_moment_when_they_were_taken() -> None:
    record = {"colour": Colour.RED, "list": (Colour.RED, True)}
    facts = a_request(record).as_facts()
    record["colour"] = Colour("red").upper()
    assert facts["context"] == {"colour": "red", "list": ["red", True]}
    assert type(facts["context"]["colour"]) is str
    assert facts["context"]["list"][1] is True


@pytest.mark.parametrize(
    "damage",
    [
        lambda facts: facts.pop("principal"),
        lambda facts: facts.pop("context"),
        lambda facts: facts.pop("entities"),
        lambda facts: facts.update(more=1),
        lambda facts: facts.update(action="Action::x"),
        lambda facts: facts.update(context=None),
        lambda facts: facts.update(context=[]),
        lambda facts: facts.update(entities=None),
        lambda facts: facts["principal"].update(more=1),
        lambda facts: facts["context"].update(a=1.5),
        lambda facts: facts["entities"][0].pop("parents"),
        lambda facts: facts["entities"][0].update(more=1),
        lambda facts: facts["entities"][0].update(attrs=[]),
        lambda facts: facts["entities"][0].update(tags=[1]),
        lambda facts: facts["entities"].append("more"),
    ],
)
def test_facts_that_as_facts_did_not_make_are_refused(damage: Any) -> None:
    facts = a_request({"a": 1}, Entity(CALLER)).as_facts()
    assert PolicyRequest.from_facts(facts).as_facts() == facts
    damage(facts)
    with pytest.raises(PolicyError):
        PolicyRequest.from_facts(facts)
