"""What a token is worth at this moment (RFC 7662)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lukhas_common.identity.bearer import TokenVerifier
from lukhas_common.identity.errors import TokenInvalidError
from lukhas_common.identity.refresh_tokens import PREFIX as REFRESH_PREFIX
from lukhas_common.identity.refresh_tokens import RefreshTokens, digest
from lukhas_common.identity.sessions import SessionStore
from lukhas_common.identity.standing import Standings
from lukhas_common.identity.users import UserStore
from lukhas_common.times import Clock


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What is said of a live token. Times are whole seconds since the epoch.

    Attributes:
        token_type: how it is presented, ``Bearer`` or ``DPoP``; None for a refresh token.
        token_id: names it in logs; None for a refresh token.
    """

    user_id: str
    client_id: str
    scopes: tuple[str, ...]
    expires_at: int
    issued_at: int | None = None
    token_type: Literal["Bearer", "DPoP"] | None = None
    token_id: str | None = None
    key_thumbprint: str | None = None


@dataclass(frozen=True, slots=True)
class Introspection:
    """Answers by the same rules as the authorizer, with what is stored at this moment."""

    bearer: TokenVerifier
    standings: Standings
    clock: Clock

    def facts(self, token: str) -> TokenFacts | None:
        """The facts of a token by which someone may ask; None where it is not good."""
        now = self.clock()
        try:
            user = self.bearer.verify(token, now)
        except TokenInvalidError:
            return None
        if not self.standings.load(user).is_live(user, now):
            return None
        return TokenFacts(
            user_id=user.user_id,
            client_id=user.client_id,
            scopes=tuple(sorted(user.scopes)),
            expires_at=user.expires_at,
            issued_at=user.issued_at,
            token_type="Bearer" if user.key_thumbprint is None else "DPoP",
            token_id=user.token_id,
            key_thumbprint=user.key_thumbprint,
        )


@dataclass(frozen=True, slots=True)
class IntrospectionOfAll:
    """The same for refresh tokens, too."""

    others: Introspection
    refresh: RefreshTokens
    sessions: SessionStore
    users: UserStore

    def facts(self, token: str) -> TokenFacts | None:
        """The facts of any token; None where it is not good."""
        if not token.startswith(REFRESH_PREFIX):
            return self.others.facts(token)
        session_id = self.refresh.session_of(token)
        session = None if session_id is None else self.sessions.find(session_id)
        if session is None or session.current != digest(token):
            return None
        user = self.users.by_id(session.user_id)
        if user is None or not session.is_live(user.epoch, self.others.clock(), user.fresh_after):
            return None
        return TokenFacts(
            user_id=session.user_id,
            client_id=session.client_id,
            scopes=tuple(sorted(session.scopes)),
            expires_at=int(session.expires_at),
            key_thumbprint=session.key_thumbprint,
        )
