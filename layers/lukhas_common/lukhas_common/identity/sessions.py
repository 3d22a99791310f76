"""Sessions: started by a login, kept alive by rotating refresh tokens, ended by logout or theft.

A session is one item, and every change to it is one conditional write, so a refresh and a logout that
race cannot both win.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from lukhas_common.identity.errors import IdentityError, Reason
from lukhas_common.identity.refresh_tokens import RefreshTokens, digest
from lukhas_common.ids import uuid7

if TYPE_CHECKING:
    from lukhas_common.audit import Audit
    from lukhas_common.identity.users import User, UserStore


@dataclass(frozen=True, slots=True)
class Session:
    """One login of one user on one client. Times are seconds since the epoch.

    Attributes:
        epoch: the user's epoch at the start; the session is dead once the user's has moved on.
        renew_by: when the current refresh token expires.
        ends_at: when the session ends however often it is refreshed.
        current: SHA-256 of the refresh token that may be used next.
        previous: SHA-256 of the one used last, at ``rotated_at``.
        revoked_for: why the session was ended, None while it lives.
        key_thumbprint: the DPoP key that it is bound to (RFC 9449), None where it is not.
    """

    session_id: str
    user_id: str
    epoch: int
    scopes: tuple[str, ...]
    client_id: str
    created_at: float
    renew_by: float
    ends_at: float
    current: str
    previous: str | None = None
    rotated_at: float | None = None
    revoked_for: str | None = None
    key_thumbprint: str | None = None

    @property
    def expires_at(self) -> float:
        return min(self.renew_by, self.ends_at)

    def is_live(self, epoch: int | None, now: float, fresh_after: float | None = None) -> bool:
        """Whether tokens of this session are good, given the user's epoch and when a login was demanded."""
        is_fresh = fresh_after is None or self.created_at > fresh_after
        return self.revoked_for is None and self.epoch == epoch and now < self.expires_at and is_fresh


class SessionStore(Protocol):
    """Keeps sessions. Reads are strongly consistent; each write is atomic on its one item.

    ``rotate`` puts ``successor`` in the place of ``current`` if the session is not revoked, not expired
    at ``now``, and its current digest and key are the ones given. It answers the session as it then is: rotated,
    or untouched where the condition failed; None where there is none. An answer that was lost may be
    asked for again. ``revoke`` keeps the first reason and is silent about sessions that do not exist.
    """

    def add(self, session: Session) -> None: ...
    def find(self, session_id: str) -> Session | None: ...
    def rotate(
        self, session_id: str, *, current: str, successor: str, key_thumbprint: str | None, now: float, renew_by: float
    ) -> Session | None: ...
    def revoke(self, session_id: str, reason: str) -> None: ...


class _Use(Enum):
    """What presenting a refresh token of ours means to its session."""

    ROTATED = "it is now the one used last, and its successor is current"
    ENDED = "the session is over"
    FOREIGN = "it was presented without a proof by the session's key"
    REUSED = "it was spent before, and too long ago for a repeated request"


@dataclass(frozen=True, slots=True)
class Sessions:
    """The life of sessions.

    Attributes:
        ttl: seconds that a refresh token lives after it was handed out.
        max_age: seconds after which a session ends however often it was refreshed.
        grace: seconds in which a repeat of the just-used refresh token gets its successor again.
    """

    store: SessionStore
    users: UserStore
    tokens: RefreshTokens
    client_id: str
    ttl: int
    max_age: int
    grace: int

    def start(
        self, user: User, scopes: tuple[str, ...], now: float, key_thumbprint: str | None = None
    ) -> tuple[Session, str]:
        """A new session of the user, bound to a DPoP key if one is given, and its first refresh token."""
        session_id = uuid7(now)
        token = self.tokens.first(session_id)
        session = Session(
            session_id=session_id,
            user_id=user.user_id,
            epoch=user.epoch,
            scopes=scopes,
            client_id=self.client_id,
            created_at=now,
            renew_by=now + self.ttl,
            ends_at=now + self.max_age,
            current=digest(token),
            key_thumbprint=key_thumbprint,
        )
        self.store.add(session)
        return session, token

    def foresee(self, token: str, now: float) -> Session | None:
        """The session as a refresh by this token would leave it; None where it would be refused.

        What may fail can be done with this before the token is spent.
        """
        session_id = self.tokens.session_of(token)
        session = None if session_id is None else self.store.find(session_id)
        if session is None or session.revoked_for is not None or now >= session.expires_at:
            return None
        return (
            replace(session, renew_by=now + self.ttl) if digest(token) in (session.current, session.previous) else None
        )

    def refresh(self, token: str, now: float, key_thumbprint: str | None = None) -> tuple[Session, str]:
        """The session of a refresh token, and the token's successor.

        A token that was spent longer ago than the grace was copied by someone: the session is revoked,
        because thief and owner cannot be told apart (RFC 9700, section 4.14.2).

        Raises:
            IdentityError: REFRESH_TOKEN_INVALID, SESSION_ENDED, DPOP_PROOF_INVALID or REFRESH_TOKEN_REUSED.
        """
        session_id = self.tokens.session_of(token)
        if session_id is None:
            raise IdentityError(Reason.REFRESH_TOKEN_INVALID, "Log in again; this refresh token is not one of ours.")
        presented, successor = digest(token), self.tokens.successor(token)
        session = self.store.rotate(
            session_id,
            current=presented,
            successor=digest(successor),
            key_thumbprint=key_thumbprint,
            now=now,
            renew_by=now + self.ttl,
        )
        use = self._use(session, presented, digest(successor), key_thumbprint, now)
        if session is None or use is _Use.ENDED:
            raise IdentityError(Reason.SESSION_ENDED, "Log in again; this session has ended.")
        if use is _Use.FOREIGN:
            raise IdentityError(
                Reason.DPOP_PROOF_INVALID, "Send a DPoP proof by the key that the session was started with, or none."
            )
        if use is _Use.REUSED:
            self.store.revoke(session_id, Reason.REFRESH_TOKEN_REUSED)
            raise IdentityError(
                Reason.REFRESH_TOKEN_REUSED,
                "Log in again; this refresh token was used before, so its session was ended for safety.",
            )
        return session, successor

    def _use(
        self, session: Session | None, presented: str, successor: str, key_thumbprint: str | None, now: float
    ) -> _Use:
        if session is None or session.revoked_for is not None or now >= session.expires_at:
            return _Use.ENDED
        if session.key_thumbprint != key_thumbprint:
            return _Use.FOREIGN
        if session.previous != presented or session.current != successor:
            return _Use.REUSED
        if session.rotated_at is None or now - session.rotated_at > self.grace:
            return _Use.REUSED
        user = self.users.by_id(session.user_id)
        is_live = user is not None and session.is_live(user.epoch, now, user.fresh_after)
        return _Use.ROTATED if is_live else _Use.ENDED


def end_session(store: SessionStore, audit: Audit, session_id: str) -> None:
    """Revoke a session at its owner's wish; its tokens are refused from the next request on."""
    store.revoke(session_id, "logout")
    audit.record("identity.logged_out", session_id=session_id)
