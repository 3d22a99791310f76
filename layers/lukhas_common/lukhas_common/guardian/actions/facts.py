"""An action as facts that policies can judge."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from lukhas_common.consent.vocabulary import SUBTREE, ConsentScope
from lukhas_common.guardian.actions.context import (
    ACTION_LENGTH,
    Argument,
    Context,
    User,
    checked,
    read_context,
)
from lukhas_common.guardian.actions.intents import intents_of
from lukhas_common.guardian.actions.kinds import SUBJECTS, ActionError, Intent, Kind, Part
from lukhas_common.guardian.actions.money import amounts_in, minor_units
from lukhas_common.guardian.actions.reading import Reading, complete, read_code, read_instruction, read_subject
from lukhas_common.guardian.actions.text_facts import TextFacts
from lukhas_common.guardian.actions.words import words
from lukhas_common.policy.requests import EntityUid, PolicyRequest, Value

__all__ = ["ActionError", "ActionFacts", "read_action"]

MANY = 10
"""From so many recipients on a message goes to all and sundry."""

_FINAL = frozenset({Kind.DESTRUCTIVE, Kind.FINANCIAL, Kind.COMMITMENT})
"""What cannot be undone unless the context says that it can."""


@dataclass(frozen=True, slots=True)
class ActionFacts:
    """What is to be done, under which circumstances. What is not known is the fact that permits least.

    Attributes:
        tool: that is called, empty where none was named.
        amount: the highest that is named, in the currency's smallest unit; None where none can be told.
        irreversible: it cannot be undone.
        confirmed: the person was shown exactly this action and agreed to it.
        untrusted: the parts of the action that come from tool output, the web or another source that is not the
            person.
        internal: whoever receives something is the person or of their own organisation.
        bulk: it takes in all there is of something, or goes to MANY and more.
        needs: the scopes of consent that cover the personal data which it names.
        environment: as ``production``, ``test`` or ``sandbox``; empty where unknown.
        purpose: a W3C DPV term, empty where none was named.
    """

    tool: str = ""
    kinds: frozenset[Kind] = frozenset()
    intents: frozenset[Intent] = frozenset()
    amount: int | None = None
    irreversible: bool = False
    confirmed: bool = False
    untrusted: frozenset[Part] = frozenset()
    internal: bool = False
    bulk: bool = False
    needs: frozenset[ConsentScope] = frozenset()
    environment: str = ""
    purpose: str = ""
    user: User = field(default_factory=User)

    @property
    def recognised(self) -> bool:
        """Whether any effect could be told."""
        return bool(self.kinds - SUBJECTS)

    def request(self, person: str, text: TextFacts, consent: Collection[str]) -> PolicyRequest:
        """The question to Cedar.

        Args:
            person: the account for whom it is done.
            consent: the scopes to which that person consented; each holds those beneath it. Unknown ones count for
                nothing.
        """
        given = {inner for scope in ConsentScope if scope.value in consent for inner in SUBTREE[scope]}
        context: dict[str, Value] = {
            "kinds": _entities("Kind", self.kinds),
            "intents": _entities("Intent", self.intents),
            "untrusted": _entities("Part", self.untrusted),
            "needs": _entities("Scope", self.needs),
            "consent": _entities("Scope", given),
            "recognised": self.recognised,
            "irreversible": self.irreversible,
            "confirmed": self.confirmed,
            "internal": self.internal,
            "bulk": self.bulk,
            "environment": self.environment,
            "purpose": self.purpose,
            "user": _known(self.user),
            "text": {
                "harm": _entity("Tier", text.harm),
                "injection": _entity("Tier", text.injection),
                "judged": text.judged,
                "categories": _entities("Category", text.categories),
            },
        }
        if self.amount is not None:
            context["amount"] = self.amount
        return PolicyRequest(
            EntityUid("Person", person), EntityUid("Action", "perform"), EntityUid("Tool", self.tool), context
        )


def read_action(action: str, context: Mapping[str, Any]) -> ActionFacts:
    """What is to be done.

    Args:
        action: what is to be done, in English or as the name of a tool; may be empty where the context names one.
        context: a JSON object; docs/design/guardian-actions.md lists the keys that count.

    Raises:
        ActionError: it cannot be read.
    """
    if not isinstance(action, str):
        raise ActionError("an action is text: say in words what is to be done, or name the tool")
    checked(action, "the action", ACTION_LENGTH)
    known = read_context(context)
    if not action.strip() and not known.tool:
        raise ActionError("there is no action: say in words what is to be done, or name the tool")
    said = words(action)
    reading = read_instruction(action, said)
    if known.tool:
        reading |= read_instruction(known.tool)
    for argument in known.arguments:
        reading |= _of_argument(argument)
    if Kind.CODE_EXECUTION in reading.kinds:
        for argument in known.arguments:
            reading |= read_code("\n".join(argument.texts))
    kinds = complete(reading.kinds)
    return ActionFacts(
        tool=known.tool,
        kinds=kinds,
        intents=intents_of(said, known.domain, known.subdomain),
        amount=_amount(action, known),
        irreversible=_irreversible(kinds, reading, known),
        confirmed=known.confirmed,
        untrusted=known.untrusted,
        internal=known.internal,
        bulk=reading.bulk or _recipients(known) >= MANY,
        needs=reading.needs,
        environment=known.environment,
        purpose=known.purpose,
        user=known.user,
    )


def _of_argument(argument: Argument) -> Reading:
    """Content is no instruction: what it says is for those to judge who judge text."""
    if argument.part is Part.CONTENT:
        return Reading()
    reading = Reading(frozenset({Kind.CREDENTIALS}) if argument.part is Part.CREDENTIAL else frozenset())
    for text in argument.texts:
        reading |= read_code(text) | read_subject(text)
    return reading


def _irreversible(kinds: frozenset[Kind], reading: Reading, known: Context) -> bool:
    if reading.forever or known.reversible is False:
        return True
    return known.reversible is None and not _FINAL.isdisjoint(kinds)


def _recipients(known: Context) -> int:
    return max([known.recipients, *(one.items for one in known.arguments if one.part is Part.RECIPIENT)])


def _amount(action: str, known: Context) -> int | None:
    """The highest amount that is named anywhere; one that is stated but cannot be read makes it unknown."""
    stated: list[object] = [] if known.amount is None else [known.amount]
    for argument in known.arguments:
        if argument.name.casefold() in ("amount", "price", "sum", "total"):
            stated += [*argument.texts, *argument.numbers]
    read = [minor_units(value, known.currency) for value in stated]
    amounts = [amount for amount in read if amount is not None]
    if len(amounts) < len(read):
        return None
    return max([*amounts, *amounts_in(action)], default=None)


def _entity(kind: str, value: StrEnum) -> dict[str, Value]:
    return {"__entity": {"type": kind, "id": value.value}}


def _entities(kind: str, values: Iterable[StrEnum]) -> list[Value]:
    return [_entity(kind, value) for value in sorted(values)]


def _known(user: User) -> dict[str, Value]:
    """What is known of the person; the rest is left out, so a policy must ask whether it is there."""
    facts = {
        "age": user.age,
        "member": user.member,
        "licence": user.licence,
        "vaccinated": user.vaccinated,
        "domestic": user.domestic,
    }
    return {name: value for name, value in facts.items() if value is not None}
