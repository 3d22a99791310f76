"""Identity on in-memory ports, put together as lukhas_common.aws does it on DynamoDB and KMS."""

from __future__ import annotations

from lukhas_common.identity.access_tokens import AccessTokenIssuer, AccessTokenVerifier
from lukhas_common.identity.login import Login, Tokens
from lukhas_common.identity.login_throttle import Client, LoginThrottle, Pace
from lukhas_common.identity.password_hashes import PasswordHasher
from lukhas_common.identity.passwords import PasswordPolicy
from lukhas_common.identity.rate_limit import RateLimiter
from lukhas_common.identity.refresh_tokens import RefreshTokens
from lukhas_common.identity.sessions import Sessions
from lukhas_common.identity.strict_auth import Decision, Request, StrictAuth
from lukhas_common.identity.users import Accounts
from tests.fakes import (
    Audit,
    Clock,
    Keys,
    LocalSigner,
    MemoryLanes,
    MemorySessions,
    MemoryStandings,
    MemoryUsers,
    MemoryWindows,
    server_key,
)

PASSWORD = "correct-horse-battery-staple"
HERE = Client("192.0.2.1")


class World:
    """One of everything, with a clock to turn."""

    def __init__(self) -> None:
        self.clock, self.audit, self.signer = Clock(), Audit(), LocalSigner()
        self.users, self.session_store = MemoryUsers(), MemorySessions()
        self.windows, self.lanes = MemoryWindows(), MemoryLanes()
        self.hasher = PasswordHasher(memory_kib=64, time_cost=1)
        self.accounts = Accounts(
            self.users, self.hasher, PasswordPolicy(), ("identity:read", "identity:write"), 60, self.audit, self.clock
        )
        self.sessions = Sessions(
            self.session_store, self.users, RefreshTokens(server_key), "lukhas", 7 * 86400, 30 * 86400, 10
        )
        self.issuer = AccessTokenIssuer(self.signer, "lukhas.id", "lukhas-api", 3600)
        self.throttle = LoginThrottle(self.lanes, server_key, Pace(5, 900, 900), Pace(50, 60, 10), 90 * 86400)
        self.login = Login(self.accounts, self.sessions, self.issuer, self.throttle, self.audit, self.clock)
        self.verifier = AccessTokenVerifier(Keys([self.signer.public_key]), "lukhas.id", "lukhas-api", 3600, 5)
        self.standings = MemoryStandings(self.session_store, self.users, self.windows)
        self.auth = StrictAuth(
            self.verifier, self.standings, RateLimiter(self.windows, 100, 60), self.audit, self.clock
        )

    def registered(self, username: str = "ada") -> Tokens:
        """Register someone and log in."""
        self.accounts.register(username, PASSWORD)
        return self.login.authenticate(username, PASSWORD, HERE)

    def ask(self, token: str | None, route: str = "GET /identity/profile", **changes: object) -> Decision:
        """What the authorizer says to a request with this token."""
        fields: dict[str, object] = {
            "route_key": route,
            "path": route.partition(" ")[2],
            "scheme": "https",
            "authorization": () if token is None else (f"Bearer {token}",),
            "source_ip": "192.0.2.1",
            "request_id": "request-1",
        }
        return self.auth.dispatch(Request(**{**fields, **changes}))  # type: ignore[arg-type]
