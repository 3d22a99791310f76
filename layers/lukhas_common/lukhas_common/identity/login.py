"""Logging in, staying logged in, and changing the password: every way to a pair of tokens."""

from __future__ import annotations

from dataclasses import dataclass

from lukhas_common.audit import Audit
from lukhas_common.identity.access_token_issuer import AccessTokenIssuer
from lukhas_common.identity.dpop import Proof, ProofStore, accept
from lukhas_common.identity.errors import IdentityError, Reason
from lukhas_common.identity.login_throttle import Client, LoginThrottle
from lukhas_common.identity.sessions import Session, Sessions
from lukhas_common.identity.users import Accounts, User, normalise_username
from lukhas_common.times import Clock


@dataclass(frozen=True, slots=True)
class Tokens:
    """A fresh pair of tokens.

    Attributes:
        expires_in: seconds until the access token expires.
        refresh_expires_in: seconds until the refresh token does.
        device_cookie: by which the client is known next time; None where it stays as it is.
        key_bound: whether they need a DPoP proof by the session's key.
    """

    access_token: str
    refresh_token: str
    expires_in: int
    refresh_expires_in: int
    device_cookie: str | None = None
    key_bound: bool = False


@dataclass(frozen=True, slots=True)
class Login:
    """Gives tokens to whoever proves who they are."""

    accounts: Accounts
    sessions: Sessions
    access_tokens: AccessTokenIssuer
    throttle: LoginThrottle
    proofs: ProofStore
    audit: Audit
    clock: Clock

    def authenticate(
        self,
        username: str,
        password: str,
        client: Client,
        scopes: tuple[str, ...] | None = None,
        proof: Proof | None = None,
    ) -> Tokens:
        """Start a session, with all scopes of the account or with fewer; a DPoP proof binds it to the proof's key.

        An unknown user and a wrong password get the same answer after the same work.

        Raises:
            IdentityError: LOGIN_THROTTLED, CREDENTIALS_INVALID, SCOPE_NOT_GRANTED or DPOP_PROOF_REUSED.
        """
        name = normalise_username(username)
        user = self._prove(name, self.accounts.users.by_username(name), password, client)
        if proof:
            accept(proof, self.proofs)
        thumbprint = proof.thumbprint if proof else None
        return self._start(self.accounts.upgrade_hash(user, password), client, scopes, thumbprint)

    def change_password(
        self, user_id: str, old_password: str, new_password: str, client: Client, key_thumbprint: str | None = None
    ) -> Tokens:
        """Change the password, end every session, and start a new one for the caller, bound as the caller's is.

        With ``client.session_id`` the attempt is slowed down by failures of that session only, so nobody
        else's guesses keep the owner from changing a password.

        Raises:
            IdentityError: USER_NOT_FOUND, LOGIN_THROTTLED, CREDENTIALS_INVALID or PASSWORD_WEAK.
        """
        user = self.accounts.profile(user_id)
        self._prove(user.username, user, old_password, client)
        changed = self.accounts.change_password(user, new_password)
        self.audit.record("identity.password_changed", user_id=user_id)
        return self._start(changed, client, None, key_thumbprint)

    def refresh(self, refresh_token: str, proof: Proof | None = None) -> Tokens:
        """Exchange a refresh token for new tokens; one of a bound session needs a DPoP proof by its key.

        Raises:
            IdentityError: REFRESH_TOKEN_INVALID, REFRESH_TOKEN_REUSED, SESSION_ENDED, DPOP_PROOF_INVALID or
                DPOP_PROOF_REUSED.
        """
        now = self.clock()
        try:
            ahead = self.sessions.foresee(refresh_token, now)
            # Signed before the token is spent: if signing fails, the same token can be tried again.
            signed = None if ahead is None else self.access_tokens.issue(ahead, now)
            if signed and proof:
                accept(proof, self.proofs)
            session, successor = self.sessions.refresh(refresh_token, now, proof.thumbprint if proof else None)
        except IdentityError as error:
            self.audit.record("identity.refresh_refused", reason=error.reason)
            raise
        self.audit.record("identity.refreshed", user_id=session.user_id, session_id=session.session_id)
        return self._tokens(session, successor, now, signed or self.access_tokens.issue(session, now))

    def _prove(self, username: str, user: User | None, password: str, client: Client) -> User:
        now = self.clock()
        try:
            attempt = self.throttle.admit(username, client, now)
            proven = self.accounts.hasher.verify(user.password_hash if user else None, password)
            if user is None or not proven:
                self.throttle.failed(attempt, now)
                raise IdentityError(Reason.CREDENTIALS_INVALID, "Username or password is wrong.")
        except IdentityError as error:
            self._refused(error, user, client)
            raise
        self.throttle.succeeded(attempt)
        return user

    def _start(self, user: User, client: Client, scopes: tuple[str, ...] | None, key_thumbprint: str | None) -> Tokens:
        granted = user.scopes if scopes is None else tuple(dict.fromkeys(scopes))
        if not set(granted) <= set(user.scopes):
            error = IdentityError(Reason.SCOPE_NOT_GRANTED, "Ask only for scopes that this account holds.")
            self._refused(error, user, client)
            raise error
        now = self.clock()
        session, refresh_token = self.sessions.start(user, granted, now, key_thumbprint)
        self.audit.record(
            "identity.session_started",
            user_id=user.user_id,
            session_id=session.session_id,
            source_ip=client.source_ip,
        )
        known = self.throttle.knows(user.username, client.device_cookie, now)
        cookie = None if known else self.throttle.device_cookie(user.username, now)
        return self._tokens(session, refresh_token, now, self.access_tokens.issue(session, now), cookie)

    def _refused(self, error: IdentityError, user: User | None, client: Client) -> None:
        """What was typed as a username is not kept: it may be a password.

        Whoever failed is not known to be that user, and must not be able to tell from the time it takes that there is
        such a user: so this is an event about a stranger who claimed to be somebody.
        """
        self.audit.record(
            "identity.password_refused",
            reason=error.reason,
            claimed_user_id=user.user_id if user else None,
            session_id=client.session_id,
            source_ip=client.source_ip,
        )

    def _tokens(
        self, session: Session, refresh_token: str, now: float, signed: tuple[str, int], cookie: str | None = None
    ) -> Tokens:
        access_token, lifetime = signed
        remaining, bound = int(session.expires_at - now), session.key_thumbprint is not None
        return Tokens(access_token, refresh_token, lifetime, remaining, cookie, bound)
