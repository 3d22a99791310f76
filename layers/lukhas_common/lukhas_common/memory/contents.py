"""What a memory says, between the value that callers see, the sealed item and the record in a fold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lukhas_common.crypto.sealing import SealError
from lukhas_common.memory.models import Memory, MemoryType, Provenance
from lukhas_common.memory.stored import Stage, Stored
from lukhas_common.memory.vault import Secrets


class UnreadableError(Exception):
    """A memory cannot be read: its content was altered, or is not what was stored."""


@dataclass(frozen=True, slots=True)
class Content:
    """What is sealed of a memory."""

    key: str
    value: Any
    provenance: Provenance
    session: str = ""
    concepts: tuple[str, ...] = ()

    def sealed(self, secrets: Secrets, bound: bytes) -> bytes:
        return secrets.seal(_dumps(self.to_json()), bound)

    def to_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "value": self.value,
            "provenance": self.provenance.to_json(),
            "session": self.session,
            "concepts": list(self.concepts),
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Content:
        provenance = Provenance.from_json(said["provenance"])
        return cls(said["key"], said["value"], provenance, said["session"], tuple(said["concepts"]))


def opened(stored: Stored, secrets: Secrets) -> Content:
    """What an item says.

    Raises:
        UnreadableError: it has no content, or none that opens here.
    """
    if stored.content is None or stored.key_id != secrets.key_id:
        raise UnreadableError("there is no content under this key")
    try:
        return Content.from_json(json.loads(secrets.unseal(stored.content, stored.bound)))
    except SealError:
        raise UnreadableError("the content was altered, or belongs elsewhere") from None
    except (ValueError, KeyError, TypeError):
        raise UnreadableError("the content is none of ours") from None


def record_of(stored: Stored, content: Content) -> dict[str, Any]:
    """The record of a memory in a fold."""
    return {
        "memory_id": stored.memory_id,
        "seq": stored.seq,
        "type": stored.memory_type.value,
        "valid_from": stored.valid_from,
        **content.to_json(),
    }


def tier_of(stored: Stored, now: float | None = None) -> MemoryType:
    """In which tier a memory is.

    Args:
        now: a working memory whose time is over is an episode, though no run was there yet; without it, nobody asks.
    """
    if stored.stage is Stage.FOLDED:
        return MemoryType.FOLD
    if stored.stage is Stage.WORKING and now is not None and stored.due <= now:
        return MemoryType.EPISODIC
    return stored.memory_type


def memory_of(stored: Stored, content: Content, valid_to: float | None, now: float | None = None) -> Memory:
    """A memory as callers see it; ``now`` as for ``tier_of``."""
    return Memory(
        memory_id=stored.memory_id,
        key=content.key,
        value=content.value,
        memory_type=tier_of(stored, now),
        valid_from=stored.valid_from,
        valid_to=valid_to,
        version=stored.seq,
        provenance=content.provenance,
        retention=stored.retention,
        session=content.session,
        concepts=content.concepts,
    )


def _dumps(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
