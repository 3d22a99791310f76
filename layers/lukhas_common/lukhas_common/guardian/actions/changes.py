"""Facts of a request that the caller or the person can honestly change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lukhas_common.consent.vocabulary import SUBTREE, ConsentScope
from lukhas_common.guardian.actions.kinds import Kind, Part
from lukhas_common.policy.requests import PolicyRequest

_SENDS = {Kind.EXTERNAL_COMMUNICATION, Kind.PUBLICATION}
_TRIED = {Kind.CODE_EXECUTION, Kind.REMOTE_CODE, Kind.SYSTEM, Kind.RECORDS}
_TESTS = {"test", "development", "sandbox"}

_PARTS = {
    Part.RECIPIENT: "the recipient",
    Part.AMOUNT: "the amount",
    Part.CODE: "the code",
    Part.TARGET: "what it is done to",
    Part.CREDENTIAL: "the credential",
    Part.CONTENT: "the content",
    Part.INSTRUCTION: "the order itself",
    Part.OTHER: "the other arguments",
}

_ATTRIBUTES = {
    "provenance": "untrusted",
    "recipient_internal": "internal",
    "reversible": "irreversible",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that would have to be different.

    Attributes:
        fact: the key of the context that says it, such as ``confirmed`` or ``provenance.recipient``, or ``consent``.
        value: that it would need.
        sentence: what to do for it.
    """

    fact: str
    value: bool | int | str
    sentence: str

    def __str__(self) -> str:
        return self.sentence

    @property
    def attribute(self) -> str:
        """Of the request's context, that the policies see."""
        return _ATTRIBUTES.get(self.fact.partition(".")[0], self.fact)


def possible(request: PolicyRequest) -> list[Change]:
    """Each change that could be made, the hardest first. Age, health, place and what a text says are no such facts."""
    context: Mapping[str, Any] = request.context
    kinds = _named(context["kinds"])
    changes = []
    if context["user"].get("member") is not True:
        changes.append(Change("user.member", True, "Become a member."))
    if kinds & _TRIED and context["environment"] not in _TESTS:
        changes.append(Change("environment", "sandbox", "Do it in a sandbox or a test environment."))
    if kinds & _SENDS and not context["internal"]:
        changes.append(Change("recipient_internal", True, "Send it to yourself or within your organisation."))
    if context.get("amount") != 0:
        changes.append(with_amount(request, 0))
    for part in map(Part, sorted(_named(context["untrusted"]))):
        sentence = f"State {_PARTS[part]} yourself instead of taking it from a tool or the web."
        changes.append(Change(f"provenance.{part}", "user", sentence))
    for scope in map(ConsentScope, sorted(_named(context["needs"]) - _named(context["consent"]))):
        changes.append(Change("consent", scope.value, f"Consent to the scope {scope}."))
    if context["bulk"]:
        changes.append(Change("bulk", False, "Name the few things or people that it concerns, not all of them."))
    if context["irreversible"] and Kind.DESTRUCTIVE in kinds:
        changes.append(Change("reversible", True, "Make it reversible, as by a bin or an archive."))
    if not context["confirmed"]:
        changes.append(Change("confirmed", True, "Confirm exactly this action."))
    return changes


def with_amount(request: PolicyRequest, amount: int) -> Change:
    """Another amount, in the currency's smallest unit."""
    verb = "Lower the amount to" if "amount" in request.context else "State an amount of"
    return Change("amount", amount, f"{verb} at most {amount:,} in the smallest unit of its currency, such as cents.")


def applied(request: PolicyRequest, changes: Sequence[Change]) -> PolicyRequest:
    """The request after these changes."""
    context: dict[str, Any] = dict(request.context)
    for change in changes:
        match change.fact.split("."):
            case ["user", name]:
                context["user"] = {**context["user"], name: change.value}
            case ["provenance", part]:
                context["untrusted"] = [one for one in context["untrusted"] if _name(one) != part]
            case ["consent"]:
                given = _named(context["consent"]) | set(SUBTREE[ConsentScope(str(change.value))])
                context["consent"] = [{"__entity": {"type": "Scope", "id": str(scope)}} for scope in sorted(given)]
            case ["reversible"]:
                context["irreversible"] = not change.value
            case _:
                context[change.attribute] = change.value
    return replace(request, context=context)


def _name(entity: Mapping[str, Any]) -> str:
    return str(entity["__entity"]["id"])


def _named(entities: Sequence[Mapping[str, Any]]) -> set[str]:
    return set(map(_name, entities))
