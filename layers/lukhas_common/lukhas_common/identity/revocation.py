"""Revocation of any token by whoever holds it (RFC 7009): to hold it is all that its use takes, too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from lukhas_common.audit import Audit
from lukhas_common.identity.bearer import QRG_PREFIX, TokenVerifier
from lukhas_common.identity.deny_list import DenyList
from lukhas_common.identity.errors import TokenInvalidError
from lukhas_common.identity.refresh_tokens import PREFIX as REFRESH_PREFIX
from lukhas_common.identity.refresh_tokens import RefreshTokens
from lukhas_common.identity.sessions import SessionStore
from lukhas_common.times import Clock


class QRGRevoker(Protocol):
    """Ends QRG tokens; answers whether it was one of ours."""

    def revoke_token(self, token: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Revocation:
    """Ends tokens. A token that is none, or is over already, is left alone: its holder gets what was wanted."""

    access: TokenVerifier
    refresh: RefreshTokens
    qrg: QRGRevoker
    sessions: SessionStore
    deny_list: DenyList
    audit: Audit
    clock: Clock

    def revoke(self, token: str) -> None:
        """End an access token alone; with a refresh token its session, with a QRG token its family."""
        if token.startswith(QRG_PREFIX):
            self.qrg.revoke_token(token)
        elif token.startswith(REFRESH_PREFIX):
            self._revoke_session(token)
        else:
            self._revoke_access_token(token)

    def _revoke_session(self, token: str) -> None:
        session_id = self.refresh.session_of(token)
        if session_id is not None:
            self.audit.record("identity.session_revoked", session_id=session_id)
            self.sessions.revoke(session_id, "revoked")

    def _revoke_access_token(self, token: str) -> None:
        try:
            user = self.access.verify(token, self.clock())
        except TokenInvalidError:
            return
        self.audit.record(
            "identity.token_revoked", user_id=user.user_id, session_id=user.session_id, token_id=user.token_id
        )
        self.deny_list.deny(user.token_id, user.expires_at)
