"""Arguments of a tool: the texts and numbers within them, and the part that each plays, told by names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from lukhas_common.guardian.actions.kinds import ActionError, Part
from lukhas_common.guardian.actions.words import words

TEXT_LENGTH = 100_000
VALUES = 2_000
DEPTH = 16
NAME_LENGTH = 200

PARTS: dict[str, Part] = {
    name: part
    for part, names in {
        Part.RECIPIENT: """
            recipient recipients to cc bcc email address iban account payee destination url channel phone participants
            webhook endpoint uri user contact wallet beneficiary receiver forward_to
        """,
        Part.AMOUNT: """
            amount price sum quantity total value limit cost fee fare budget payment salary usd eur gbp dollars euros
        """,
        Part.CODE: "code command cmd script query sql expression program shell args package",
        Part.TARGET: "target path file filename files id table resource name host database folder directory object",
        Part.CREDENTIAL: "password token secret api_key apikey credential credentials passphrase otp pin cookie",
        Part.CONTENT: "body text message subject content title note description caption html attachments",
        Part.INSTRUCTION: """
            action actions instruction instructions task goal prompt operation operations op method verb mode function
            step steps
        """,
    }.items()
    for name in names.split()
}
"""The part that an argument of this name plays."""

_ADDRESS = re.compile(r"\S@\S")
_LISTED = re.compile(r"[,;\n]")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A text or number within an argument.

    Attributes:
        name: of the innermost member that holds it.
        part: that this name tells, or else one around it.
        money: it stands, however deep, in what is named as an amount.
    """

    name: str
    part: Part
    value: str | int | float
    money: bool = False


@dataclass(frozen=True, slots=True)
class Argument:
    """The texts and numbers of one argument, however deep they lie.

    Attributes:
        names: of it and of all members within.
        recipients: so many it names at least.
    """

    name: str
    part: Part
    names: tuple[str, ...]
    leaves: tuple[Leaf, ...]
    recipients: int = 0

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(leaf.value for leaf in self.leaves if isinstance(leaf.value, str))


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


@lru_cache(maxsize=1024)
def part_of(name: str) -> Part:
    """By the whole name, or else by its last word, its first, as in ``toAddress``, or one between."""
    said = words(name) or [""]
    ordered = (name.casefold(), said[-1], *said)
    return next((PARTS[one] for one in ordered if one in PARTS), Part.OTHER)


def addresses_in(text: str) -> int:
    """How many addresses a text holds."""
    return len(_ADDRESS.findall(text)) if "@" in text else 0


def arguments_of(given: list[object]) -> Iterator[Argument]:
    """What several objects hold by name; what is no object is one nameless argument.

    Raises:
        ActionError: they are over the bounds.
    """
    left = [VALUES, TEXT_LENGTH]
    for one in given:
        for name, value in one.items() if isinstance(one, Mapping) else [("", one)]:
            if isinstance(name, str):
                yield _argument(checked(name, "the name of an argument", NAME_LENGTH), value, left)


def _argument(name: str, value: object, left: list[int]) -> Argument:
    """Read without recursion; ``left`` counts what may still come."""
    part = part_of(name)
    names, leaves, listed = [name], [], 0
    waiting: list[tuple[str, Part, bool, object, int]] = [(name, part, part is Part.AMOUNT, value, 0)]
    while waiting:
        key, around, money, item, depth = waiting.pop()
        _take(left, 1, 0, depth)
        if isinstance(item, str):
            _take(left, 0, len(item), depth)
            leaves.append(Leaf(key, around, checked(item, "an argument", TEXT_LENGTH), money))
        elif isinstance(item, int | float) and not isinstance(item, bool):
            leaves.append(Leaf(key, around, item, money))
        elif isinstance(item, Mapping):
            for inner, member in item.items():
                called = inner if isinstance(inner, str) else key
                _take(left, 1, len(called), depth + 1)
                names.append(checked(called, "an argument", TEXT_LENGTH))
                own = part_of(called) if len(called) <= NAME_LENGTH else Part.OTHER
                own = around if own is Part.OTHER else own
                waiting.append((called, own, money or own is Part.AMOUNT, member, depth + 1))
        elif isinstance(item, list | tuple):
            listed += len(item)
            waiting.extend((key, around, money, member, depth + 1) for member in item)
    leaves.reverse()
    return Argument(name, part, tuple(names), tuple(leaves), _recipients(part, leaves, listed))


def _recipients(part: Part, leaves: list[Leaf], listed: int) -> int:
    """Every address counts but in content; of recipients also what is listed without any."""
    texts = [leaf.value for leaf in leaves if isinstance(leaf.value, str) and leaf.part is not Part.CONTENT]
    found = sum(map(addresses_in, texts))
    if part is not Part.RECIPIENT:
        return found
    return max(found, listed, sum(1 + len(_LISTED.findall(text.strip(" ,;\n"))) for text in texts if text.strip()))


def _take(left: list[int], values: int, characters: int, depth: int) -> None:
    left[0] -= values
    left[1] -= characters
    if left[0] < 0 or depth > DEPTH:
        raise ActionError(f"arguments hold over {VALUES:,} values or are nested over {DEPTH} deep: flatten them")
    if left[1] < 0:
        raise ActionError(f"arguments hold over {TEXT_LENGTH:,} characters: name long content by a reference")
