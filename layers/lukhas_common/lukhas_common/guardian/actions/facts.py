"""An action as facts that policies can judge."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from lukhas_common.consent.vocabulary import SUBTREE, ConsentScope
from lukhas_common.guardian.actions.arguments import NAME_LENGTH, Argument, Leaf, addresses_in, checked
from lukhas_common.guardian.actions.context import ACTION_LENGTH, Context, User, read_context
from lukhas_common.guardian.actions.intents import intents_of
from lukhas_common.guardian.actions.kinds import SUBJECTS, ActionError, Intent, Kind, Part
from lukhas_common.guardian.actions.money import minor_units, sums_in
from lukhas_common.guardian.actions.reading import (
    Reading,
    complete,
    names_system,
    read_code,
    read_instruction,
    read_subject,
)
from lukhas_common.guardian.actions.tables import split
from lukhas_common.guardian.actions.text_facts import TextFacts
from lukhas_common.guardian.actions.words import words
from lukhas_common.policy.requests import EntityUid, PolicyRequest, Value

__all__ = ["ActionError", "ActionFacts", "read_action"]

MANY = 10
"""From so many recipients on a message goes to all and sundry."""

_FINAL = frozenset({Kind.DESTRUCTIVE, Kind.FINANCIAL, Kind.COMMITMENT})
"""What cannot be undone unless the context says that it can."""


_PAYS = frozenset({Kind.FINANCIAL, Kind.PURCHASE})
_NAME = re.compile(r"[\w.:-]{1,64}", re.ASCII)
"""Of a tool. What is longer or has spaces may be anything that was asked, and is not kept."""

_MONEY = frozenset({"amount", "price", "sum", "total"})
_NO_SUMS = frozenset(
    split("""
        id, ids, ms, seconds, minutes, hours, days, timeout, year, month, day, date, time, page, size, version,
        timestamp, zip, postcode, number, no, code, retries, expires, index, port
    """)
)
"""Names of numbers that are no amounts."""

_WHOLE = frozenset({"target", "resource", "object"})
_WILD = frozenset({"*", "/", "/*", "**", "*.*", "%"})
_HTTP_NAMES = frozenset({"method", "http_method", "httpmethod", "verb"})
_HTTP = {
    "GET": Kind.READ,
    "HEAD": Kind.READ,
    "OPTIONS": Kind.READ,
    "POST": Kind.WRITE,
    "PUT": Kind.WRITE,
    "PATCH": Kind.WRITE,
    "DELETE": Kind.DESTRUCTIVE,
}


@dataclass(frozen=True, slots=True)
class ActionFacts:
    """What is to be done, under which circumstances. What is not known is the fact that permits least.

    Attributes:
        tool: that is called, empty where none was named or what was named is no name.
        amount: the highest that is named, in the currency's smallest unit; None where none can be told.
        irreversible: it cannot be undone.
        confirmed: the person was shown exactly this action and agreed to it.
        untrusted: the parts of the action that come from tool output, the web or another source that is not the
            person.
        internal: whoever receives something is the person or of their own organisation.
        bulk: it takes in all there is of something, or goes to MANY and more.
        needs: the scopes of consent that cover the personal data which it names.
        environment: as ``production``, ``test`` or ``sandbox``; ``other`` for any other, empty where unknown.
        purpose: a W3C DPV term, ``other`` for what is none, empty where none was named.
        unclear: part of it is in words that are not understood, and may be an order.
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
    unclear: bool = False

    @property
    def recognised(self) -> bool:
        """Whether an effect could be told, and nothing beside it was left out."""
        return bool(self.kinds - SUBJECTS) and not self.unclear

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
        tool=known.tool if _NAME.fullmatch(known.tool) else "",
        kinds=kinds,
        intents=intents_of(said, known.domain, known.subdomain),
        amount=_amount(action, known, kinds),
        irreversible=_irreversible(kinds, reading, known),
        confirmed=known.confirmed,
        untrusted=known.untrusted,
        internal=known.internal,
        bulk=_bulk(action, reading, known),
        needs=reading.needs,
        environment=known.environment,
        purpose=known.purpose,
        user=known.user,
        unclear=reading.unclear,
    )


