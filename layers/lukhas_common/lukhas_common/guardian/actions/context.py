"""The documented part of a context, read within bounds. What has the wrong type counts as not known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lukhas_common.guardian.actions.arguments import NAME_LENGTH, VALUES, Argument, arguments_of, checked, part_of
from lukhas_common.guardian.actions.currencies import currency_of
from lukhas_common.guardian.actions.kinds import ActionError, Part
from lukhas_common.guardian.actions.tables import split

ACTION_LENGTH = 20_000

TRUSTED = frozenset({"user", "person", "operator", "system"})
"""Sources whose word counts as the person's. All others, known or not, are untrusted."""

ENVIRONMENTS = frozenset({"production", "staging", "test", "development", "sandbox"})
OTHER = "other"
"""For an environment or a purpose that is none of those that are told apart."""

_BAGS = frozenset({"arguments", "args", "kwargs", "params", "parameters", "input", "inputs", "payload", "tool_input"})
"""Members under which programs commonly pass the arguments of a tool."""

_OWN = frozenset(
    split("""
        tool, provenance, confirmed, reversible, recipient, recipient_internal, amount, currency, environment,
        purpose, domain, subdomain, user, user_info
    """)
)
"""Members with a meaning of their own."""

_ALIASES = {"prod": "production", "live": "production"}
_PURPOSE = re.compile("[a-z-]{2,20}:[A-Za-z]{2,60}")


@dataclass(frozen=True, slots=True)
class User:
    """Of the person for whom it is done; None where it is not known."""

    age: int | None = None
    member: bool | None = None
    licence: bool | None = None
    vaccinated: bool | None = None
    domestic: bool | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What was read of a context."""

    tool: str = ""
    arguments: tuple[Argument, ...] = ()
    untrusted: frozenset[Part] = frozenset()
    confirmed: bool = False
    reversible: bool | None = None
    internal: bool = False
    amount: Any = None
    currency: str | None = ""
    environment: str = ""
    purpose: str = ""
    domain: str = ""
    subdomain: str = ""
    recipients: int = 0
    user: User = field(default_factory=User)


def read_context(context: Mapping[str, Any]) -> Context:
    """The keys of a context that count.

    Raises:
        ActionError: it is no object, or an argument is over the bounds.
    """
    if not isinstance(context, Mapping):
        raise ActionError("a context is a JSON object: send {} where there is none")
    named = _folded(context)
    if not isinstance(named.get("tool"), str | None):
        raise ActionError("the tool is no text: send its name, one tool at a time")
    arguments = tuple(arguments_of(_given(named)))
    return Context(
        tool=_name(named, "tool"),
        arguments=arguments,
        untrusted=frozenset(_untrusted(named.get("provenance"), _sourced(named, arguments))),
        confirmed=named.get("confirmed") is True,
        reversible=_bool(named.get("reversible")),
        internal=named.get("recipient_internal") is True,
        amount=_amount(named.get("amount")),
        currency=_currency(named, arguments),
        environment=_environment(_name(named, "environment").casefold()),
        purpose=_purpose(_name(named, "purpose")),
        domain=_name(named, "domain").casefold(),
        subdomain=_name(named, "subdomain").casefold(),
        recipients=_recipients(named.get("recipient")) + sum(argument.recipients for argument in arguments),
        user=_user(named),
    )


def _folded(context: Mapping[str, Any]) -> dict[str, Any]:
    """By names in lower case, so that none is overlooked for its spelling."""
    if len(context) > VALUES:
        raise ActionError(
            f"a context has over {VALUES:,} members: send those that docs/design/guardian-actions.md lists"
        )
    named: dict[str, Any] = {}
    for name, value in context.items():
        if isinstance(name, str):
            if name.casefold() in named and name.casefold() in _OWN | _BAGS:
                raise ActionError("the context has a member twice, in lower and upper case: send it once")
            named[name.casefold()] = value
    return named


def _given(named: Mapping[str, Any]) -> list[object]:
    """All objects of arguments, and the members that are named as only arguments are."""
    bags = [value for name, value in named.items() if name in _BAGS and value is not None]
    beside = {
        name: value
        for name, value in named.items()
        if name not in _OWN | _BAGS and len(name) <= NAME_LENGTH and part_of(name) not in (Part.OTHER, Part.CONTENT)
    }
    return [*bags, beside] if beside else bags


def _recipients(given: object) -> int:
    """By the rules for an argument."""
    if not isinstance(given, str | list | tuple) or not given:
        return int(bool(given))
    texts = [one if isinstance(one, str) else "" for one in ([given] if isinstance(given, str) else given[:2000])]
    return max(len(texts), next(arguments_of([{"to": texts}])).recipients)


def _currency(named: Mapping[str, Any], arguments: tuple[Argument, ...]) -> str | None:
    """The currency's code; empty where none is named, None where what is named is none."""
    stated = [] if named.get("currency") is None else [named["currency"]]
    for argument in arguments:
        stated += [leaf.value for leaf in argument.leaves if "currency" in leaf.name.casefold()]
    codes = [currency_of(one[:NAME_LENGTH]) if isinstance(one, str) else None for one in stated]
    return None if None in codes else max([code or "" for code in codes], default="")


