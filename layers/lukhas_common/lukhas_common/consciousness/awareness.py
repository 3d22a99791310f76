"""The level of awareness: the newest entry of one stream of the ledger says which it is, who set it, and why."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

import rfc8785

from lukhas_common.consciousness.errors import key_reused
from lukhas_common.ledger.ledger import Draft, Ledger, Opened

STREAM = "consciousness/awareness"
"""The ledger's stream of all levels that were set."""

UPDATED = "awareness.updated"

INITIAL = 1.0
"""The level until one is set: nobody has lowered it."""

LARGEST_METADATA = 2048
"""Bytes of metadata in canonical JSON."""

REMEMBERED = 20
"""Updates of which the Idempotency-Key is known."""


@dataclass(frozen=True, slots=True)
class Awareness:
    """A level, and how it came to be.

    Attributes:
        level: 0 to 1.
        previous: the level before it.
        by: the id of the admin who set it.
        at: seconds since the epoch; None where none was set.
        entry_hash: of the ledger's entry, hexadecimal.
    """

    level: float = INITIAL
    previous: float = INITIAL
    reason: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    by: str = ""
    at: float | None = None
    entry_hash: str = ""

    @classmethod
    def of(cls, newest: Opened | None) -> Awareness:
        """What an entry of the stream says."""
        if newest is None or newest.record is None:
            return cls()
        said = newest.body
        return cls(
            float(said["level"]),
            float(said["previous"]),
            said["reason"],
            said["metadata"],
            said["by"],
            newest.record.at,
            newest.entry.hash.hex(),
        )


class InvalidAwarenessError(ValueError):
    """It is no level, or the metadata cannot be kept; ``field`` says which."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.field, self.message = name, message


@dataclass(frozen=True, slots=True)
class AwarenessBook:
    """Sets the level, and answers which it is and was."""

    ledger: Ledger

    def current(self) -> Awareness:
        """The level now: one consistent read."""
        return Awareness.of(self.ledger.newest(STREAM))

    def history(self, count: int) -> list[Awareness]:
        """The levels that were set last, the newest first."""
        newest = self.ledger.newest(STREAM)
        if newest is None:
            return []
        return [Awareness.of(opened) for opened in self.ledger.read(STREAM, max(0, newest.entry.seq + 1 - count))][::-1]

    def update(
        self, level: float, reason: str, metadata: Mapping[str, Any], by: str, idempotency_key: str | None = None
    ) -> Awareness:
        """Set the level from now on.

        Args:
            idempotency_key: the same key and request again answers what was set the first time.

        Raises:
            InvalidAwarenessError: the level is not from 0 to 1, or the metadata are too much or no canonical JSON.
            ConsciousnessError: the key was used with another request.
            LedgerError: it could not be put on record, and is not set.
        """
        if not (isfinite(level) and 0 <= level <= 1):
            raise InvalidAwarenessError("new_level", "a number from 0 to 1 is needed")
        asked = _hash(_canonical(metadata), reason.encode("utf-8", "surrogatepass"), repr(float(level)).encode())
        key = "" if idempotency_key is None else _hash(by.encode(), idempotency_key.encode("utf-8", "surrogatepass"))

        def compose(newest: Opened | None, _now: float) -> Draft | Opened:
            before, recent = Awareness.of(newest), list(newest.body["recent"]) if newest else []
            for known in recent:
                if key and known["key"] == key:
                    return self._repeated(known, asked)
            number = 0 if newest is None else newest.entry.seq + 1
            noted = [{"key": key, "asked": asked, "seq": number}] if key else []
            body = {
                "level": float(level),
                "previous": before.level,
                "reason": reason,
                "metadata": dict(metadata),
                "by": by,
                "recent": [*noted, *recent][:REMEMBERED],
            }
            return Draft(UPDATED, body)

        return Awareness.of(self.ledger.append_to(STREAM, compose))

    def _repeated(self, known: Mapping[str, Any], asked: str) -> Opened:
        """The entry of the first time."""
        if known["asked"] != asked:
            raise key_reused()
        first = self.ledger.get(STREAM, known["seq"])
        assert first is not None  # noqa: S101 - it is in the chain of the entry that names it
        return first


def _canonical(metadata: Mapping[str, Any]) -> bytes:
    try:
        written = rfc8785.dumps(dict(metadata))
    except (ValueError, RecursionError):
        message = "it has no canonical JSON (RFC 8785): send integers beyond 2^53 as strings"
        raise InvalidAwarenessError("metadata", message) from None
    if len(written) > LARGEST_METADATA:
        raise InvalidAwarenessError("metadata", f"at most {LARGEST_METADATA} bytes of JSON are kept")
    return written


def _hash(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in _framed(parts):
        digest.update(part)
    return digest.hexdigest()[:32]


def _framed(parts: tuple[bytes, ...]) -> Iterator[bytes]:
    """Each with its length, so that no two lists of parts read alike."""
    for part in parts:
        yield len(part).to_bytes(8, "big")
        yield part