def _of_argument(argument: Argument) -> Reading:
    """Content is no instruction: what it says is for those to judge who judge text."""
    reading = Reading(frozenset({Kind.CREDENTIALS}) if argument.part is Part.CREDENTIAL else frozenset())
    if argument.part is not Part.RECIPIENT:
        for name in argument.names:
            reading |= read_code(name) | replace(read_subject(name), everything=False)
    for leaf in argument.leaves:
        if isinstance(leaf.value, str) and leaf.part is not Part.CONTENT:
            reading |= _of_text(leaf, leaf.value)
    return reading


def _of_text(leaf: Leaf, text: str) -> Reading:
    reading = read_code(text) | read_subject(text)
    if text.strip() in _WILD:
        reading |= Reading(everything=True)
    if leaf.part is not Part.INSTRUCTION:
        return reading
    if leaf.name.casefold() in _HTTP_NAMES and text.strip().upper() in _HTTP:
        return reading | Reading(frozenset({_HTTP[text.strip().upper()]}))
    return reading | read_instruction(text)


def _irreversible(kinds: frozenset[Kind], reading: Reading, known: Context) -> bool:
    if reading.forever or known.reversible is False:
        return True
    return known.reversible is None and not _FINAL.isdisjoint(kinds)


def _bulk(action: str, reading: Reading, known: Context) -> bool:
    """All there is of something, a whole system that is destroyed, or a crowd that is written to."""
    if reading.bulk or known.recipients >= MANY or addresses_in(action) >= MANY:
        return True
    return Kind.DESTRUCTIVE in reading.kinds and (
        any(_everything(leaf) for argument in known.arguments for leaf in argument.leaves)
    )


def _everything(leaf: Leaf) -> bool:
    if not isinstance(leaf.value, str) or leaf.part is Part.CONTENT:
        return False
    whole = leaf.name.casefold() in _WHOLE and names_system(leaf.value)
    return whole or leaf.value.strip() in _WILD or read_subject(leaf.value).everything


def _amount(action: str, known: Context, kinds: frozenset[Kind]) -> int | None:
    """The highest amount that is named anywhere; one that is stated but cannot be read makes it unknown."""
    if known.currency is None:
        return None
    leaves = [leaf for argument in known.arguments for leaf in argument.leaves]
    stated: list[object] = [] if known.amount is None else [known.amount]
    stated += [leaf.value for leaf in leaves if leaf.money and _states(leaf)]
    read = [minor_units(value, known.currency) for value in stated]
    amounts = [amount for amount in read if amount is not None]
    if len(amounts) < len(read) or any(_counts(leaf.name) for leaf in leaves if leaf.money):
        return None
    said = sums_in(action)
    highest = max([*amounts, *said.amounts], default=None)
    if highest is not None and not _PAYS.isdisjoint(kinds):
        others = (sums_in(str(leaf.value)) for leaf in leaves if not leaf.money and _may_hide(leaf))
        if said.hide(highest, known.currency) or any(other.hide(highest, known.currency) for other in others):
            return None
    return highest


def _counts(name: str) -> bool:
    """Whether an argument is in thousands or the like by its name."""
    return sums_in(" ".join(words(name[:NAME_LENGTH]))).hide(None)


def _states(leaf: Leaf) -> bool:
    """Under a name that means money alone, whatever stands there; under others, such as a value, what has digits."""
    if not isinstance(leaf.value, str) or leaf.name.casefold() in _MONEY:
        return True
    return "currency" not in leaf.name.casefold() and any(map(str.isdigit, leaf.value))


def _may_hide(leaf: Leaf) -> bool:
    return leaf.part in (Part.OTHER, Part.INSTRUCTION) and _NO_SUMS.isdisjoint(words(leaf.name[:NAME_LENGTH])[-1:])


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
