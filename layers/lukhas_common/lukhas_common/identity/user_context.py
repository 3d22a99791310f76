"""Who is asking, as an authentic token says; whether it still counts is for standing.py to say."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UserContext:
    """What the authorizer knows of a caller before it has asked storage. Times are seconds since the epoch.

    Attributes:
        user_id: the ``sub`` claim.
        client_id: which client the token was issued to.
        token_id: names this one token in logs and deny lists, and is no secret.
        kid: the key that signed it.
        session_id: the session that it belongs to, None for a QRG token.
        family_id: the family that it belongs to, None for an access token.
        key_thumbprint: the DPoP key that it is bound to (RFC 9449), None for a bearer token.
    """

    user_id: str
    client_id: str
    token_id: str
    scopes: frozenset[str]
    kid: str
    issued_at: int
    expires_at: int
    session_id: str | None = None
    family_id: str | None = None
    key_thumbprint: str | None = None
