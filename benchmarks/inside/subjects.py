"""Whoever asks the authorizer, on memory: a live token of each kind, and what its bearer sends beside it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from benchmarks.inside.memory import memory_ledger
from lukhas_common.crypto.local_keys import LocalSigner
from lukhas_common.identity.dpop import verify_proof
from lukhas_common.identity.rate_limit import RateLimiter
from lukhas_common.identity.strict_auth import Request, StrictAuth
from lukhas_common.ledger.ledger_audit import LedgerAudit
from lukhas_common.logs import LoggedAudit
from tests.security import forge
from tests.security.forge import NOW, URL, Target
from tests.world import HERE, PASSWORD, World

LOGIN = "https://api.example.org/identity/auth"


def strict_auth(world: World) -> StrictAuth:
    """The authorizer on a world's memory, with the audit of a function and the rate limit out of reach."""
    limiter = RateLimiter(world.windows, 1_000_000, 60)
    audit = LedgerAudit(memory_ledger(world.clock), LoggedAudit())
    return StrictAuth(world.bearer, world.standings, limiter, world.revocations, audit, world.clock)


def request(token: str, proofs: tuple[str, ...] = (), scheme: str = "Bearer", **changes: object) -> Request:
    """A request for the profile."""
    fields: dict[str, object] = {
        "route_key": "GET /identity/profile",
        "method": "GET",
        "path": "/identity/profile",
        "scheme": "https",
        "url": URL,
        "authorization": (f"{scheme} {token}",),
        "proofs": proofs,
        "source_ip": "203.0.113.7",
        "request_id": "r-1",
    }
    return Request(**{**fields, **changes})  # type: ignore[arg-type]


class Subject:
    """A live token in a world of its own."""

    def __init__(self, kind: str) -> None:
        """Take a kind of forge.KINDS."""
        self.target, self.scheme = Target(kind), "Bearer"
        self.world, self.token = self.target.world, self.target.token

    def proofs(self) -> tuple[str, ...]:
        """What the next request carries as DPoP headers."""
        return ()


class Bound(Subject):
    """An access token that is bound to a key."""

    def __init__(self, algorithm: str = "ES256") -> None:
        self.world, self.key = World(algorithm), LocalSigner.generate("ES256")
        self.scheme, self._numbers = "DPoP", count()
        self.world.accounts.register("ada", PASSWORD)
        said = forge.proof(self.key, None, htm="POST", htu=LOGIN, jti="login")
        proof = verify_proof(said, method="POST", url=LOGIN, now=NOW)
        self.token = self.world.login.authenticate("ada", PASSWORD, HERE, None, proof).access_token

    def proofs(self) -> tuple[str, ...]:
        """One fresh proof."""
        return (forge.proof(self.key, self.token, jti=f"proof-{next(self._numbers)}"),)


SUBJECTS: dict[str, Callable[[], Subject]] = {
    "ES256": lambda: Subject("ES256"),
    "ML-DSA-44": lambda: Subject("ML-DSA-44"),
    "QRG long form": lambda: Subject("QRG"),
    "QRG handle": lambda: Subject("handle"),
    "ES256 with DPoP": Bound,
}
