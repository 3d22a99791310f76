"""Identity on in-memory ports, put together as lukhas_common.aws does it on DynamoDB and KMS."""

from __future__ import annotations

from lukhas_common.crypto.local_keys import LocalSigner
from lukhas_common.crypto.ring_keys import BelievedKeys, CachedKeys, RingSigners
from lukhas_common.crypto.rotation import KeyRing
from lukhas_common.identity.access_token_issuer import AccessTokenIssuer
from lukhas_common.identity.access_tokens import AccessTokenVerifier
from lukhas_common.identity.bearer import EveryToken
from lukhas_common.identity.expected import Expected
from lukhas_common.identity.introspection import Introspection, IntrospectionOfAll
from lukhas_common.identity.login import Login, Tokens
from lukhas_common.identity.login_throttle import Client, LoginThrottle, Pace
from lukhas_common.identity.password_hashes import PasswordHasher
from lukhas_common.identity.passwords import PasswordPolicy
from lukhas_common.identity.rate_limit import RateLimiter
from lukhas_common.identity.refresh_tokens import RefreshTokens
from lukhas_common.identity.revocation import Revocation
from lukhas_common.identity.sessions import Sessions
from lukhas_common.identity.strict_auth import Decision, Request, StrictAuth
from lukhas_common.identity.users import Accounts
from lukhas_common.qrg.config import QRGConfig
from lukhas_common.qrg.families import MemoryFamilies
from lukhas_common.qrg.generator import QRGGenerator
from lukhas_common.qrg.reader import QRGReader
from lukhas_common.qrg.tokens import MAX_TTL
from tests.fakes import (
    Audit,
    Clock,
    MemoryLanes,
    MemoryRevocations,
    MemoryRings,
    MemorySessions,
    MemoryStandings,
    MemoryUsers,
    MemoryVault,
    MemoryWindows,
    server_key,
)

PASSWORD = "correct-horse-battery-staple"
HERE = Client("192.0.2.1")


SCOPES = ("identity:read", "identity:write", "qrg:issue")
QUARTER = 90 * 86400


class World:
    """One of everything, with a clock to turn."""

    def __init__(self, algorithm: str = "ES256") -> None:
        self.clock, self.audit, self.key_audit = Clock(), Audit(), Audit()
        self.users, self.session_store, self.families = MemoryUsers(), MemorySessions(), MemoryFamilies()
        self.windows, self.lanes, self.revocations = MemoryWindows(), MemoryLanes(), MemoryRevocations()
        self.rings, self.vault = MemoryRings(), MemoryVault()
        self.access_ring = KeyRing(
            "access", algorithm, self.rings, self.vault, self.key_audit, self.clock, period=QUARTER
        )
        self.qrg_ring = KeyRing("qrg", "ML-DSA-44", self.rings, self.vault, self.key_audit, self.clock, period=QUARTER)
        self.access_ring.tend()
        self.qrg_ring.tend()
        self.hasher = PasswordHasher(memory_kib=64, time_cost=1)
        self.accounts = Accounts(self.users, self.hasher, PasswordPolicy(), SCOPES, 60, self.audit, self.clock)
        self.refresh_tokens = RefreshTokens(server_key)
        self.sessions = Sessions(
            self.session_store, self.users, self.refresh_tokens, "lukhas", 7 * 86400, 30 * 86400, 10
        )
        self.signers = RingSigners("access", self.rings, self.vault)
        self.issuer = AccessTokenIssuer(self.signers, "lukhas.id", "lukhas-api", 3600)
        self.throttle = LoginThrottle(self.lanes, server_key, Pace(5, 900, 900), Pace(50, 60, 10), 90 * 86400)
        self.login = Login(
            self.accounts, self.sessions, self.issuer, self.throttle, self.revocations, self.audit, self.clock
        )
        keys = CachedKeys("access", self.rings, self.clock)
        self.verifier = AccessTokenVerifier(keys, Expected("lukhas.id", "lukhas-api", 3600, 5))
        self.qrg = QRGGenerator(
            QRGConfig(),
            signers=RingSigners("qrg", self.rings, self.vault),
            keys=BelievedKeys("qrg", self.rings, self.clock),
            store=self.families,
            epochs=self.users.epoch,
            server_key=server_key,
            audit=self.audit,
            clock=self.clock,
        )
        expected = Expected("lukhas.id", "lukhas-api", MAX_TTL, 5)
        self.qrg_reader = QRGReader(CachedKeys("qrg", self.rings, self.clock), self.families, expected)
        self.bearer = EveryToken(self.verifier, self.qrg_reader)
        self.standings = MemoryStandings(
            self.session_store, self.users, self.windows, self.families, self.revocations, self.rings
        )
        self.limiter = RateLimiter(self.windows, 100, 60)
        self.auth = StrictAuth(self.bearer, self.standings, self.limiter, self.revocations, self.audit, self.clock)
        self.revocation = Revocation(
            self.verifier,
            self.refresh_tokens,
            self.qrg,
            self.session_store,
            self.revocations,
            self.audit,
            self.clock,
        )
        self.introspection = IntrospectionOfAll(
            Introspection(self.bearer, self.standings, self.clock),
            self.refresh_tokens,
            self.session_store,
            self.users,
        )

    @property
    def signer(self) -> LocalSigner:
        """The key that signs access tokens now, for forgers."""
        return self._active("access")

    @property
    def qrg_signer(self) -> LocalSigner:
        """The key that signs QRG tokens now."""
        return self._active("qrg")

    def _active(self, name: str) -> LocalSigner:
        active = self.rings.rings[name].active()
        assert active is not None
        return self.vault.made[active.reference][1]

    def registered(self, username: str = "ada") -> Tokens:
        """Register someone and log in."""
        self.accounts.register(username, PASSWORD)
        return self.login.authenticate(username, PASSWORD, HERE)

    def ask(self, token: str | None, route: str = "GET /identity/profile", **changes: object) -> Decision:
        """What the authorizer says to a request with this token."""
        fields: dict[str, object] = {
            "route_key": route,
            "method": route.partition(" ")[0],
            "path": route.partition(" ")[2],
            "scheme": "https",
            "url": f"https://api.example.org{route.partition(' ')[2]}",
            "authorization": () if token is None else (f"Bearer {token}",),
            "proofs": (),
            "source_ip": "192.0.2.1",
            "request_id": "request-1",
        }
        return self.auth.dispatch(Request(**{**fields, **changes}))  # type: ignore[arg-type]
