"""Writing code is killed at each AWS call, before it took effect and after; then the caller tries again."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest

from lukhas_common import times
from lukhas_common.aws.counters import DynamoWindows
from lukhas_common.aws.families import DynamoFamilies
from lukhas_common.aws.keys import TOKEN_LIVES
from lukhas_common.aws.kms import KmsServerKey, KmsVault
from lukhas_common.aws.lanes import DynamoLanes
from lukhas_common.aws.revocations import DynamoRevocations
from lukhas_common.aws.rings import DynamoRings
from lukhas_common.aws.sessions import DynamoSessions
from lukhas_common.aws.standings import DynamoStandings, Tables
from lukhas_common.aws.users import DynamoUsers
from lukhas_common.crypto.ring_keys import BelievedKeys, CachedKeys, RingSigners
from lukhas_common.identity.access_token_issuer import AccessTokenIssuer
from lukhas_common.identity.access_tokens import AccessTokenVerifier
from lukhas_common.identity.bearer import EveryToken
from lukhas_common.identity.errors import IdentityError, Reason
from lukhas_common.identity.expected import Expected
from lukhas_common.identity.login import Login
from lukhas_common.identity.login_throttle import Client, LoginThrottle, Pace
from lukhas_common.identity.password_hashes import PasswordHasher
from lukhas_common.identity.passwords import PasswordPolicy
from lukhas_common.identity.rate_limit import RateLimiter
from lukhas_common.identity.refresh_tokens import RefreshTokens
from lukhas_common.identity.revocation import Revocation
from lukhas_common.identity.sessions import Sessions, end_session
from lukhas_common.identity.strict_auth import Decision, Request, StrictAuth
from lukhas_common.identity.users import Accounts
from lukhas_common.qrg.config import QRGConfig
from lukhas_common.qrg.generator import QRGGenerator
from lukhas_common.qrg.reader import QRGReader
from lukhas_common.qrg.tokens import MAX_TTL
from tests.fakes import Audit
from tests.integration.kills import WHEN, Kills
from tests.world import PASSWORD

NEW_PASSWORD = "another long passphrase 42"


class Deployment(Kills):
    """Identity on the embedded AWS, with a switch that kills it at its n-th AWS call."""

    def __init__(self, aws: Callable[[str], Any], tables: dict[str, str]) -> None:
        super().__init__()
        dynamodb, kms = aws("dynamodb"), aws("kms")
        self.watch(dynamodb, kms)
        self.users = DynamoUsers(dynamodb, tables["USERS_TABLE"], tables["USERNAMES_TABLE"])
        self.session_store = DynamoSessions(dynamodb, tables["SESSIONS_TABLE"])
        server_key = KmsServerKey(kms, tables["SERVER_KEY_ID"])
        rings = DynamoRings(dynamodb, tables["KEYS_TABLE"], TOKEN_LIVES)
        vault = KmsVault(kms, lambda: None, tables["STACK_NAME"])
        self.families = DynamoFamilies(dynamodb, tables["FAMILIES_TABLE"])
        self.revocations = DynamoRevocations(dynamodb, tables["REVOCATIONS_TABLE"])
        hasher = PasswordHasher(memory_kib=64, time_cost=1)
        self.accounts = Accounts(
            self.users, hasher, PasswordPolicy(), ("identity:read", "identity:write"), 60, Audit(), self._now
        )
        self.skew = 0.0
        self.login = Login(
            self.accounts,
            Sessions(self.session_store, self.users, RefreshTokens(server_key), "lukhas", 7 * 86400, 30 * 86400, 10),
            AccessTokenIssuer(RingSigners("access", rings, vault), "lukhas.id", "lukhas-api", 3600),
            LoginThrottle(
                DynamoLanes(dynamodb, tables["COUNTERS_TABLE"]), server_key, Pace(50, 900, 900), Pace(50, 60, 10), 86400
            ),
            self.revocations,
            Audit(),
            self._now,
        )
        self.qrg = QRGGenerator(
            QRGConfig(),
            signers=RingSigners("qrg", rings, vault),
            keys=BelievedKeys("qrg", rings, self._now),
            store=self.families,
            epochs=self.users.epoch,
            server_key=server_key,
            audit=Audit(),
            clock=self._now,
        )
        access = AccessTokenVerifier(
            CachedKeys("access", rings, self._now), Expected("lukhas.id", "lukhas-api", 3600, 5)
        )
        expected = Expected("lukhas.id", "lukhas-api", MAX_TTL, 5)
        names = ("users", "keys", "sessions", "revocations", "families", "counters")
        self.revocation = Revocation(
            access,
            RefreshTokens(server_key),
            self.qrg,
            self.session_store,
            self.revocations,
            Audit(),
            self._now,
        )
        self.auth = StrictAuth(
            EveryToken(access, QRGReader(CachedKeys("qrg", rings, self._now), self.families, expected)),
            DynamoStandings(dynamodb, Tables(**{name: tables[f"{name.upper()}_TABLE"] for name in names}), rings),
            RateLimiter(DynamoWindows(dynamodb, tables["COUNTERS_TABLE"]), 1000, 60),
            self.revocations,
            Audit(),
            self._now,
        )

    def ask(self, token: str) -> Decision:
        path = "/identity/profile"
        return self.auth.dispatch(
            Request(
                route_key=f"GET {path}",
                method="GET",
                path=path,
                scheme="https",
                url=f"https://api.example.org{path}",
                authorization=(f"Bearer {token}",),
                proofs=(),
                source_ip="192.0.2.1",
                request_id="r",
            )
        )

    def session_id(self, access_token: str) -> str:
        decision = self.ask(access_token)
        assert decision.user is not None
        return str(decision.user.session_id)

    def _now(self) -> float:
        return times.now() + self.skew


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
    assert deployment.calls == 8
    for call in range(1, 9):
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
    assert deployment.calls == 5
    for call in range(1, 6):
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
@pytest.mark.parametrize("key", [None, "key"])
def test_issuing_a_qrg_token_at_every_call(deployment: Deployment, username: str, key: str | None, when: str) -> None:
    """Who tries again gets a good token; with the same Idempotency-Key, there is only one."""
    user_id = deployment.accounts.register(username, PASSWORD).user_id
    deployment.qrg.generate_qrg_token(user_id, ["identity:read"], idempotency_key=key and f"{key}-0")
    with deployment.killed_at(0, when):
        deployment.qrg.generate_qrg_token(user_id, ["identity:read"], idempotency_key=key and f"{key}-00")
    assert deployment.calls == 4
    for call in range(1, 5):
        wanted = key and f"{key}-{call}"
        with deployment.killed_at(call, when):
            deployment.qrg.generate_qrg_token(user_id, ["identity:read"], idempotency_key=wanted)
            pytest.fail("there is no such call")
        token = deployment.qrg.generate_qrg_token(user_id, ["identity:read"], idempotency_key=wanted)
        assert deployment.ask(token).allowed
        if key:
            again = deployment.qrg.generate_qrg_token(user_id, ["identity:read"], idempotency_key=wanted)
            decode = deployment.qrg.decode_token
            assert decode(again)["cti"] == decode(token)["cti"]


@pytest.mark.parametrize("when", WHEN)
def test_rotating_a_qrg_token_at_every_call(deployment: Deployment, username: str, when: str) -> None:
    """Never two good tokens, never none: who tries again with the same key gets the one successor."""
    user_id = deployment.accounts.register(username, PASSWORD).user_id
    token = deployment.qrg.generate_qrg_token(user_id, ["identity:read"])
    for key in ("first", "second"):
        with deployment.killed_at(0, when):
            token = deployment.qrg.rotate_token(token, idempotency_key=key)
    for call in range(1, deployment.calls + 1):
        with deployment.killed_at(call, when):
            deployment.qrg.rotate_token(token, idempotency_key=f"key-{call}")
            pytest.fail("there is no such call")
        successor = deployment.qrg.rotate_token(token, idempotency_key=f"key-{call}")
        assert not deployment.ask(token).allowed
        assert deployment.ask(successor).allowed
        with pytest.raises(IdentityError) as refused:
            deployment.qrg.rotate_token(token, idempotency_key="another")
        assert refused.value.reason is Reason.QRG_TOKEN_ROTATED
        token = successor


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("kind", ["qrg", "access", "refresh"])
def test_revoking_at_every_call(deployment: Deployment, here: Client, username: str, kind: str, when: str) -> None:
    """Killed before it took effect, the token lives and can be revoked; afterwards it is dead."""
    user_id = deployment.accounts.register(username, PASSWORD).user_id

    def new() -> tuple[str, str]:
        """The token to revoke, and the one by which its effect is seen."""
        tokens = deployment.login.authenticate(username, PASSWORD, here)
        qrg = deployment.qrg.generate_qrg_token(user_id, ["identity:read"])
        both = {"qrg": (qrg, qrg), "access": (tokens.access_token,) * 2}
        return both.get(kind, (tokens.refresh_token, tokens.access_token))

    for _ in range(2):
        token, seen = new()
        with deployment.killed_at(0, when):
            deployment.revocation.revoke(token)
    calls = deployment.calls
    assert calls
    for call in range(1, calls + 1):
        token, seen = new()
        assert deployment.ask(seen).allowed
        with deployment.killed_at(call, when):
            deployment.revocation.revoke(token)
            pytest.fail("there is no such call")
        assert deployment.ask(seen).allowed != (call == calls and when == "after")
        deployment.revocation.revoke(token)
        assert not deployment.ask(seen).allowed


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
