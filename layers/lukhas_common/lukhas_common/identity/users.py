"""Accounts: who can log in, what they may do, and since when their tokens count.

A user is one item, keyed by a random id. The username is claimed in a second one, which is written
first and is the commit point: a claim whose user never appeared, because the registration died, may be
taken over after ``claim_timeout``.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from lukhas_common.audit import Audit
from lukhas_common.identity.errors import IdentityError, Reason
from lukhas_common.identity.password_hashes import PasswordHasher
from lukhas_common.identity.passwords import PasswordPolicy, WeakPasswordError
from lukhas_common.ids import uuid7
from lukhas_common.times import Clock

Epochs = Callable[[str], int | None]
"""Answers the present epoch of a user, consistently read; None where there is no such user."""

_USERNAME = re.compile(r"[a-z0-9](?:[a-z0-9._@+-]{1,62})[a-z0-9]", re.ASCII)


@dataclass(frozen=True, slots=True)
class User:
    """One account. ``created_at`` is in seconds since the epoch.

    Attributes:
        epoch: grows whenever all sessions must end; a session lives only in the epoch it started in.
        fresh_after: sessions that began no later than this have to begin anew; tokens of agents go on.
    """

    user_id: str
    username: str
    password_hash: str
    scopes: tuple[str, ...]
    created_at: float
    epoch: int = 1
    fresh_after: float | None = None


class UserStore(Protocol):
    """Keeps users. Reads are strongly consistent; each write is atomic on its one item.

    ``claim`` gives the name to the user id, as of ``now``, if it is free, was claimed by the same id, or is
    held since before ``stale_before`` by an id that has no user; it answers whether the name is the id's.
    ``by_username`` costs the same round trips whether there is such a user or not.
    ``add`` stores the user unless one with this id exists, and answers the one that is stored.
    ``replace_password`` swaps the hash if ``old_hash`` is still stored, moves the epoch on by
    ``epochs``, and answers the user as then stored, or None if the condition failed.
    """

    def claim(self, username: str, user_id: str, *, now: float, stale_before: float) -> bool: ...
    def add(self, user: User) -> User: ...
    def by_id(self, user_id: str) -> User | None: ...
    def by_username(self, username: str) -> User | None: ...
    def replace_password(self, user_id: str, *, old_hash: str, new_hash: str, epochs: int) -> User | None: ...


def normalise_username(username: str) -> str:
    """The form under which a username is claimed: NFKC, lower case, without outer spaces."""
    return unicodedata.normalize("NFKC", username).strip().casefold()


@dataclass(frozen=True, slots=True)
class Accounts:
    """Registration, profiles and password changes.

    Attributes:
        default_scopes: what a new account may do.
        claim_timeout: seconds after which a claim without a user is given up, and a registration is no
            longer repeated.
    """

    users: UserStore
    hasher: PasswordHasher
    policy: PasswordPolicy
    default_scopes: tuple[str, ...]
    claim_timeout: int
    audit: Audit
    clock: Clock

    def register(self, username: str, password: str, idempotency_key: str | None = None) -> User:
        """Create an account.

        With an idempotency key the same request may be sent again, after a crash or a lost answer, and
        gives the same account: the user id is derived from key and name. Once the account exists that holds
        for ``claim_timeout`` only, because telling a right password from a wrong one is for the login.

        Raises:
            IdentityError: USERNAME_INVALID, PASSWORD_WEAK, USERNAME_TAKEN or IDEMPOTENCY_KEY_REUSED.
        """
        name = normalise_username(username)
        if not _USERNAME.fullmatch(name):
            raise IdentityError(
                Reason.USERNAME_INVALID,
                "Choose a username of 3 to 64 characters: letters a-z, digits and . _ @ + - between them.",
            )
        self._check_password(password, name)
        now = self.clock()
        user = User(
            user_id=_derived_id(idempotency_key, name) if idempotency_key else uuid7(now),
            username=name,
            password_hash=self.hasher.hash(password),
            scopes=self.default_scopes,
            created_at=now,
        )
        if not self.users.claim(name, user.user_id, now=now, stale_before=now - self.claim_timeout):
            raise _taken()
        stored = self.users.add(user)
        if stored is not user:
            self._check_replay(stored, password, now)
        self.audit.record("identity.registered", user_id=stored.user_id)
        return stored

    def profile(self, user_id: str) -> User:
        """The account of this id.

        Raises:
            IdentityError: USER_NOT_FOUND.
        """
        user = self.users.by_id(user_id)
        if user is None:
            raise IdentityError(Reason.USER_NOT_FOUND, "This account no longer exists.")
        return user

    def change_password(self, user: User, new_password: str) -> User:
        """Replace the password of a user who has just proven the old one; every session ends.

        The new hash and the new epoch are one write, so no session started with the old password
        outlives it, not even one that was starting meanwhile.

        Raises:
            IdentityError: PASSWORD_WEAK, or CREDENTIALS_INVALID if the password changed meanwhile.
        """
        self._check_password(new_password, user.username)
        changed = self.users.replace_password(
            user.user_id, old_hash=user.password_hash, new_hash=self.hasher.hash(new_password), epochs=1
        )
        if changed is None:
            raise IdentityError(Reason.CREDENTIALS_INVALID, "The password was changed meanwhile; log in again.")
        return changed

    def upgrade_hash(self, user: User, password: str) -> User:
        """Store the hash anew if its parameters are no longer the present ones; sessions live on."""
        if not self.hasher.needs_rehash(user.password_hash):
            return user
        new_hash = self.hasher.hash(password)
        changed = self.users.replace_password(user.user_id, old_hash=user.password_hash, new_hash=new_hash, epochs=0)
        return user if changed is None else replace(user, password_hash=new_hash)

    def _check_replay(self, stored: User, password: str, now: float) -> None:
        if stored.epoch > 1 or now - stored.created_at > self.claim_timeout:
            raise _taken()
        if not self.hasher.verify(stored.password_hash, password):
            raise IdentityError(
                Reason.IDEMPOTENCY_KEY_REUSED, "Send a new Idempotency-Key; this one belongs to another request."
            )

    def _check_password(self, password: str, username: str) -> None:
        try:
            self.policy.check(password, context=(username,))
        except WeakPasswordError as error:
            raise IdentityError(Reason.PASSWORD_WEAK, str(error)) from None


def _taken() -> IdentityError:
    return IdentityError(Reason.USERNAME_TAKEN, "Choose another username; this one is taken.")


def _derived_id(idempotency_key: str, username: str) -> str:
    return hashlib.sha256(f"register\0{idempotency_key}\0{username}".encode()).hexdigest()[:32]
