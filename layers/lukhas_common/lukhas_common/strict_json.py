"""JSON that every reader reads alike."""

from __future__ import annotations

import json
from typing import Any


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
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate member")
    return members


def _refuse(constant: str) -> Any:
    raise ValueError(constant)
