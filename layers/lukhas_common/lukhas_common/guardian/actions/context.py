"""The documented part of a context, read within bounds. What has the wrong type counts as not known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lukhas_common.guardian.actions.kinds import ActionError, Part
from lukhas_common.guardian.actions.words import words

ACTION_LENGTH = 20_000
TEXT_LENGTH = 100_000
VALUES = 2_000
DEPTH = 16
NAME_LENGTH = 200

TRUSTED = frozenset({"user", "person", "operator", "system"})
"""Sources whose word counts as the person's. All others, known or not, are untrusted."""

PARTS: dict[str, Part] = {
    name: part
    for part, names in {
        Part.RECIPIENT: """
            recipient recipients to cc bcc email address iban account payee destination url channel phone participants
            webhook endpoint uri user contact wallet beneficiary receiver forward_to
        """,
        Part.AMOUNT: "amount price sum quantity total value limit",
        Part.CODE: "code command cmd script query sql expression program shell args package",
        Part.TARGET: "target path file filename files id table resource name host database folder directory object",
        Part.CREDENTIAL: "password token secret api_key apikey credential credentials passphrase otp pin cookie",
        Part.CONTENT: "body text message subject content title note description caption html attachments",
        Part.INSTRUCTION: "action instruction task goal prompt",
    }.items()
    for name in names.split()
}
"""The part that an argument of this name plays."""


@dataclass(frozen=True, slots=True)
class Argument:
    """The texts and numbers of one argument, however deep they lie."""

    name: str
    part: Part
    texts: tuple[str, ...]
    numbers: tuple[int | float, ...] = ()
    items: int = 1


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
    currency: str = ""
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
    arguments = tuple(_arguments(context.get("arguments")))
    recipient = context.get("recipient")
    return Context(
        tool=_name(context, "tool"),
        arguments=arguments,
        untrusted=frozenset(_untrusted(context.get("provenance"), _named(context, arguments))),
        confirmed=context.get("confirmed") is True,
        reversible=_bool(context.get("reversible")),
        internal=context.get("recipient_internal") is True,
        amount=_amount(context.get("amount")),
        currency=_name(context, "currency"),
        environment=_name(context, "environment").casefold(),
        purpose=_name(context, "purpose"),
        domain=_name(context, "domain").casefold(),
        subdomain=_name(context, "subdomain").casefold(),
        recipients=len(recipient) if isinstance(recipient, list | tuple) else int(bool(recipient)),
        user=_user(context),
    )


def checked(text: str, what: str, longest: int) -> str:
    """The text, if it can be read at all.

    Raises:
        ActionError: it is too long or no Unicode.
    """
    if len(text) > longest:
        raise ActionError(f"{what} is over {longest:,} characters: shorten it, or name long content by a reference")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ActionError(f"{what} holds half a surrogate pair: send Unicode text") from None
    return text


def _name(context: Mapping[str, Any], key: str) -> str:
    value = context.get(key)
    return checked(value, key, NAME_LENGTH).strip() if isinstance(value, str) else ""


def _bool(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _amount(value: object) -> object:
    return checked(value, "the amount", NAME_LENGTH) if isinstance(value, str) else value


def _arguments(given: object) -> Iterator[Argument]:
    if given is None:
        return
    left = [VALUES, TEXT_LENGTH]
    for name, value in given.items() if isinstance(given, Mapping) else [("", given)]:
        if not isinstance(name, str):
            continue
        checked(name, "the name of an argument", NAME_LENGTH)
        texts, numbers = _leaves(value, left)
        items = len(value) if isinstance(value, list | tuple) else 1
        yield Argument(name, _part(name), tuple(texts), tuple(numbers), items)


def _leaves(value: object, left: list[int]) -> tuple[list[str], list[int | float]]:
    """The texts and numbers within a value, keys included, without recursion; ``left`` counts what may still come."""
    texts: list[str] = []
    numbers: list[int | float] = []
    waiting: list[tuple[object, int]] = [(value, 0)]
    while waiting:
        item, depth = waiting.pop()
        left[0] -= 1
        if left[0] < 0 or depth > DEPTH:
            raise ActionError(f"arguments hold over {VALUES:,} values or are nested over {DEPTH} deep: flatten them")
        if isinstance(item, str):
            left[1] -= len(item)
            if left[1] < 0:
                raise ActionError(f"arguments hold over {TEXT_LENGTH:,} characters: name long content by a reference")
            texts.append(checked(item, "an argument", TEXT_LENGTH))
        elif isinstance(item, int | float) and not isinstance(item, bool):
            numbers.append(item)
        elif isinstance(item, Mapping):
            waiting.extend((part, depth + 1) for pair in item.items() for part in pair)
        elif isinstance(item, list | tuple):
            waiting.extend((part, depth + 1) for part in item)
    texts.reverse()
    return texts, numbers


def _named(context: Mapping[str, Any], arguments: tuple[Argument, ...]) -> set[str]:
    """The names of all that needs a source."""
    keys = {key for key in ("recipient", "amount") if context.get(key) is not None}
    return keys | {argument.name for argument in arguments}


def _untrusted(given: object, named: set[str]) -> Iterator[Part]:
    """The parts whose source is not the person. Where sources are given, what they do not name is not known."""
    if given is None:
        return
    sources = given if isinstance(given, Mapping) else {"*": None}
    rest = sources.get("*")
    for name in named | {name for name in sources if isinstance(name, str)} - {"*"}:
        if not _trusted(sources.get(name, rest)):
            yield _part(name)
    if "*" in sources and not _trusted(rest):
        yield from Part


def _part(name: str) -> Part:
    """By the whole name, or else by its last word, or else by its first, as in ``toAddress`` or ``amount_due``."""
    said = words(name) or [""]
    return next((PARTS[one] for one in (name.casefold(), said[-1], said[0]) if one in PARTS), Part.OTHER)


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
