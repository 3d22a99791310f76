"""Makes access tokens; apart from their verifier, which is in every request's way and imports as little as it can."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lukhas_common.crypto.ring_keys import Signers
from lukhas_common.identity import jose
from lukhas_common.identity.access_tokens import TYPE
from lukhas_common.identity.second_reading import check
from lukhas_common.ids import uuid7

if TYPE_CHECKING:
    from lukhas_common.identity.sessions import Session


@dataclass(frozen=True, slots=True)
class AccessTokenIssuer:
    """Makes access tokens for live sessions.

    Attributes:
        ttl: seconds that a token lives, but never longer than its session.
    """

    signers: Signers
    issuer: str
    audience: str
    ttl: int

    def issue(self, session: Session, now: float) -> tuple[str, int]:
        """A token for the session, and the seconds until it expires."""
        issued = int(now)
        lifetime = max(1, min(self.ttl, int(session.expires_at) - issued))
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": session.user_id,
            "sid": session.session_id,
            "client_id": session.client_id,
            "scope": " ".join(session.scopes),
            "jti": uuid7(now),
            "iat": issued,
            "exp": issued + lifetime,
            "auth_time": int(session.created_at),
        }
        if session.key_thumbprint is not None:
            claims["cnf"] = {"jkt": session.key_thumbprint}
        signer = self.signers.current()
        token = jose.sign(TYPE, claims, signer)
        check(token, claims, signer.public_key)
        return token, lifetime
