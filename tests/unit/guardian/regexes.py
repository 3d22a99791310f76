"""Shows by construction that a regular expression takes linear time.

It does where no repetition without bound stands inside another - unless each turn of the outer one must pass a
character that the inner one cannot take, so there is one way to share out the text - and where bounded repetitions
leave a bounded number of ways to go on from a place.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from re import _compiler as compiler  # type: ignore[attr-defined]
from re import _constants as constants  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from lukhas_common.guardian import text as package

_REPEATS = {constants.MAX_REPEAT, constants.MIN_REPEAT}
_UNBOUNDED = 10_000
"""A repetition that may run so far counts as one without bound."""


def nested(pattern: re.Pattern[str]) -> bool:
    """Whether a repetition without bound stands inside another, where neither is possessive."""
    return _nested(parser.parse(pattern.pattern, pattern.flags), inside=False)


def _nested(parsed: Any, *, inside: bool) -> bool:
    for operation, argument in parsed:
        if operation in _REPEATS:
            unbounded = argument[1] >= _UNBOUNDED
            if unbounded and inside:
                return True
            if _nested(argument[2], inside=(inside or unbounded) and not (unbounded and _parted(argument[2]))):
                return True
        elif operation is constants.POSSESSIVE_REPEAT or operation is constants.ATOMIC_GROUP:
            body = argument[2] if operation is constants.POSSESSIVE_REPEAT else argument
            if _nested(body, inside=False):
                return True
        elif any(_nested(part, inside=inside) for part in _parts(argument)):
            return True
    return False


def _parted(body: Any) -> bool:
    """Whether each turn passes a character that no repetition without bound in it can take."""
    taken = [
        _characters(argument[2], body.state)
        for operation, argument in body
        if operation in _REPEATS and argument[1] >= _UNBOUNDED
    ]
    passed = [_characters([one], body.state) for one in body if one[0] in {constants.LITERAL, constants.IN}]
    return any(one and all(one.isdisjoint(other) for other in taken) for one in passed)


def _characters(parsed: Any, state: Any) -> set[str]:
    """Those of the first planes that an item for one character takes; all of them for a longer item."""
    if len(parsed) != 1 or parsed[0][0] not in {constants.LITERAL, constants.NOT_LITERAL, constants.IN, constants.ANY}:
        return set(map(chr, range(0x3100)))
    item = compiler.compile(parser.SubPattern(state, list(parsed)))
    return {character for character in map(chr, range(0x3100)) if item.fullmatch(character)}


def ways(pattern: re.Pattern[str]) -> int:
    """In how many ways, at the most, bounded repetitions can share out the text from one place on."""
    return _ways(parser.parse(pattern.pattern, pattern.flags))


def _ways(parsed: Any) -> int:
    """Along a sequence the ways multiply; a repetition has one way for each length; of alternatives one is taken."""
    product = 1
    for operation, argument in parsed:
        if operation in _REPEATS:
            least, most, body = argument
            lengths = 1 if most >= _UNBOUNDED else most - least + 1
            product *= lengths * _ways(body) if lengths > 1 or least > 1 else _ways(body)
        elif operation is constants.BRANCH:
            product *= max(map(_ways, argument[1]))
        else:
            for part in _parts(argument):
                product *= _ways(part)
    return product


def _parts(argument: Any) -> Iterator[Any]:
    """The sub-patterns in an operation's argument."""
    if isinstance(argument, parser.SubPattern):
        yield argument
    elif isinstance(argument, tuple | list):
        for part in argument:
            yield from _parts(part)


def all_of_the_package() -> dict[str, re.Pattern[str]]:
    """Every regular expression that a module of guardian/text holds, by where it is."""
    found: dict[str, re.Pattern[str]] = {}
    for module in pkgutil.iter_modules(package.__path__):
        held = vars(importlib.import_module(f"{package.__name__}.{module.name}"))
        for name, value in held.items():
            if not name.startswith("__"):
                for at, pattern in enumerate(_patterns(value)):
                    found.setdefault(f"{module.name}.{name}.{at}", pattern)
    unique: dict[str, re.Pattern[str]] = {}
    for place, pattern in found.items():
        if pattern not in unique.values():
            unique[place] = pattern
    return unique


def _patterns(value: Any) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, tuple | list | frozenset):
        for item in value:
            yield from _patterns(item)
    elif isinstance(value, dict):
        yield from _patterns([*value.keys(), *value.values()])
    elif hasattr(value, "__slots__") and not isinstance(value, type):
        for name in value.__slots__:
            if not name.startswith("__"):
                yield from _patterns(getattr(value, name, None))
