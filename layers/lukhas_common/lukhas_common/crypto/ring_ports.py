"""What a key ring needs from outside: a place for rings, and one for private keys."""

from __future__ import annotations

from typing import Protocol

from lukhas_common.crypto.key_ring import Ring
from lukhas_common.crypto.keys import PublicKey, Signer


class RingStore(Protocol):
    """Keeps rings and their public keys. Reads are strongly consistent, each write is atomic on its one item.

    ``load`` answers the ring of a name (without keys and at version 0 where none is stored) and its public keys
    by kid; every key that is not destroyed has one. ``save`` stores the ring as the version after its own if its own
    is the one that is stored, and answers whether; where an answer was lost, it may deny what it did. ``publish``
    and ``forget`` may be repeated.
    """

    def load(self, name: str) -> tuple[Ring, dict[str, PublicKey]]: ...
    def save(self, ring: Ring) -> bool: ...
    def publish(self, name: str, key: PublicKey) -> None: ...
    def forget(self, name: str, kid: str) -> None: ...


class Vault(Protocol):
    """Holds private keys, which never leave it.

    ``unlisted`` answers references to usable keys that were made for this ring and algorithm and are not among
    those listed: a run that was killed left them. ``is_usable`` says whether a key can sign: nobody disabled or
    deleted it. ``destroy`` may be repeated.
    """

    def create(self, ring: str, algorithm: str) -> str: ...
    def unlisted(self, ring: str, algorithm: str, listed: frozenset[str]) -> list[str]: ...
    def is_usable(self, reference: str, algorithm: str) -> bool: ...
    def public_key(self, reference: str) -> PublicKey: ...
    def signer(self, reference: str, key: PublicKey) -> Signer: ...
    def destroy(self, reference: str) -> None: ...