def _environment(stated: str) -> str:
    known = _ALIASES.get(stated, stated)
    return known if known in ENVIRONMENTS or not known else OTHER


def _purpose(stated: str) -> str:
    return stated if _PURPOSE.fullmatch(stated) or not stated else OTHER


def _name(context: Mapping[str, Any], key: str) -> str:
    value = context.get(key)
    return checked(value, key, NAME_LENGTH).strip() if isinstance(value, str) else ""


def _bool(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _amount(value: object) -> object:
    return checked(value, "the amount", NAME_LENGTH) if isinstance(value, str) else value


def _sourced(context: Mapping[str, Any], arguments: tuple[Argument, ...]) -> dict[str, set[Part]]:
    """The parts of all that needs a source, by its name in lower case."""
    parts = {key: {part_of(key)} for key in ("recipient", "amount") if context.get(key) is not None}
    for argument in arguments:
        inner = {leaf.part for leaf in argument.leaves}
        parts.setdefault(argument.name.casefold(), set()).update({argument.part}, inner)
    return parts


def _untrusted(given: object, parts: Mapping[str, set[Part]]) -> Iterator[Part]:
    """The parts whose source is not the person. Where sources are given, what they do not name is not known."""
    if given is None:
        return
    sources: dict[str, list[object]] = {}
    for name, source in given.items() if isinstance(given, Mapping) else [("*", None)]:
        if isinstance(name, str):
            sources.setdefault(name.casefold(), []).append(source)
    rest = sources.pop("*", None)
    for name in parts.keys() | sources.keys():
        if not all(map(_trusted, sources.get(name, rest or [None]))):
            yield from parts.get(name) or {part_of(name[:NAME_LENGTH])}
    if rest is not None and not all(map(_trusted, rest)):
        yield from Part


def _trusted(source: object) -> bool:
    """Whether a source, or each of several, is the person or the operator."""
    if isinstance(source, str):
        return source.casefold() in TRUSTED
    return (
        isinstance(source, list | tuple)
        and bool(source)
        and all(isinstance(one, str) and one.casefold() in TRUSTED for one in source)
    )


def _user(context: Mapping[str, Any]) -> User:
    given = context.get("user_info", context.get("user"))
    if not isinstance(given, Mapping):
        return User()
    age = given.get("age")
    return User(
        age=age if type(age) is int and 0 <= age <= 150 else None,
        member=_first(given, "member", "membership"),
        licence=_first(given, "licence", "license", "dr_license", "drivers_license"),
        vaccinated=_first(given, "vaccinated", "vaccine"),
        domestic=_first(given, "domestic"),
    )


def _first(given: Mapping[str, Any], *keys: str) -> bool | None:
    return next((_bool(given[key]) for key in keys if key in given), None)
