"""What our own code costs without AWS: StrictAuth on memory, its parts, and Argon2id.

Runs by itself on the interpreter and the layer that are measured, and answers one JSON object:
medians of CPU time in microseconds.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from lukhas_common.identity.access_tokens import AccessTokenIssuer, AccessTokenVerifier
from lukhas_common.identity.jose import PublicKey
from lukhas_common.identity.password_hashes import PasswordHasher
from lukhas_common.identity.rate_limit import RateLimiter, Window
from lukhas_common.identity.sessions import Session
from lukhas_common.identity.strict_auth import Request, Standing, StrictAuth
from lukhas_common.logs import LoggedAudit

TIMES = 1000
HASHES = 15


class LocalKey:
    """Signer and PublicKeys on a key that was just made."""

    def __init__(self) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())
        point = self._private.public_key().public_numbers()
        self.public_key = PublicKey.from_p256(point.x, point.y)

    def sign(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(self._private.sign(message, ec.ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def find(self, kid: str) -> PublicKey | None:
        return self.public_key if kid == self.public_key.kid else None

    def all(self) -> list[PublicKey]:
        return [self.public_key]


class Memory:
    """Standings and WindowStore of one person."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._window: Window | None = None

    def load(self, session_id: str, user_id: str) -> Standing:
        return Standing(self._session, self._session.epoch, self._window)

    def increment(self, user_id: str, window: Window, below: int) -> tuple[bool, Window | None]:
        self._window = Window(window.second, window.count + 1, window.history)
        return True, None

    def advance(self, user_id: str, old: Window | None, new: Window) -> tuple[bool, Window | None]:
        self._window = new
        return True, None


def _median(work: Callable[[], object], times: int = TIMES) -> float:
    taken = []
    for _ in range(times // 10 + times):
        before = time.process_time_ns()
        work()
        taken.append(time.process_time_ns() - before)
    return sorted(taken[times // 10 :])[times // 2] / 1000


def main() -> None:
    """Measure and print."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # log lines are written, to nowhere
    now = time.time()
    session = Session("s" * 36, "u" * 36, 1, ("identity:read",), "lukhas", now, now + 3600, now + 3600, "0" * 64)
    key, memory, audit = LocalKey(), Memory(session), LoggedAudit()
    token, _ = AccessTokenIssuer(key, "lukhas.id", "lukhas-api", 3600).issue(session, now)
    verifier = AccessTokenVerifier(key, "lukhas.id", "lukhas-api", 3600, 5)
    strict_auth = StrictAuth(verifier, memory, RateLimiter(memory, 1_000_000, 60), audit, time.time)
    request = Request("GET /identity/profile", "/identity/profile", "https", (f"Bearer {token}",), "203.0.113.7", "r-1")
    assert strict_auth.dispatch(request).allowed
    hasher, password = PasswordHasher(), "seven tall lamps by the canal"
    stored = hasher.hash(password)
    figures = {
        "dispatch": _median(lambda: strict_auth.dispatch(request)),
        "verify": _median(lambda: verifier.verify(token, now + 1)),
        "audit": _median(lambda: audit.record("auth.allowed", route=request.route_key, request_id="r-1", user_id="u")),
        "argon2": _median(lambda: hasher.verify(stored, password), HASHES),
    }
    replies.write(json.dumps(figures))
    replies.flush()


if __name__ == "__main__":
    main()
