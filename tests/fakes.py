"""In-memory ports, held to the same contract as the DynamoDB ones in tests/integration."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

from lukhas_common.crypto.key_ring import Ring
from lukhas_common.crypto.keys import PublicKey
from lukhas_common.crypto.local_keys import LocalSigner
from lukhas_common.identity.login_throttle import Lane
from lukhas_common.identity.rate_limit import Window
from lukhas_common.identity.sessions import Session
from lukhas_common.identity.standing import Standing
from lukhas_common.identity.user_context import UserContext
from lukhas_common.identity.users import User
from lukhas_common.qrg.families import MemoryFamilies


class Clock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


class Audit:
    """Keeps events; ``broken`` makes it refuse them."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, str | int | None]]] = []
        self.alarms: list[str] = []
        self.broken = False

    def record(self, event: str, **details: str | int | None) -> None:
        if self.broken:
            raise OSError("the log is full")
        self.events.append((event, details))

    def alarm(self, event: str, error: Exception, **details: str | int | None) -> None:
        self.record(event, **details, error=type(error).__qualname__)
        self.alarms.append(event)


@dataclass
class Keys:
    """The PublicKeys port over a list."""

    keys: list[PublicKey]

    def find(self, kid: str) -> PublicKey | None:
        return next((key for key in self.keys if key.kid == kid), None)


@dataclass
class MemoryRings:
    """The RingStore port."""

    token_life: int = 3600
    rings: dict[str, Ring] = field(default_factory=dict)
    keys: dict[str, dict[str, PublicKey]] = field(default_factory=dict)
    loads: int = 0

    def load(self, name: str) -> tuple[Ring, dict[str, PublicKey]]:
        self.loads += 1
        return self.rings.get(name, Ring(name, self.token_life)), dict(self.keys.get(name, {}))

    def save(self, ring: Ring) -> bool:
        stored = self.rings.get(ring.name)
        if (stored.version if stored else 0) != ring.version:
            return False
        self.rings[ring.name] = replace(ring, version=ring.version + 1)
        return True

    def publish(self, name: str, key: PublicKey) -> None:
        self.keys.setdefault(name, {})[key.kid] = key

    def forget(self, name: str, kid: str) -> None:
        self.keys.get(name, {}).pop(kid, None)


@dataclass
class MemoryVault:
    """The Vault port; a reference is a number."""

    made: dict[str, tuple[str, LocalSigner]] = field(default_factory=dict)
    destroyed: set[str] = field(default_factory=set)

    def create(self, ring: str, algorithm: str) -> str:
        reference = str(len(self.made) + 1)
        self.made[reference] = (ring, LocalSigner.generate(algorithm))
        return reference

    def unlisted(self, ring: str, algorithm: str, listed: frozenset[str]) -> list[str]:
        return [
            reference
            for reference, (of, signer) in self.made.items()
            if (of, signer.public_key.algorithm) == (ring, algorithm) and reference not in listed | self.destroyed
        ]

    def is_usable(self, reference: str, algorithm: str) -> bool:
        return reference not in self.destroyed and self.public_key(reference).algorithm == algorithm

    def public_key(self, reference: str) -> PublicKey:
        return self.made[reference][1].public_key

    def signer(self, reference: str, key: PublicKey) -> LocalSigner:
        assert reference not in self.destroyed
        return self.made[reference][1]

    def destroy(self, reference: str) -> None:
        self.destroyed.add(reference)


def server_key(purpose: str) -> bytes:
    """Derives keys from nothing secret."""
    return hashlib.sha256(purpose.encode()).digest()


@dataclass
class MemoryUsers:
    """The UserStore port."""

    users: dict[str, User] = field(default_factory=dict)
    claims: dict[str, tuple[str, float]] = field(default_factory=dict)

    def claim(self, username: str, user_id: str, *, now: float, stale_before: float) -> bool:
        held = self.claims.get(username)
        if held is not None and held[0] != user_id and (held[1] >= stale_before or held[0] in self.users):
            return False
        self.claims[username] = (user_id, now)
        return True

    def add(self, user: User) -> User:
        return self.users.setdefault(user.user_id, user)

    def by_id(self, user_id: str) -> User | None:
        return self.users.get(user_id)

    def epoch(self, user_id: str) -> int | None:
        user = self.users.get(user_id)
        return None if user is None else user.epoch

    def by_username(self, username: str) -> User | None:
        held = self.claims.get(username)
        return None if held is None else self.users.get(held[0])

    def replace_password(self, user_id: str, *, old_hash: str, new_hash: str, epochs: int) -> User | None:
        user = self.users.get(user_id)
        if user is None or user.password_hash != old_hash:
            return None
        self.users[user_id] = replace(user, password_hash=new_hash, epoch=user.epoch + epochs)
        return self.users[user_id]


