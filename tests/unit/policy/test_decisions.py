"""Decisions by the shipped policies: loaded once, and the same when they are made again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given

from lukhas_common.policy.cedar import PolicyEngine
from lukhas_common.policy.decisions import decide, replay, shipped
from lukhas_common.policy.model import Facts, Permission, Role
from lukhas_common.policy.requests import PolicyError
from tests.unit.policy.rules import SCHEMA, TEXT, facts

OWN = Facts(role=Role.USER, caller_id="a", subject_id="a", permission=Permission.READ_DATA, now=9, first_hand=True)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package whose data files are these, until the test ends."""
    monkeypatch.setattr(resources, "files", lambda name: tmp_path)
    (tmp_path / "policies.cedar").write_text(TEXT)
    (tmp_path / "schema.cedarschema").write_text(SCHEMA)
    shipped.cache_clear()
    yield tmp_path
    shipped.cache_clear()


@given(facts)
def test_a_logged_decision_comes_out_the_same_when_it_is_made_again(f: Facts) -> None:
    verdict = decide(f)
    logged = json.loads(rfc8785.dumps(dict(verdict.facts)))
    again = replay(logged, verdict.version)
    assert again == verdict
    assert rfc8785.dumps(dict(again.facts)) == rfc8785.dumps(dict(verdict.facts))


def test_a_verdict_tells_what_it_rests_on() -> None:
    verdict = decide(OWN)
    assert (verdict.allowed, verdict.policies, verdict.errors) == (True, ("person-own-rights",), ())
    assert verdict.version == shipped().version == PolicyEngine(TEXT, SCHEMA).version
    assert verdict.facts == {
        "principal": {"type": "Account", "id": "a"},
        "action": {"type": "Action", "id": "read_data"},
        "resource": {"type": "Account", "id": "a"},
        "context": {
            "consent": False,
            "first_hand": True,
            "has_dpa": False,
            "jurisdiction": "",
            "now": 9,
            "purpose": "",
            "role_until": 0,
            "sensitivity": {"__entity": {"type": "Sensitivity", "id": "special"}},
        },
        "entities": [{"uid": {"type": "Account", "id": "a"}, "attrs": {}, "parents": [{"type": "Role", "id": "user"}]}],
    }


def test_the_policies_are_read_once(package: Path) -> None:
    assert decide(OWN).allowed
    (package / "policies.cedar").unlink()
    assert decide(OWN).allowed
    assert shipped() is shipped()


@pytest.mark.parametrize("name", ["policies.cedar", "schema.cedarschema"])
@pytest.mark.parametrize("content", [None, b"\xff", b"not Cedar"])
def test_given_unreadable_policies_then_nothing_is_decided_until_they_are_mended(
    package: Path, name: str, content: bytes | None
) -> None:
    whole = (package / name).read_bytes()
    (package / name).unlink() if content is None else (package / name).write_bytes(content)
    for _ in range(2):
        with pytest.raises(PolicyError):
            decide(OWN)
        with pytest.raises(PolicyError):
            replay({}, "0" * 16)
    (package / name).write_bytes(whole)
    assert decide(OWN).allowed


def test_given_a_policy_that_errs_then_the_verdict_denies_and_says_so(package: Path) -> None:
    overflows = f'@id("overflows") forbid (principal, action, resource) when {{ context.now + {2**63 - 1} == 0 }};'
    (package / "policies.cedar").write_text(TEXT + overflows)
    verdict = decide(OWN)
    assert (verdict.allowed, verdict.errors) == (False, ("overflows",))
    assert replay(verdict.facts, verdict.version) == verdict


def test_a_decision_of_other_policies_is_not_replayed(package: Path) -> None:
    verdict = decide(OWN)
    (package / "policies.cedar").write_text(TEXT + "\n")
    shipped.cache_clear()
    with pytest.raises(PolicyError, match=verdict.version):
        replay(verdict.facts, verdict.version)


@pytest.mark.parametrize("damaged", [{}, {"principal": "a"}, {"more": 1}])
def test_facts_of_no_verdict_are_not_replayed(damaged: dict[str, Any]) -> None:
    verdict = decide(OWN)
    with pytest.raises(PolicyError):
        replay({**verdict.facts, **damaged} if damaged else damaged, verdict.version)
