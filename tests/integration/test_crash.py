"""Writing code is killed at each AWS call, before it took effect and after; then the caller tries again."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from lukhas_common import times
from lukhas_common.aws.counters import DynamoWindows
from lukhas_common.aws.kms import KmsPublicKeys, KmsServerKey, KmsSigner
from lukhas_common.aws.lanes import DynamoLanes
from lukhas_common.aws.sessions import DynamoSessions
from lukhas_common.aws.standings import DynamoStandings
from lukhas_common.aws.users import DynamoUsers
from lukhas_common.identity.access_tokens import AccessTokenIssuer, AccessTokenVerifier
from lukhas_common.identity.errors import IdentityError, Reason
from lukhas_common.identity.login import Login
from lukhas_common.identity.login_throttle import Client, LoginThrottle, Pace
from lukhas_common.identity.password_hashes import PasswordHasher
from lukhas_common.identity.passwords import PasswordPolicy
from lukhas_common.identity.rate_limit import RateLimiter
from lukhas_common.identity.refresh_tokens import RefreshTokens
from lukhas_common.identity.sessions import Sessions, end_session
from lukhas_common.identity.strict_auth import Decision, Request, StrictAuth
from lukhas_common.identity.users import Accounts
from tests.fakes import Audit
from tests.world import PASSWORD

NEW_PASSWORD = "another long passphrase 42"
WHEN = ["before", "after"]


class Killed(BaseException):
    """The process is gone: nothing in between may catch this."""


class Deployment:
    """Identity on the embedded AWS, with a switch that kills it at its n-th AWS call."""

    def __init__(self, aws: Callable[[str], Any], tables: dict[str, str]) -> None:
        self.calls, self.kill_at, self.when = 0, 0, "before"
        dynamodb, kms = aws("dynamodb"), aws("kms")
        for client in (dynamodb, kms):
            client.meta.events.register("before-call", self._before)
            client.meta.events.register("after-call", self._after)
        self.users = DynamoUsers(dynamodb, tables["USERS_TABLE"], tables["USERNAMES_TABLE"])
        self.session_store = DynamoSessions(dynamodb, tables["SESSIONS_TABLE"])
        server_key, signer = KmsServerKey(kms, tables["SERVER_KEY_ID"]), KmsSigner(kms, tables["SIGNING_KEY_ID"])
        hasher = PasswordHasher(memory_kib=64, time_cost=1)
        self.accounts = Accounts(
            self.users, hasher, PasswordPolicy(), ("identity:read", "identity:write"), 60, Audit(), self._now
        )
        self.skew = 0.0
        self.login = Login(
            self.accounts,
            Sessions(self.session_store, self.users, RefreshTokens(server_key), "lukhas", 7 * 86400, 30 * 86400, 10),
            AccessTokenIssuer(signer, "lukhas.id", "lukhas-api", 3600),
            LoginThrottle(
                DynamoLanes(dynamodb, tables["COUNTERS_TABLE"]), server_key, Pace(50, 900, 900), Pace(50, 60, 10), 86400
            ),
            Audit(),
            self._now,
        )
        self.auth = StrictAuth(
            AccessTokenVerifier(KmsPublicKeys((signer,)), "lukhas.id", "lukhas-api", 3600, 5),
            DynamoStandings(dynamodb, tables["SESSIONS_TABLE"], tables["USERS_TABLE"], tables["COUNTERS_TABLE"]),
            RateLimiter(DynamoWindows(dynamodb, tables["COUNTERS_TABLE"]), 100, 60),
            Audit(),
            self._now,
        )

    def ask(self, token: str) -> Decision:
        route = "GET /identity/profile"
        return self.auth.dispatch(Request(route, "/identity/profile", "https", (f"Bearer {token}",), "192.0.2.1", "r"))

    def session_id(self, access_token: str) -> str:
        decision = self.ask(access_token)
        assert decision.user is not None
        return decision.user.session_id

    @contextmanager
    def killed_at(self, call: int, when: str) -> Iterator[None]:
        """Kill whatever runs inside at this AWS call; nothing is retried by the SDK."""
        self.calls, self.kill_at, self.when = 0, call, when
        try:
            yield
        except Killed:
            pass
        finally:
            self.kill_at = 0

    def _now(self) -> float:
        return times.now() + self.skew

    def _before(self, **_: Any) -> None:
        self.calls += 1
        if self.kill_at == self.calls and self.when == "before":
            raise Killed

    def _after(self, **_: Any) -> None:
        if self.kill_at == self.calls and self.when == "after":
            raise Killed


@pytest.fixture
def deployment(aws: Callable[[str], Any], tables: dict[str, str]) -> Deployment:
    return Deployment(aws, tables)


@pytest.fixture
def here() -> Client:
    """An address of its own, so that no other test's guesses count."""
    return Client(f"2001:db8:{secrets.token_hex(2)}:{secrets.token_hex(2)}::1")


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("call", [1, 2])
@pytest.mark.parametrize("key", [None, "key"])
def test_registration(
    deployment: Deployment, here: Client, username: str, key: str | None, call: int, when: str
) -> None:
    with deployment.killed_at(call, when):
        deployment.accounts.register(username, PASSWORD, key)
        pytest.fail("there is no such call")
    if key is None:
        deployment.skew = 61
        try:
            deployment.accounts.register(username, PASSWORD)
        except IdentityError as error:
            # Only where everything had been written: then the account is there for its owner.
            assert error.reason is Reason.USERNAME_TAKEN
            assert (call, when) == (2, "after")
    else:
        deployment.accounts.register(username, PASSWORD, key)
    tokens = deployment.login.authenticate(username, PASSWORD, here)
    assert deployment.ask(tokens.access_token).allowed


