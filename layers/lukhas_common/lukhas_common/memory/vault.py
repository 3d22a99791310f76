"""What is remembered is sealed under a key of the person that is for memories alone: destroying it erases them all,
wherever copies lie, and leaves the person's consent and the rest of the ledger as it is.
"""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any
from urllib.parse import quote

from lukhas_common.crypto.macs import mac
from lukhas_common.crypto.sealing import derive, seal, unseal
from lukhas_common.ledger.data_keys import DataKey, DataKeys
from lukhas_common.memory.errors import MemoryFault, MemoryReason

SUBJECT = "memory/"
"""How the subject of a memory key begins, and the ledger's stream about these memories; the person's id follows."""


LONGEST_OWNER = 256
"""Characters of who memories belong to; here and on AWS these are UUIDs."""

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def subject_of(owner: str) -> str:
    """The subject of the memory key of a person, and the name of the stream."""
    return f"{SUBJECT}{owner}"


@dataclass(frozen=True, slots=True)
class Secrets:
    """What is derived from one memory key."""

    owner: str
    key_id: str
    _content: bytes = field(repr=False)
    _names: bytes = field(repr=False)

    @classmethod
    def of(cls, owner: str, key: DataKey) -> Secrets:
        content, names = (derive(key.secret, info) for info in (b"lukhas memory content v1", b"lukhas memory names v1"))
        return cls(owner, key.key_id, content, names)

    def seal(self, plain: bytes, bound: bytes) -> bytes:
        """Seal bytes, so that they open in their own place only."""
        return seal(self._content, plain, bound)

    def unseal(self, sealed: bytes, bound: bytes) -> bytes:
        """What was sealed.

        Raises:
            SealError: not a byte of it can be trusted.
        """
        return unseal(self._content, sealed, bound)

    def slot(self, key: str) -> str:
        """Where the values of a key lie: 32 hex digits that tell nothing of it."""
        return mac(self._names, b"slot\0" + key.encode("utf-8", "surrogatepass"))[:16].hex()

    def once(self, sent: Any) -> str:
        """What a repeat of the same request is known by."""
        return mac(self._names, b"once\0" + json.dumps(sent, sort_keys=True).encode()).hex()[:32]

    def request(self, idempotency_key: str) -> str:
        """Where it is noted that a request with this key was made; no slot of values."""
        return mac(self._names, b"request\0" + idempotency_key.encode("utf-8", "surrogatepass"))[:16].hex()

    @property
    def naming(self) -> bytes:
        """The key by which folds are named."""
        return mac(self._names, b"fold")

    def name(self, kind: str, content: bytes) -> str:
        """A new name for an object with this content: a digest that tells nothing of it, and a part by chance.

        So no name comes twice, and whoever deletes what was named once never meets one who is about to name it again.
        """
        digest = mac(self._names, kind.encode() + b"\0" + hashlib.sha256(content).digest()).hex()
        return f"{folder_of(self.owner, self.key_id)}{kind}/{digest[:32]}-{token_hex(16)}"


def owner_checked(owner: object) -> str:
    """Somebody to remember for.

    Raises:
        MemoryFault: it is no text, an empty one, or one that cannot be written down.
    """
    if isinstance(owner, str) and 0 < len(owner) <= LONGEST_OWNER:
        with suppress(UnicodeEncodeError):
            owner.encode()
            return owner
    raise MemoryFault(
        MemoryReason.MEMORY_INVALID, f"Name whose memory it is by a text of 1 to {LONGEST_OWNER} characters."
    )


def folder_of(owner: str, key_id: str = "") -> str:
    """Where the objects of a person lie, or those that one memory key sealed.

    A UUID stands for itself. In others all but letters, digits, ``_``, ``-`` and ``~`` is percent-encoded, so that the
    folder of nobody begins with that of another; ``unquote`` reads it back.

    Raises:
        ValueError: without an owner it would be the folder of all.
    """
    if not owner:
        raise ValueError("nobody has no folder")
    folder = quote(owner, safe="").replace(".", "%2E")
    return f"{folder}/{key_id}/" if key_id else f"{folder}/"


def space_of(owner: str, key_id: str = "", embedder: str = "") -> str:
    """How the space with a person's vectors is called, or how those under one key begin, or all.

    In the characters and the length that an index of S3 Vectors may have: a UUID stands for itself, and of others a
    digest of the same length does.

    Raises:
        ValueError: as ``folder_of``.
    """
    if not owner:
        raise ValueError("nobody has no vectors")
    if not _UUID.fullmatch(owner):
        owner = hashlib.sha256(owner.encode()).hexdigest()[:36]
    parts = [hashlib.sha256(part.encode()).hexdigest()[:12] for part in (key_id, embedder) if part]
    return ".".join([owner, *parts]) + ("" if embedder else ".")


@dataclass(frozen=True, slots=True)
class Vault:
    """The memory keys of all people."""

    keys: DataKeys

    def to_write(self, owner: str) -> Secrets:
        """The key to seal with, made if there is none. It is read anew, for nothing may be stored under a dead one."""
        return Secrets.of(owner, self.keys.to_seal(subject_of(owner), fresh=True))

    def to_read(self, owner: str) -> Secrets | None:
        """The key as it is now; None where nothing is remembered of the person."""
        key = self.keys.current(subject_of(owner))
        return None if key is None else Secrets.of(owner, key)
