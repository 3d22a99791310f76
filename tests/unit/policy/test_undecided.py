"""On which facts a decision hangs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cedarpy
import pytest

from lukhas_common.policy.cedar import PolicyEngine
from lukhas_common.policy.requests import EntityUid, PolicyError, PolicyRequest

SCHEMA = """
entity Account;
type Person = { age?: Long, member?: Bool };
action read appliesTo {
  principal: Account, resource: Account, context: { ok: Bool, count: Long, who: Person }
};
"""
ENGINE = PolicyEngine(
    """
    @id("all") @name("Everything") permit (principal, action, resource);
    @id("ok") forbid (principal, action, resource) unless { context.ok };
    @id("many") forbid (principal, action, resource) when { context.who has member && context.count > 5 };
    @id("young") forbid (principal, action, resource) when { context.who has age && context.who.age < 18 };
    """,
    SCHEMA,
)
FINE = {"ok": True, "count": 0, "who": {"member": True}}


def undecided(context: Mapping[str, Any], *unknown: str, caller: str = "a") -> frozenset[str] | None:
    read, account = EntityUid("Action", "read"), EntityUid("Account", caller)
    return ENGINE.undecided(PolicyRequest(account, read, account, context), unknown)


def test_a_decision_hangs_on_the_facts_that_policies_ask_for() -> None:
    assert undecided({**FINE, "ok": False}, "ok", "count") == frozenset({"ok", "count"})
    assert undecided({**FINE, "who": {}}, "ok", "count") == frozenset({"ok"})
    assert undecided(FINE) == frozenset()


def test_a_fact_within_a_record_may_be_unknown_alone() -> None:
    young = {**FINE, "who": {"age": 17, "member": True}}
    assert undecided(young, "ok", "who.member") == frozenset()
    assert undecided(young, "ok", "who.age") == frozenset({"ok", "who.age"})


@pytest.mark.parametrize("caller", ["", 'a"b', "a\\b", "\u00e9\u4e2d\U0001f600"])
def test_whoever_calls_is_understood(caller: str) -> None:
    assert undecided(FINE, "ok", caller=caller) == frozenset({"ok"})


def test_where_cedar_cannot_tell_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert undecided({**FINE, "count": "many"}, "ok") is None
    monkeypatch.setattr(cedarpy, "is_authorized_partial", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        undecided(FINE, "ok")

    def refused(*_: object) -> None:
        raise ValueError("not of this kind")

    monkeypatch.setattr(cedarpy, "is_authorized_partial", refused)
    assert undecided(FINE, "ok") is None


def test_what_cedar_cannot_judge_never_reaches_it() -> None:
    with pytest.raises(PolicyError):
        undecided({"ok": None}, "ok")
