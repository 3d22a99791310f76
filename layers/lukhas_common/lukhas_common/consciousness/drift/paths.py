"""States laid flat: each value of a nested state under the path that leads to it.

A path is a JSON Pointer (RFC 6901) that tells members from places: ``/mood/valence`` is a member, ``/turns[0]/text``
has the first place of a list. In a key, ``~`` is written ``~0``, ``/`` is ``~1``, ``[`` is ``~2`` and ``*`` is ``~3``,
so different structures never give the same path, and no key reads as a pattern.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lukhas_common.consciousness.drift.errors import DriftInputError, Number, is_number, number, numbers

LEAVES = 10_000
"""Values of a state at most."""

DEPTH = 40
"""Objects and lists within each other at most."""

LENGTH = 1_024
"""Characters of a path at most."""

SAMPLES = 100_000
"""Numbers at most in all the lists of a state that are kept whole."""

FEWEST_SAMPLES = 8
"""Numbers from which on a list may be a sample."""

Leaf = None | bool | Number | str | dict[str, Any] | list[Any] | tuple[Number, ...]
"""A scalar; an empty object or list; or a list of numbers that was kept whole, as a tuple."""

_ESCAPES = str.maketrans({"~": "~0", "/": "~1", "[": "~2", "*": "~3"})


def flatten(state: Any, *, field: str = "state", whole: int | None = None) -> dict[str, Leaf]:
    """The leaves of a state by their paths.

    An empty object or list is a leaf, as there is nothing in it that could tell of it.

    Args:
        field: what an error calls the state.
        whole: how many numbers a list must have, and nothing else, to be kept whole; None keeps none.

    Raises:
        DriftInputError: the state holds what JSON cannot, is nested too deeply, or is too large.
    """
    leaves: dict[str, Leaf] = {}
    rest: list[tuple[str, Any, int]] = [("", state, 0)]
    held = 0
    while rest:
        path, value, depth = rest.pop()
        if isinstance(value, Mapping):
            _bound(depth, len(leaves) + len(rest) + len(value), field)
            rest += [(f"{path}/{_key(key, field)}", part, depth + 1) for key, part in value.items()]
            if not value:
                leaves[path] = {}
        elif isinstance(value, (list, tuple)):
            if whole is not None and len(value) >= whole and all(map(is_number, value)):
                held += len(value)
                if held > SAMPLES:
                    raise DriftInputError(field, f"its lists of numbers hold more than {SAMPLES} numbers")
                leaves[path] = tuple(numbers(value, field))
            else:
                _bound(depth, len(leaves) + len(rest) + len(value), field)
                rest += [(f"{path}[{place}]", part, depth + 1) for place, part in enumerate(value)]
                if not value:
                    leaves[path] = []
        else:
            leaves[path] = _scalar(value, field)
        if len(path) > LENGTH:
            raise DriftInputError(field, f"a path, the keys that lead to a value, is longer than {LENGTH} characters")
    return leaves


def spread(leaves: Mapping[str, Leaf], kept: frozenset[str], field: str) -> dict[str, Leaf]:
    """The leaves with each number of a list under its own path, but for the lists whose paths are ``kept``.

    Raises:
        DriftInputError: they become too many.
    """
    result: dict[str, Leaf] = {}
    for path, leaf in leaves.items():
        if isinstance(leaf, tuple) and path not in kept:
            _bound(0, len(result) + len(leaf), field)
            result |= {f"{path}[{place}]": value for place, value in enumerate(leaf)}
        else:
            result[path] = leaf
    _bound(0, len(result), field)
    return result


def kind(leaf: Leaf) -> str:
    """The type of a leaf; values of different types are different, whatever they are."""
    if leaf is None or isinstance(leaf, bool):
        return "null" if leaf is None else "boolean"
    if isinstance(leaf, (int, float)):
        return "number"
    return {str: "string", dict: "object", list: "list", tuple: "samples"}[type(leaf)]


def _bound(depth: int, leaves: int, field: str) -> None:
    if depth >= DEPTH:
        raise DriftInputError(field, f"it is nested more than {DEPTH} deep")
    if leaves > LEAVES:
        raise DriftInputError(field, f"it has more than {LEAVES} values; compare parts of it")


def _key(key: Any, field: str) -> str:
    if not isinstance(key, str):
        raise DriftInputError(field, "the keys of an object are strings")
    if len(key) > LENGTH:
        raise DriftInputError(field, f"a key is longer than {LENGTH} characters")
    return key.translate(_ESCAPES)


def _scalar(value: Any, field: str) -> Leaf:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if is_number(value):
        return number(value, field)
    raise DriftInputError(field, "only values that JSON has can be compared")
