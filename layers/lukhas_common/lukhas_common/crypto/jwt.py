"""Signed tokens for whoever uses the library without its sessions: the JWT (RFC 7519) that ``identity/jose.py`` reads.

Access tokens have a type of their own, so neither passes for the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lukhas_common.crypto.keys import PublicKeys, Signer
from lukhas_common.identity import jose
from lukhas_common.identity.errors import TokenInvalidError
from lukhas_common.identity.expected import Expected

__all__ = ["Expected", "sign_jwt", "verify_jwt"]

_TYPE = "JWT"
_CLAIMS = {"iss": str, "aud": str, "iat": int, "exp": int}


def sign_jwt(claims: Mapping[str, Any], signer: Signer) -> str:
    """A token of these claims.

    Args:
        claims: ``iss`` and ``aud`` as texts, ``iat`` and ``exp`` as whole seconds since the epoch, and others.

    Raises:
        ValueError: one of the four is missing or of another type: nobody could hold the token to it.
    """
    if not _is_bounded(claims):
        raise ValueError("a token says iss and aud as texts, iat and exp as whole seconds")
    return jose.sign(_TYPE, claims, signer)


def verify_jwt(token: str, keys: PublicKeys, expected: Expected, now: float) -> dict[str, Any]:
    """The claims of a token that is authentic, not expired, and meant for ``expected``; it may have been revoked.

    Raises:
        TokenExpiredError: it was valid once.
        TokenInvalidError: it is not; ``reason`` says which check failed.
    """
    claims, _ = jose.verify(token, _TYPE, keys)
    if not _is_bounded(claims):
        raise TokenInvalidError
    expected.check(
        issuer=claims["iss"], audience=claims["aud"], issued_at=claims["iat"], expires_at=claims["exp"], now=now
    )
    return claims


def _is_bounded(claims: Mapping[str, Any]) -> bool:
    return all(type(claims.get(name)) is kind for name, kind in _CLAIMS.items())
