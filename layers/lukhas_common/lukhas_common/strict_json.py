"""JSON that every reader reads alike."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

DEPTH = 100
"""Arrays and objects within each other; code that walks a value may go by it."""


def loads(data: bytes | str) -> Any:
    """The value of a JSON text, in UTF-8 where it is bytes.

    Raises:
        ValueError: it is not UTF-8 or not JSON, is nested too deeply, or holds a duplicate member, a lone
            surrogate or a constant such as NaN.
    """
    text = data.decode("utf-8") if isinstance(data, bytes) else data
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
        json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("nested too deeply") from None
    level, depth = [value], 0
    while level := [part for node in level for part in _parts(node)]:
        depth += 1
        if depth > DEPTH:
            raise ValueError("nested too deeply")
    return value


def _parts(node: Any) -> Iterable[Any]:
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, list) else ()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate member")
    return members


def _refuse(constant: str) -> Any:
    raise ValueError(constant)
