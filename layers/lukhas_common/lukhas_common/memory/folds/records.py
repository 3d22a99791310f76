"""What may be folded: JSON objects, each under its own ``memory_id``; and what names a fold."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Any

import rfc8785

from lukhas_common import strict_json
from lukhas_common.memory.folds.columns import dumps
from lukhas_common.memory.folds.errors import RecordError

Record = dict[str, Any]

LARGEST = 1 << 20
"""Bytes of JSON of one record; an item of DynamoDB has at most 400 KB."""

LONGEST_ID = 256
"""Characters of a ``memory_id``."""

DEPTH = 64
"""Arrays and objects within each other."""

_NAMED_FOR = b"lukhas fold 1"


def checked(record: Mapping[str, Any]) -> tuple[str, Record, int]:
    """Its id, a copy that shares nothing with it, and the bytes of its JSON.

    Raises:
        RecordError: it cannot be folded.
    """
    try:
        text = dumps(record)
        copy = strict_json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise RecordError(f"not JSON that every reader reads alike: {type(error).__name__}") from None
    if not isinstance(copy, dict) or copy != record:
        raise RecordError("not a JSON object: keys are texts, and arrays are lists")
    memory_id = copy.get("memory_id")
    if not isinstance(memory_id, str) or not 1 <= len(memory_id) <= LONGEST_ID:
        raise RecordError(f"a memory_id is a text of 1 to {LONGEST_ID} characters")
    size = len(text.encode())
    if size > LARGEST:
        raise RecordError(f"a record has at most {LARGEST} bytes of JSON")
    if deeper(copy, DEPTH):
        raise RecordError(f"a record is nested at most {DEPTH} levels deep")
    return memory_id, copy, size


def deeper(value: Any, depth: int) -> bool:
    """Whether more arrays and objects than that lie within each other."""
    level = [value]
    for _ in range(depth + 1):
        nested = [node for node in level if isinstance(node, (dict, list))]
        if not nested:
            return False
        level = [part for node in nested for part in (node.values() if isinstance(node, dict) else node)]
    return True


def ordered(records: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """By ``memory_id``.

    Raises:
        RecordError: one has none that is a text.
    """
    try:
        return sorted(records, key=lambda record: str.__str__(record["memory_id"]))
    except (KeyError, TypeError):
        raise RecordError("a record needs a memory_id, which is a text") from None


class Naming:
    """Names a fold by its records, which are given one by one in the order of their ids."""

    def __init__(self, key: bytes | None) -> None:
        self._mac = hmac.new(key, _NAMED_FOR, hashlib.sha256) if key else None
        self._hash = hashlib.sha256(_NAMED_FOR)

    def add(self, record: Record) -> None:
        """The next record, in canonical JSON (RFC 8785), behind its length.

        That knows no integers beyond 2^53: a record with one goes in as JSON with sorted members, marked as such.
        """
        try:
            mark, data = b"\x00", rfc8785.dumps(record)
        except rfc8785.IntegerDomainError:
            import json

            mark, data = b"\x01", json.dumps(record, sort_keys=True, separators=(",", ":")).encode()
        (self._mac or self._hash).update(mark + len(data).to_bytes(4, "big") + data)

    def name(self) -> str:
        """The id in hex."""
        return (self._mac or self._hash).hexdigest()


def fold_id(records: Iterable[Mapping[str, Any]], key: bytes | None = None) -> str:
    """The id of the fold of these records, whatever their order: 64 hex digits.

    Args:
        key: 32 secret bytes of the person's; without it, who guesses the records can tell that they are in the fold.

    Raises:
        RecordError: one cannot be folded, or two have the same id.
    """
    naming, before = Naming(key), ""
    for record in ordered(records):
        memory_id, copy, _ = checked(record)
        if memory_id == before:
            raise RecordError("two records have the same memory_id")
        before = memory_id
        naming.add(copy)
    return naming.name()