@dataclass
class MemorySessions:
    """The SessionStore port."""

    sessions: dict[str, Session] = field(default_factory=dict)

    def add(self, session: Session) -> None:
        self.sessions[session.session_id] = session

    def find(self, session_id: str) -> Session | None:
        return self.sessions.get(session_id)

    def rotate(
        self, session_id: str, *, current: str, successor: str, key_thumbprint: str | None, now: float, renew_by: float
    ) -> Session | None:
        session = self.sessions.get(session_id)
        same = session is not None and (session.current, session.key_thumbprint) == (current, key_thumbprint)
        if session is not None and same and session.is_live(session.epoch, now):
            self.sessions[session_id] = replace(
                session, previous=current, current=successor, rotated_at=now, renew_by=renew_by
            )
        return self.sessions.get(session_id)

    def revoke(self, session_id: str, reason: str) -> None:
        session = self.sessions.get(session_id)
        if session is not None and session.revoked_for is None:
            self.sessions[session_id] = replace(session, revoked_for=reason)


@dataclass
class MemoryWindows:
    """The WindowStore port."""

    windows: dict[str, Window] = field(default_factory=dict)

    def increment(self, user_id: str, window: Window, below: int) -> tuple[bool, Window | None]:
        stored = self.windows.get(user_id)
        if stored is None or stored.second != window.second or stored.count >= below:
            return False, stored
        self.windows[user_id] = replace(stored, count=stored.count + 1)
        return True, None

    def advance(self, user_id: str, old: Window | None, new: Window) -> tuple[bool, Window | None]:
        stored = self.windows.get(user_id)
        same = stored is old is None or (
            stored is not None and old is not None and (stored.second, stored.count) == (old.second, old.count)
        )
        if same:
            self.windows[user_id] = new
            return True, None
        return False, stored


@dataclass
class MemoryLanes:
    """The LaneStore port."""

    lanes: dict[str, Lane] = field(default_factory=dict)

    def load(self, lane_ids: list[str]) -> dict[str, Lane]:
        return {lane_id: self.lanes.get(lane_id, Lane()) for lane_id in lane_ids}

    def advance(self, lane_id: str, *, old: Lane, new: Lane) -> tuple[bool, Lane]:
        stored = self.lanes.get(lane_id, Lane())
        if stored != old:
            return False, stored
        self.lanes[lane_id] = new
        return True, new

    def add_failure(self, lane_id: str, now: float) -> None:
        self.lanes[lane_id] = Lane(self.lanes.get(lane_id, Lane()).failures + 1, now)

    def clear(self, lane_id: str) -> None:
        self.lanes.pop(lane_id, None)


@dataclass
class MemoryRevocations:
    """The DenyList and ProofStore ports."""

    denied: dict[str, float] = field(default_factory=dict)
    spent: dict[str, float] = field(default_factory=dict)

    def deny(self, token_id: str, until: float) -> None:
        self.denied[token_id] = until

    def spend(self, proof_id: str, until: float) -> bool:
        if proof_id in self.spent:
            return False
        self.spent[proof_id] = until
        return True


@dataclass
class MemoryStandings:
    """The Standings port over the other stores; ``broken`` makes it fail."""

    sessions: MemorySessions
    users: MemoryUsers
    windows: MemoryWindows
    families: MemoryFamilies
    revocations: MemoryRevocations
    rings: MemoryRings
    broken: Exception | None = None
    loads: int = 0

    def load(self, user: UserContext) -> Standing:
        self.loads += 1
        if self.broken is not None:
            raise self.broken
        stored = self.users.by_id(user.user_id)
        return Standing(
            epoch=self.users.epoch(user.user_id),
            fresh_after=stored.fresh_after if stored else None,
            ring=self.rings.rings["access" if user.family_id is None else "qrg"],
            session=self.sessions.find(user.session_id or ""),
            family=self.families.find(user.family_id or ""),
            revoked=user.token_id in self.revocations.denied,
            window=self.windows.windows.get(user.user_id),
        )
