"""Keys in AWS KMS: the one that signs access tokens and the one that others are derived from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from lukhas_common.aws.clients import client
from lukhas_common.identity.jose import PublicKey
from lukhas_common.settings import settings

MAX_RAW = 4096
"""Bytes of a message that KMS hashes itself."""


@dataclass(frozen=True)
class KmsSigner:
    """The Signer port on an ECC_NIST_P256 key: the private key never leaves KMS."""

    client: Any
    key_id: str

    @cached_property
    def public_key(self) -> PublicKey:
        """The public half, fetched once per process.

        Raises:
            TypeError: the key is not on the curve P-256.
        """
        key = load_der_public_key(self.client.get_public_key(KeyId=self.key_id)["PublicKey"])
        if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
            raise TypeError("the signing key must be an ECC_NIST_P256 key")
        point = key.public_numbers()
        return PublicKey.from_p256(point.x, point.y)

    def sign(self, message: bytes) -> bytes:
        """R ‖ S of 32 bytes each (RFC 7518, section 3.4), from the DER that KMS answers."""
        kind, content = ("RAW", message) if len(message) <= MAX_RAW else ("DIGEST", hashlib.sha256(message).digest())
        answer = self.client.sign(
            KeyId=self.key_id, Message=content, MessageType=kind, SigningAlgorithm="ECDSA_SHA_256"
        )
        r, s = decode_dss_signature(answer["Signature"])
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


@dataclass(frozen=True, slots=True)
class KmsPublicKeys:
    """The PublicKeys port: the keys of these signers."""

    signers: tuple[KmsSigner, ...]

    def all(self) -> list[PublicKey]:
        return [signer.public_key for signer in self.signers]

    def find(self, kid: str) -> PublicKey | None:
        return next((key for key in self.all() if key.kid == kid), None)


class KmsServerKey:
    """Derives the key of a purpose as the MAC of its name under an HMAC_256 key; one call a purpose and process."""

    def __init__(self, client: Any, key_id: str) -> None:
        self._client = client
        self._key_id = key_id
        self._derived: dict[str, bytes] = {}

    def __call__(self, purpose: str) -> bytes:
        if purpose not in self._derived:
            answer = self._client.generate_mac(
                KeyId=self._key_id, Message=f"lukhas {purpose} v1".encode(), MacAlgorithm="HMAC_SHA_256"
            )
            self._derived[purpose] = bytes(answer["Mac"])
        return self._derived[purpose]


@cache
def signer() -> KmsSigner:
    """The key that signs access tokens."""
    return KmsSigner(client("kms"), settings().required("signing_key_id"))


def public_keys() -> KmsPublicKeys:
    """The keys that verify them."""
    return KmsPublicKeys((signer(),))
