"""Keys in AWS KMS: those that sign, which never leave it, and the one that others are derived from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from lukhas_common.aws.tags import RING_TAG, STACK_TAG
from lukhas_common.crypto.base64url import unb64url
from lukhas_common.crypto.keys import PublicKey

MAX_RAW = 4096
"""Bytes of a message that KMS takes whole."""

WAITING_DAYS = 30
"""In which the deletion of a key can still be cancelled by hand."""

_SPECS = {
    "ES256": "ECC_NIST_P256",
    "Ed25519": "ECC_NIST_EDWARDS25519",
    "ML-DSA-44": "ML_DSA_44",
    "ML-DSA-65": "ML_DSA_65",
    "ML-DSA-87": "ML_DSA_87",
}
_ML_DSA: dict[type, str] = {
    mldsa.MLDSA44PublicKey: "ML-DSA-44",
    mldsa.MLDSA65PublicKey: "ML-DSA-65",
    mldsa.MLDSA87PublicKey: "ML-DSA-87",
}
_GONE = ("KMSInvalidStateException", "NotFoundException")


@dataclass(frozen=True)
class KmsSigner:
    """The Signer port on a key of KMS."""

    client: Any
    key_id: str
    public_key: PublicKey

    def sign(self, message: bytes) -> bytes:
        """R ‖ S for ES256 (RFC 7518, section 3.4), otherwise as the algorithm's own standard has it.

        Raises:
            ValueError: an Ed25519 message is longer than KMS takes: that algorithm has no digest of it to send.
        """
        match self.public_key.algorithm:
            case "ES256":
                short = len(message) <= MAX_RAW
                content = message if short else hashlib.sha256(message).digest()
                r, s = decode_dss_signature(self._sign("ECDSA_SHA_256", "RAW" if short else "DIGEST", content))
                return r.to_bytes(32, "big") + s.to_bytes(32, "big")
            case "Ed25519":
                if len(message) > MAX_RAW:
                    raise ValueError(f"KMS signs at most {MAX_RAW} bytes with Ed25519")
                return self._sign("ED25519_SHA_512", "RAW", message)
            case _:
                if len(message) <= MAX_RAW:
                    return self._sign("ML_DSA_SHAKE_256", "RAW", message)
                return self._sign("ML_DSA_SHAKE_256", "EXTERNAL_MU", _mu(self.public_key, message))

    def _sign(self, algorithm: str, kind: str, content: bytes) -> bytes:
        answer = self.client.sign(KeyId=self.key_id, Message=content, MessageType=kind, SigningAlgorithm=algorithm)
        return bytes(answer["Signature"])


@dataclass(frozen=True, slots=True)
class KmsVault:
    """The Vault port: keys are found again by their tags. A reference is a key id.

    Attributes:
        tagging: makes the client of the Resource Groups Tagging API, which only a rotation needs.
        stack: the value of the tag by which keys of different stacks are told apart.
    """

    client: Any
    tagging: Callable[[], Any]
    stack: str

    def create(self, ring: str, algorithm: str) -> str:
        made = self.client.create_key(
            KeySpec=_SPECS[algorithm],
            KeyUsage="SIGN_VERIFY",
            Description=f"Signs for the ring {ring} of {self.stack} ({algorithm}).",
            Tags=[{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in self._tags(ring)],
        )
        return str(made["KeyMetadata"]["KeyId"])

    def unlisted(self, ring: str, algorithm: str, listed: frozenset[str]) -> list[str]:
        return [key_id for key_id in self._tagged(ring) if key_id not in listed and self.is_usable(key_id, algorithm)]

    def public_key(self, reference: str) -> PublicKey:
        return public_key_from(self.client.get_public_key(KeyId=reference)["PublicKey"])

    def signer(self, reference: str, key: PublicKey) -> KmsSigner:
        return KmsSigner(self.client, reference, key)

    def destroy(self, reference: str) -> None:
        try:
            self.client.schedule_key_deletion(KeyId=reference, PendingWindowInDays=WAITING_DAYS)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _GONE:
                raise

    def _tagged(self, ring: str) -> Iterator[str]:
        filters = [{"Key": tag["Key"], "Values": [tag["Value"]]} for tag in self._tags(ring)]
        pages = self.tagging().get_paginator("get_resources")
        for page in pages.paginate(TagFilters=filters, ResourceTypeFilters=["kms:key"]):
            for resource in page["ResourceTagMappingList"]:
                yield resource["ResourceARN"].rpartition("/")[2]

    def is_usable(self, reference: str, algorithm: str) -> bool:
        try:
            found = self.client.describe_key(KeyId=reference)["KeyMetadata"]
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                return False
            raise
        wanted = {"KeyState": "Enabled", "KeySpec": _SPECS[algorithm], "KeyUsage": "SIGN_VERIFY", "Origin": "AWS_KMS"}
        return all(found[name] == value for name, value in wanted.items())

    def _tags(self, ring: str) -> list[dict[str, str]]:
        return [{"Key": STACK_TAG, "Value": self.stack}, {"Key": RING_TAG, "Value": ring}]


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


def public_key_from(der: bytes) -> PublicKey:
    """The key in a SubjectPublicKeyInfo, as GetPublicKey answers it.

    Raises:
        TypeError: it is of a kind that is not used here.
    """
    key = load_der_public_key(der)
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        point = key.public_numbers()
        return PublicKey.of("ES256", point.x.to_bytes(32, "big") + point.y.to_bytes(32, "big"))
    if isinstance(key, ed25519.Ed25519PublicKey):
        return PublicKey.of("Ed25519", key.public_bytes_raw())
    for kind, algorithm in _ML_DSA.items():
        if isinstance(key, kind):
            return PublicKey.of(algorithm, key.public_bytes_raw())  # type: ignore[union-attr]
    raise TypeError("the key is neither P-256 nor Ed25519 nor ML-DSA")


def _mu(key: PublicKey, message: bytes) -> bytes:
    """The message representative of FIPS 204 (algorithm 7, line 6) for an empty context, 64 bytes."""
    tr = hashlib.shake_256(unb64url(key.jwk["pub"])).digest(64)
    return hashlib.shake_256(tr + b"\x00\x00" + message).digest(64)