@pytest.mark.parametrize("when", WHEN)
def test_login_at_every_call(deployment: Deployment, here: Client, username: str, when: str) -> None:
    deployment.accounts.register(username, PASSWORD)
    deployment.login.authenticate(username, PASSWORD, here)
    with deployment.killed_at(0, when):
        deployment.login.authenticate(username, PASSWORD, here)
    assert deployment.calls == 7
    for call in range(1, 8):
        with deployment.killed_at(call, when):
            deployment.login.authenticate(username, PASSWORD, here)
            pytest.fail("there is no such call")
        tokens = deployment.login.authenticate(username, PASSWORD, here)
        assert deployment.ask(tokens.access_token).allowed


@pytest.mark.parametrize("when", WHEN)
def test_refresh_at_every_call(deployment: Deployment, here: Client, username: str, when: str) -> None:
    """A person whose refresh died tries again with the same token, and stays logged in."""
    deployment.accounts.register(username, PASSWORD)
    tokens = deployment.login.authenticate(username, PASSWORD, here)
    tokens = deployment.login.refresh(tokens.refresh_token)
    with deployment.killed_at(0, when):
        tokens = deployment.login.refresh(tokens.refresh_token)
    assert deployment.calls == 3
    for call in range(1, 4):
        with deployment.killed_at(call, when):
            deployment.login.refresh(tokens.refresh_token)
            pytest.fail("there is no such call")
        renewed = deployment.login.refresh(tokens.refresh_token)
        assert renewed.refresh_token == deployment.login.refresh(tokens.refresh_token).refresh_token
        assert deployment.ask(renewed.access_token).allowed
        tokens = renewed


@pytest.mark.parametrize("when", WHEN)
def test_password_change_at_every_call(deployment: Deployment, here: Client, username: str, when: str) -> None:
    """Exactly one of the two passwords works, and once it is the new one, no old session does."""
    user = deployment.accounts.register(username, PASSWORD)
    old, new = PASSWORD, NEW_PASSWORD
    with deployment.killed_at(0, when):
        deployment.login.change_password(user.user_id, old, new, here)
    assert deployment.calls > 5
    old, new = new, old
    for call in range(1, deployment.calls + 1):
        before = deployment.login.authenticate(username, old, here)
        with deployment.killed_at(call, when):
            deployment.login.change_password(user.user_id, old, new, here)
        works = []
        for password in (old, new):
            try:
                works.append((password, deployment.login.authenticate(username, password, here)))
            except IdentityError as error:
                assert error.reason is Reason.CREDENTIALS_INVALID
        assert len(works) == 1
        if works[0][0] == new:
            assert not deployment.ask(before.access_token).allowed
            old, new = new, old
        else:
            assert deployment.ask(before.access_token).allowed


@pytest.mark.parametrize("when", WHEN)
def test_logout(deployment: Deployment, here: Client, username: str, when: str) -> None:
    deployment.accounts.register(username, PASSWORD)
    tokens = deployment.login.authenticate(username, PASSWORD, here)
    session_id = deployment.session_id(tokens.access_token)
    with deployment.killed_at(1, when):
        end_session(deployment.session_store, Audit(), session_id)
        pytest.fail("there is no such call")
    assert deployment.ask(tokens.access_token).allowed == (when == "before")
    end_session(deployment.session_store, Audit(), session_id)
    assert not deployment.ask(tokens.access_token).allowed


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("call", [1, 2])
def test_the_authorizer(deployment: Deployment, here: Client, username: str, call: int, when: str) -> None:
    deployment.accounts.register(username, PASSWORD)
    token = deployment.login.authenticate(username, PASSWORD, here).access_token
    assert deployment.ask(token).allowed
    with deployment.killed_at(call, when):
        deployment.ask(token)
        pytest.fail("there is no such call")
    with deployment.killed_at(0, when):
        assert deployment.ask(token).allowed
    assert deployment.calls == 2, "one read and one write for each authorized request"
