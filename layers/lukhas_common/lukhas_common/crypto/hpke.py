"""Sealing to a public key: HPKE (RFC 9180, base mode) with a hybrid KEM, which holds while X25519 or ML-KEM-768 does.

The KEM is MLKEM768-X25519 of draft-ietf-hpke-pq, which is X-Wing (draft-connolly-cfrg-xwing-kem): code point 0x647A.
With it go HKDF-SHA-256 (0x0001) and AES-256-GCM (0x0002). Base mode says nothing of who sealed.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, MLKEM768X25519PublicKey, Suite

from lukhas_common.crypto.base64url import b64url, unb64url
from lukhas_common.crypto.sealing import SealError

PUBLIC = 1216
"""Bytes of a public key: ML-KEM-768's encapsulation key (1184), then X25519's (32)."""

PUBLIC_TEXT = 1622
"""Characters of a public key as text."""

SEED = 32
"""Bytes of a private key, from which both of its halves are derived."""

OVERHEAD = 1136
"""Bytes that sealing adds: the encapsulated secret (1120) and AES-GCM's tag."""

_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_LATTICE, _SEEDS = 1184, 64
_SECRET_TEXT = "lukhas-opening-key-1:"


@dataclass(frozen=True, slots=True)
class RecipientKey:
    """A public key, to which anybody can seal.

    Raises:
        ValueError: it is none, such as a point of X25519 that gives every secret the same value.
    """

    raw: bytes

    def __post_init__(self) -> None:
        if len(self.raw) != PUBLIC:
            raise ValueError(f"a recipient's key has {PUBLIC} bytes")
        X25519PrivateKey.generate().exchange(self._halves()[1])

    @classmethod
    def from_text(cls, text: str) -> RecipientKey:
        """The key in canonical base64url.

        Raises:
            ValueError: it is none.
        """
        return cls(unb64url(text))

    def as_text(self) -> str:
        """The key as PUBLIC_TEXT characters of base64url."""
        return b64url(self.raw)

    def seal(self, secret: bytes, info: bytes) -> bytes:
        """Seal a short secret, such as a key; ``info`` says what for, and must be the same to open."""
        lattice, point = self._halves()
        return _SUITE.encrypt(secret, MLKEM768X25519PublicKey(lattice, point), info)

    def _halves(self) -> tuple[MLKEM768PublicKey, X25519PublicKey]:
        lattice, point = self.raw[:_LATTICE], self.raw[_LATTICE:]
        return MLKEM768PublicKey.from_public_bytes(lattice), X25519PublicKey.from_public_bytes(point)


@dataclass(frozen=True, slots=True, eq=False)
class OpeningKey:
    """A private key: a seed, stretched by SHAKE-256 to those of both halves, as X-Wing has it. No ``repr`` shows it.

    Raises:
        ValueError: the seed has not 32 bytes.
    """

    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.seed, bytes) or len(self.seed) != SEED:
            raise ValueError(f"an opening key is {SEED} bytes")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OpeningKey) and hmac.compare_digest(self.seed, other.seed)

    def __hash__(self) -> int:
        return hash(self.seed)

    @classmethod
    def random(cls) -> OpeningKey:
        return cls(secrets.token_bytes(SEED))

    @classmethod
    def from_text(cls, text: str) -> OpeningKey:
        """The key as ``as_text`` wrote it.

        Raises:
            ValueError: it is none; the text is not repeated.
        """
        if not text.startswith(_SECRET_TEXT):
            raise ValueError("not an opening key")
        return cls(unb64url(text.removeprefix(_SECRET_TEXT)))

    def as_text(self) -> str:
        """The key to be kept in a file, which names itself, so that nobody takes it for the public one."""
        return _SECRET_TEXT + b64url(self.seed)

    def recipient(self) -> RecipientKey:
        """The public key to give away."""
        lattice, point = self._halves()
        return RecipientKey(lattice.public_key().public_bytes_raw() + point.public_key().public_bytes_raw())

    def open(self, sealed: bytes, info: bytes) -> bytes:
        """What was sealed to this key.

        Raises:
            SealError: it was altered, or sealed to another key or for something else.
        """
        try:
            return _SUITE.decrypt(sealed, MLKEM768X25519PrivateKey(*self._halves()), info)
        except (InvalidTag, ValueError):
            raise SealError("altered, or sealed to another key or for something else") from None

    def _halves(self) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
        stretched = hashlib.shake_256(self.seed).digest(_SEEDS + SEED)
        lattice = MLKEM768PrivateKey.from_seed_bytes(stretched[:_SEEDS])
        return lattice, X25519PrivateKey.from_private_bytes(stretched[_SEEDS:])
