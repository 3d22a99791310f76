"""A ring as those see it who sign and who verify."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from lukhas_common.crypto.keys import PublicKey, Signer
    from lukhas_common.crypto.ring_ports import RingStore, Vault
    from lukhas_common.times import Clock


class NoActiveKeyError(Exception):
    """Nothing can be signed: the ring has no active key yet, or no more."""


class SignatureError(Exception):
    """A signature did not verify, so it was not handed out."""


class Signers(Protocol):
    """Answers the signer of the present moment; use it for one token and ask again for the next."""

    def current(self) -> Signer: ...


@dataclass(frozen=True, slots=True)
class Checked:
    """A signer whose every signature was verified by code that did not make it, before anyone else sees it."""

    signer: Signer
    public_key: PublicKey

    def sign(self, message: bytes) -> bytes:
        """The signature.

        Raises:
            SignatureError: it is not good.
        """
        signature = self.signer.sign(message)
        if not self.public_key.verifies(message, signature):
            raise SignatureError(f"a signature by {self.public_key.kid} does not verify")
        return signature


@dataclass(frozen=True, slots=True)
class RingSigners:
    """The Signers port: the active key of a ring as it is now, so that a switch is felt by the next token."""

    name: str
    store: RingStore
    vault: Vault

    def current(self) -> Signer:
        """The signer of the active key.

        Raises:
            NoActiveKeyError: there is none.
        """
        ring, keys = self.store.load(self.name)
        active = ring.active()
        if active is None:
            raise NoActiveKeyError(f"the ring {self.name} has no active key: run RotateKeysFunction")
        return Checked(self.vault.signer(active.reference, keys[active.kid]), keys[active.kid])


@dataclass(frozen=True, slots=True)
class BelievedKeys:
    """The PublicKeys port: the keys whose signatures are good at this moment, read anew each time."""

    name: str
    store: RingStore
    clock: Clock

    def find(self, kid: str) -> PublicKey | None:
        ring, keys = self.store.load(self.name)
        return keys.get(kid) if ring.believes(kid, self.clock()) else None


class CachedKeys:
    """The PublicKeys port for those who check the ring's belief in a key themselves, at each use.

    A kid names one key for ever, so what was read once is right. A kid that is not known makes it read again,
    but only once in ``pause`` seconds, whatever strangers send.
    """

    def __init__(self, name: str, store: RingStore, clock: Clock, pause: float = 10) -> None:
        self._name, self._store, self._clock, self._pause = name, store, clock, pause
        self._keys: dict[str, PublicKey] = {}
        self._read_at: float | None = None

    def find(self, kid: str) -> PublicKey | None:
        """The key of this thumbprint, None where the ring has no such key."""
        now = self._clock()
        if kid not in self._keys and (self._read_at is None or abs(now - self._read_at) >= self._pause):
            _ring, self._keys = self._store.load(self._name)
            self._read_at = now
        return self._keys.get(kid)


class SingleKey:
    """The Signers and PublicKeys ports on one key that never changes."""

    def __init__(self, signer: Signer) -> None:
        self._signer = Checked(signer, signer.public_key)

    def current(self) -> Signer:
        return self._signer

    def find(self, kid: str) -> PublicKey | None:
        return self._signer.public_key if kid == self._signer.public_key.kid else None
