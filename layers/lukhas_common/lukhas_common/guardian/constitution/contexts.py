"""The texts in an action and its context."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

DEEPEST = 32
MOST = 500
LONGEST = 200_000
"""Levels, values and characters of a context that are looked at; what exceeds them is not judged."""

_JOINT = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PROSE_WORDS = 4
_LONG = 64


@dataclass(frozen=True, slots=True)
class Told:
    """A text in a context.

    Attributes:
        path: where it stands, such as ``context.messages[0].body``; keys that are no plain names are left out of it.
        prose: it is long enough to tell its language; ids and codes are not.
    """

    path: str
    text: str
    prose: bool


def told(context: Mapping[str, object]) -> tuple[list[Told], bool]:
    """All texts in a context, keys included, and whether that is all there is to it."""
    found: list[Told] = []
    left: list[tuple[str, object, int]] = [("context", context, 0)]
    seen, characters, complete = 0, 0, True
    while left:
        path, value, depth = left.pop()
        seen += 1
        if seen > MOST or depth > DEEPEST or characters > LONGEST:
            return found, False
        if isinstance(value, str):
            characters += len(value)
            if characters <= LONGEST:
                found.append(Told(path, value, len(value.split()) >= _PROSE_WORDS or len(value) > _LONG))
        elif isinstance(value, Mapping):
            for key, item in reversed(list(value.items())[: MOST + 1]):
                name = str(key)[: _LONG + 1]
                plain = name.isidentifier() and len(name) <= _LONG
                left.append((f"{path}.{name}" if plain else f"{path}.?", item, depth + 1))
                if not plain:
                    left.append((f"{path}.?", str(key), depth + 1))
        elif isinstance(value, list | tuple | set | frozenset):
            left += [
                (f"{path}[{at}]", item, depth + 1) for at, item in reversed(list(enumerate(list(value)[: MOST + 1])))
            ]
        elif value is not None and not isinstance(value, bool | int | float):
            complete = False
    return found, complete and characters <= LONGEST


def spoken(action: str) -> str:
    """A name such as ``delete_all_files`` or ``deleteAllFiles`` as words; other texts as they are."""
    if not action.isidentifier():
        return action
    return _JOINT.sub(" ", action).replace("_", " ").strip() or action
