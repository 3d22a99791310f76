"""JWS in its compact form: the little of JOSE that access tokens need, read strictly.

Everything is checked before any cryptography: length, alphabet, canonical base64url, the exact header.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import jwt
from jwt.exceptions import InvalidTokenError

from lukhas_common import strict_json
from lukhas_common.identity.errors import Reason, TokenInvalidError

MAX_TOKEN_LENGTH = 8192
"""Characters; an HTTP API takes 10,240 bytes of request line and headers together."""

_JWS = jwt.PyJWS()
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)


@dataclass(frozen=True)
class PublicKey:
    """A key that verifies one algorithm and no other.

    Attributes:
        kid: the RFC 7638 thumbprint of ``jwk``.
        algorithm: the JOSE name, such as ``ES256``.
        jwk: the public JWK members, without ``kid``.
    """

    kid: str
    algorithm: str
    jwk: Mapping[str, str]

    @classmethod
    def from_p256(cls, x: int, y: int) -> PublicKey:
        """The ES256 key with these coordinates."""
        jwk = {"crv": "P-256", "kty": "EC", "x": b64url(x.to_bytes(32, "big")), "y": b64url(y.to_bytes(32, "big"))}
        return cls(thumbprint(jwk), "ES256", jwk)

    @cached_property
    def loaded(self) -> Any:
        """The key as PyJWT takes it."""
        return jwt.PyJWK(dict(self.jwk), self.algorithm).key

    def as_jwk(self) -> dict[str, str]:
        """The key as a member of a JWK set (RFC 7517)."""
        return {**self.jwk, "kid": self.kid, "alg": self.algorithm, "use": "sig"}


class Signer(Protocol):
    """Signs with one private key that stays where it is.

    ``sign`` answers the signature in the form that JWS wants (R ‖ S for ES256) or raises; it never
    answers a signature that ``public_key`` does not verify.
    """

    @property
    def public_key(self) -> PublicKey: ...
    def sign(self, message: bytes) -> bytes: ...


class PublicKeys(Protocol):
    """The published keys: ``find`` answers None for a kid that is not, or no longer, among them."""

    def find(self, kid: str) -> PublicKey | None: ...
    def all(self) -> list[PublicKey]: ...


def b64url(data: bytes) -> str:
    """Base64url without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64url(text: str) -> bytes:
    """The bytes of canonical, unpadded base64url.

    Raises:
        ValueError: the text is anything else, unused trailing bits included.
    """
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if b64url(data) != text:
        raise ValueError("not canonical base64url")
    return data


def thumbprint(jwk: Mapping[str, str]) -> str:
    """The RFC 7638 thumbprint of a JWK that has its required members only."""
    canonical = json.dumps(dict(jwk), sort_keys=True, separators=(",", ":"))
    return b64url(hashlib.sha256(canonical.encode()).digest())


def strict_object(data: bytes) -> dict[str, Any]:
    """The JSON object in these bytes, read strictly.

    Raises:
        ValueError: there is none.
    """
    value = strict_json.loads(data)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def sign(typ: str, claims: Mapping[str, Any], signer: Signer) -> str:
    """A compact JWS of the claims."""
    key = signer.public_key
    header = {"alg": key.algorithm, "kid": key.kid, "typ": typ}
    parts = [b64url(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims)]
    message = ".".join(parts)
    return f"{message}.{b64url(signer.sign(message.encode()))}"


def verify(token: str, typ: str, keys: PublicKeys) -> dict[str, Any]:
    """The claims of a compact JWS with a good signature by a published key.

    Raises:
        TokenInvalidError: TOKEN_INVALID where the form is wrong, SIGNATURE_INVALID where the key is
            unknown or the signature does not verify.
    """
    if len(token) > MAX_TOKEN_LENGTH or not _COMPACT.fullmatch(token):
        raise TokenInvalidError
    header_part, payload_part, signature_part = token.split(".")
    try:
        header, claims = (strict_object(unb64url(part)) for part in (header_part, payload_part))
        unb64url(signature_part)
    except ValueError:
        raise TokenInvalidError from None
    if header.keys() != {"alg", "kid", "typ"} or header["typ"] != typ or not isinstance(header["kid"], str):
        raise TokenInvalidError
    key = keys.find(header["kid"])
    if key is None or header["alg"] != key.algorithm:
        raise TokenInvalidError(Reason.SIGNATURE_INVALID)
    try:
        _JWS.decode(token, key.loaded, [key.algorithm])
    except InvalidTokenError:
        raise TokenInvalidError(Reason.SIGNATURE_INVALID) from None
    return claims
