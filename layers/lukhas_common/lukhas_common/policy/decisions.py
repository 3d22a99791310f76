"""Decisions by the policies that this package ships."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from lukhas_common.policy.cedar import PolicyEngine
from lukhas_common.policy.model import Facts
from lukhas_common.policy.requests import PolicyError, PolicyRequest


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision with all that it rests on; log it, and ``replay`` comes to the same.

    Attributes:
        policies: the ids of the policies that decided, sorted; none where nothing permits it.
        errors: the ids of policies that could not be evaluated. Then nothing is allowed: raise an alarm.
        facts: what the policies were asked, as canonical JSON has it. It names caller and subject.
        version: of the policies.
    """

    allowed: bool
    policies: tuple[str, ...]
    errors: tuple[str, ...]
    facts: Mapping[str, Any]
    version: str


@lru_cache(maxsize=1)
def shipped() -> PolicyEngine:
    """The engine of policies.cedar and schema.cedarschema, read once.

    Raises:
        PolicyError: they cannot be read. That is not remembered: the next call tries again.
    """
    folder = resources.files(__package__)
    try:
        policies = (folder / "policies.cedar").read_text(encoding="utf-8")
        schema = (folder / "schema.cedarschema").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError("policies.cedar or schema.cedarschema is not in the package: build it again") from error
    return PolicyEngine(policies, schema)


def decide(facts: Facts) -> Verdict:
    """Whether the shipped policies allow this.

    Raises:
        PolicyError: the facts or the policies cannot be read; deny.
    """
    return _verdict(facts.request())


def replay(facts: Mapping[str, Any], version: str) -> Verdict:
    """The decision on a verdict's facts, once more.

    Raises:
        PolicyError: it was made by other policies than these, or these are no facts of a verdict.
    """
    if version != shipped().version:
        raise PolicyError(f"decided by policies {version}; these are {shipped().version}: replay with those")
    return _verdict(PolicyRequest.from_facts(facts))


def _verdict(request: PolicyRequest) -> Verdict:
    decision = shipped().decide(request)
    return Verdict(decision.allowed, decision.reasons, decision.errors, request.as_facts(), decision.version)
