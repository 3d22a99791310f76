"""Public keys: each verifies one algorithm and no other, and is called by its RFC 7638 thumbprint."""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from lukhas_common.crypto.base64url import b64url, unb64url

_ML_DSA = {"ML-DSA-44": 1312, "ML-DSA-65": 1952, "ML-DSA-87": 2592}
"""The algorithms of FIPS 204, with the bytes of their public keys."""

ALGORITHMS = ("ES256", "Ed25519", *_ML_DSA)
"""JOSE names: RFC 7518, RFC 9864 and RFC 9964."""

Verifies = Callable[[bytes, bytes], bool]


@dataclass(frozen=True)
class PublicKey:
    """A key that verifies one algorithm.

    Attributes:
        kid: the RFC 7638 thumbprint of ``jwk``.
        algorithm: one of ALGORITHMS.
        jwk: the members of the public JWK that the thumbprint is made of.
    """

    kid: str
    algorithm: str
    jwk: Mapping[str, str]

    @classmethod
    def of(cls, algorithm: str, raw: bytes) -> PublicKey:
        """The key with these bytes: X ‖ Y for ES256, otherwise as its standard encodes it.

        Raises:
            ValueError: there is no such algorithm, or the length is wrong.
        """
        match algorithm:
            case "ES256" if len(raw) == 64:
                jwk = {"crv": "P-256", "kty": "EC", "x": b64url(raw[:32]), "y": b64url(raw[32:])}
            case "Ed25519" if len(raw) == 32:
                jwk = {"crv": "Ed25519", "kty": "OKP", "x": b64url(raw)}
            case _ if len(raw) == _ML_DSA.get(algorithm):
                jwk = {"alg": algorithm, "kty": "AKP", "pub": b64url(raw)}
            case _:
                raise ValueError("no such algorithm, or a key of another length")
        return cls(thumbprint(jwk), algorithm, jwk)

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, object]) -> PublicKey:
        """The key in a public JWK (RFC 7517, 8037, 9964); members beyond those of its type are ignored.

        Raises:
            ValueError: a member is missing, of another type or not canonical, the point is not on its curve, or
                the type, curve or algorithm is not one that is used here. The text repeats nothing of the key.
        """
        match jwk:
            case {"kty": "EC", "crv": "P-256", "x": str(x), "y": str(y)} if len(x) == len(y) == 43:
                key = cls.of("ES256", unb64url(x) + unb64url(y))
            case {"kty": "OKP", "crv": "Ed25519", "x": str(x)}:
                key = cls.of("Ed25519", unb64url(x))
            case {"kty": "AKP", "alg": str(algorithm), "pub": str(pub)} if algorithm in _ML_DSA:
                key = cls.of(algorithm, unb64url(pub))
            case _:
                raise ValueError("not a public key of a type that is used here")
        _ = key._verifies
        return key

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature, in the form that JOSE and COSE give it, is this key's over the message.

        Raises:
            ValueError: the key itself is none, such as a point that is not on its curve.
        """
        return self._verifies(message, signature)

    def as_jwk(self) -> dict[str, str]:
        """The key as a member of a JWK set (RFC 7517)."""
        return {**self.jwk, "kid": self.kid, "alg": self.algorithm, "use": "sig"}

    @cached_property
    def _verifies(self) -> Verifies:
        match self.algorithm:
            case "ES256":
                return _es256(self)
            case "Ed25519":
                return _ed25519(self)
        return _ml_dsa(self)


class PublicKeys(Protocol):
    """The keys of one kind of token: ``find`` answers None for a kid that is not among them."""

    def find(self, kid: str) -> PublicKey | None: ...


class Signer(Protocol):
    """Signs with one private key that stays where it is.

    ``sign`` answers the signature in the form that JOSE and COSE want (R ‖ S for ES256), or raises.
    """

    @property
    def public_key(self) -> PublicKey: ...
    def sign(self, message: bytes) -> bytes: ...


def thumbprint(jwk: Mapping[str, str]) -> str:
    """The RFC 7638 thumbprint of a JWK that has its required members only."""
    canonical = json.dumps(dict(jwk), sort_keys=True, separators=(",", ":"))
    return b64url(hashlib.sha256(canonical.encode()).digest())


def _es256(key: PublicKey) -> Verifies:
    """ECDSA on P-256 with SHA-256, the signature as R ‖ S (RFC 7518, section 3.4)."""
    x, y = (int.from_bytes(unb64url(key.jwk[name]), "big") for name in ("x", "y"))
    try:
        loaded = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    except ValueError:
        raise ValueError("not a point on the curve") from None

    def verifies(message: bytes, signature: bytes) -> bool:
        r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
        try:
            loaded.verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return len(signature) == 64

    return verifies


def _ed25519(key: PublicKey) -> Verifies:
    """RFC 8032."""
    loaded = ed25519.Ed25519PublicKey.from_public_bytes(unb64url(key.jwk["x"]))

    def verifies(message: bytes, signature: bytes) -> bool:
        try:
            loaded.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    return verifies


def _ml_dsa(key: PublicKey) -> Verifies:
    """FIPS 204 with an empty context, by pqcrypto, which signs nothing here; imported where it is used first."""
    implementation = importlib.import_module(f"pqcrypto.sign.{key.algorithm.lower().replace('-', '_')}")
    raw = unb64url(key.jwk["pub"])

    def verifies(message: bytes, signature: bytes) -> bool:
        try:
            implementation.verify(raw, message, signature)
        except ValueError:
            return False
        return True

    return verifies
