"""Access tokens: JWT as RFC 9068 has them (``typ: at+jwt``)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from lukhas_common.crypto.keys import PublicKeys
from lukhas_common.identity import jose
from lukhas_common.identity.errors import TokenInvalidError
from lukhas_common.identity.expected import Expected
from lukhas_common.identity.user_context import UserContext

TYPE = "at+jwt"
_STRINGS = ("iss", "aud", "sub", "sid", "client_id", "scope", "jti")
_TIMES = ("iat", "exp", "auth_time")
_CLAIMS = frozenset({*_STRINGS, *_TIMES})
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)

RING = "access"
"""The name of the key ring that signs them."""

MAX_TTL = 3600
"""Seconds that no access token outlives, whatever is configured."""


@dataclass(frozen=True, slots=True)
class AccessTokenVerifier:
    """Reads access tokens; knows nothing of revocation."""

    keys: PublicKeys
    expected: Expected

    def verify(self, token: str, now: float) -> UserContext:
        """The claims of a token that is authentic, not expired, and meant for this API.

        Raises:
            TokenExpiredError: it was valid once.
            TokenInvalidError: it is not; ``reason`` says which check failed.
        """
        claims, kid = jose.verify(token, TYPE, self.keys)
        if not _well_typed(claims):
            raise TokenInvalidError
        self.expected.check(
            issuer=claims["iss"], audience=claims["aud"], issued_at=claims["iat"], expires_at=claims["exp"], now=now
        )
        return UserContext(
            user_id=claims["sub"],
            client_id=claims["client_id"],
            token_id=claims["jti"],
            scopes=frozenset(claims["scope"].split(" ")),
            kid=kid,
            issued_at=claims["iat"],
            expires_at=claims["exp"],
            session_id=claims["sid"],
            key_thumbprint=claims["cnf"]["jkt"] if "cnf" in claims else None,
        )


def _well_typed(claims: dict[str, Any]) -> bool:
    """Whether the claims are exactly the ones that are issued, each of its exact type."""
    return (
        claims.keys() - {"cnf"} == _CLAIMS
        and all(type(claims[name]) is str and claims[name].isprintable() for name in _STRINGS)
        and all(type(claims[name]) is int and 0 <= claims[name] < 1 << 53 for name in _TIMES)
        and all(claims[name] for name in ("sub", "sid", "client_id", "jti"))
        and ("cnf" not in claims or _is_confirmation(claims["cnf"]))
    )


def _is_confirmation(cnf: object) -> bool:
    """Whether this is the ``cnf`` claim of a token that is bound to a DPoP key (RFC 9449, section 6.1)."""
    return (
        isinstance(cnf, dict)
        and cnf.keys() == {"jkt"}
        and isinstance(cnf["jkt"], str)
        and _THUMBPRINT.fullmatch(cnf["jkt"]) is not None
    )
