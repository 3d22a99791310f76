"""Cedar in this process: policies that were read and checked once, and decisions that say why."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import cedarpy

from lukhas_common.policy.requests import PolicyError, PolicyRequest

UNFIT = "the request does not fit the schema"
"""Stands among a decision's errors where Cedar could not judge the request at all."""

_ERRING = re.compile(r"error while evaluating policy `([^`]*)`")


@dataclass(frozen=True, slots=True)
class PolicyDecision:
    """What came of a request.

    Attributes:
        allowed: whether it may be done: Cedar allows it, and every policy could be evaluated.
        reasons: the ``@id`` of each policy that decided, sorted; none where nothing permits it.
        errors: the ``@id`` of each policy that could not be evaluated, sorted, or UNFIT; raise an alarm.
        version: names the policies and the schema that decided.
        cedar: Cedar's own word: Allow, Deny or NoDecision. It skips policies that err, so it may allow where a
            forbid could not be read.
        detail: the errors in Cedar's words. They may repeat facts: not for logs.
    """

    allowed: bool
    reasons: tuple[str, ...]
    errors: tuple[str, ...]
    version: str
    cedar: str
    detail: tuple[str, ...] = field(default=(), compare=False, repr=False)


class PolicyEngine:
    """Decides by one set of policies, all of which fit the schema. It holds no state and may be shared by threads.

    Args:
        policies: Cedar policies, each with an ``@id`` of its own, none a template.
        schema: a schema in Cedar's syntax; every request must fit it, too.
        named: False takes policies without ``@id``; they go by their position, as policy0.
        validated: False takes policies that do not fit the schema, to learn what Cedar makes of them.

    Raises:
        PolicyError: these are no such policies.
    """

    def __init__(self, policies: str, schema: str, *, named: bool = True, validated: bool = True) -> None:
        try:
            self._schema = cedarpy.Schema.from_str(schema)
            self._policies = cedarpy.PolicySet.from_str(policies)
            self._no_entities = cedarpy.Entities.from_json_str("[]", self._schema)
            invalid = cedarpy.validate_policies(policies, self._schema).errors if validated else []
            self._written = json.loads(cedarpy.policies_to_json_str(policies))
            self._ids = _ids(self._written) if named else {}
        except ValueError as error:
            raise PolicyError(f"the policies or their schema cannot be read: {error}") from error
        except RecursionError:
            raise PolicyError("the policies are nested too deeply: take them apart") from None
        if invalid:
            raise PolicyError(f"policies do not fit the schema: {'; '.join(map(str, invalid))}")
        self.version = hashlib.sha256(json.dumps([policies, schema]).encode()).hexdigest()[:16]
        self._text = schema

    @property
    def ids(self) -> tuple[str, ...]:
        """The ``@id`` of each policy, in the order in which they are written."""
        return tuple(self._ids.values())

    @property
    def annotations(self) -> dict[str, dict[str, str]]:
        """What is written before each policy as ``@name("value")``, by its ``@id``."""
        policies = self._written["staticPolicies"]
        return {given: policies[position].get("annotations", {}) for position, given in self._ids.items()}

    @property
    def effects(self) -> dict[str, str]:
        """Whether each policy permits or forbids, by its ``@id``."""
        return {given: self._written["staticPolicies"][position]["effect"] for position, given in self._ids.items()}

    def without(self, ids: Collection[str]) -> PolicyEngine:
        """An engine with the same policies but those of these ids."""
        kept = {name: text for name, text in self._written["staticPolicies"].items() if self._ids[name] not in ids}
        policies = cedarpy.policies_from_json_str(json.dumps({**self._written, "staticPolicies": kept}))
        return PolicyEngine(policies, self._text)

    def decide(self, request: PolicyRequest) -> PolicyDecision:
        """Whether this may be done, and by which policies.

        Raises:
            PolicyError: the request holds what Cedar cannot judge, as None or a float.
        """
        facts = request.as_facts()
        entities = facts.pop("entities")
        answer = cedarpy.is_authorized(facts, self._policies, entities or self._no_entities, self._schema)
        detail = tuple(answer.diagnostics.errors)
        errors = {self._id(match[1]) if (match := _ERRING.match(text)) else UNFIT for text in detail}
        return PolicyDecision(
            allowed=answer.decision is cedarpy.Decision.Allow and not errors,
            reasons=tuple(sorted(map(self._id, answer.diagnostics.reasons))),
            errors=tuple(sorted(errors)),
            version=self.version,
            cedar=answer.decision.value,
            detail=detail,
        )

    def undecided(self, request: PolicyRequest, unknown: Collection[str]) -> frozenset[str] | None:
        """On which of these attributes of the context the decision hangs if none of them is known.

        By Cedar's partial evaluation, which is experimental: a hint where to look, never a decision.

        Args:
            unknown: names of attributes, or ``record.name`` for one within a record.

        Returns:
            None where Cedar cannot tell. Nothing where the rest of the facts decides alone.

        Raises:
            PolicyError: the request holds what Cedar cannot judge.
        """
        facts = request.as_facts()
        uids = {role: _uid(facts[role]) for role in ("principal", "action", "resource")}
        context = _with_unknowns(facts["context"], unknown)
        try:
            answer = cedarpy.is_authorized_partial({**uids, "context": context}, self._policies, facts["entities"])
        except (TypeError, ValueError):
            return None
        if answer.diagnostics.errors:
            return None
        if answer.decision in (cedarpy.Decision.Allow, cedarpy.Decision.Deny):
            return frozenset()
        open_ones = [answer.residuals[policy] for policy in answer.diagnostics.nontrivial_residuals]
        return frozenset(_unknowns(open_ones))

    def _id(self, position: str) -> str:
        return self._ids.get(position, position)


def _ids(written: Mapping[str, Any]) -> dict[str, str]:
    """The ``@id`` of each policy under the name that Cedar gives it for its position."""
    if written["templates"]:
        raise PolicyError("a template permits and forbids nothing: write it out as a policy")
    ids = {name: policy.get("annotations", {}).get("id") for name, policy in written["staticPolicies"].items()}
    if not all(ids.values()):
        raise PolicyError(f"no @id at {', '.join(name for name, given in ids.items() if not given)}: give each one")
    if len(set(ids.values())) < len(ids):
        raise PolicyError("two policies have one @id: give each its own")
    return ids


def _uid(facts: Mapping[str, str]) -> str:
    escaped = facts["id"].replace("\\", "\\\\").replace('"', '\\"')
    return f'{facts["type"]}::"{escaped}"'


def _with_unknowns(context: Mapping[str, Any], unknown: Collection[str]) -> dict[str, Any]:
    changed = dict(context)
    for name in unknown:
        value = {"__extn": {"fn": "unknown", "arg": name}}
        record, _, attribute = name.partition(".")
        changed[record] = {**changed[record], attribute: value} if attribute else value
    return changed


def _unknowns(residuals: list[Any]) -> Iterator[str]:
    """The names of what is unknown in what Cedar leaves of its policies."""
    waiting = list(residuals)
    while waiting:
        node = waiting.pop()
        if isinstance(node, Mapping):
            for name, value in node.items():
                if name == "unknown":
                    yield str(value[0]["Value"])
                else:
                    waiting.append(value)
        elif isinstance(node, list):
            waiting.extend(node)
