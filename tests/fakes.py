"""In-memory ports, held to the same contract as the DynamoDB ones in tests/integration."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from lukhas_common.identity.jose import PublicKey
from lukhas_common.identity.login_throttle import Lane
from lukhas_common.identity.rate_limit import Window
from lukhas_common.identity.sessions import Session
from lukhas_common.identity.strict_auth import Standing
from lukhas_common.identity.users import User


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


class LocalSigner:
    """An ES256 key of this process."""

    def __init__(self) -> None:
        self.private_key = ec.generate_private_key(ec.SECP256R1())
        point = self.private_key.public_key().public_numbers()
        self.public_key = PublicKey.from_p256(point.x, point.y)

    def sign(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(self.private_key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


@dataclass
class Keys:
    """The PublicKeys port over a list."""

    keys: list[PublicKey]

    def find(self, kid: str) -> PublicKey | None:
        return next((key for key in self.keys if key.kid == kid), None)

    def all(self) -> list[PublicKey]:
        return list(self.keys)


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

    def rotate(self, session_id: str, *, current: str, successor: str, now: float, renew_by: float) -> Session | None:
        session = self.sessions.get(session_id)
        if session is not None and session.current == current and session.is_live(session.epoch, now):
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
class MemoryStandings:
    """The Standings port over the other stores; ``broken`` makes it fail."""

    sessions: MemorySessions
    users: MemoryUsers
    windows: MemoryWindows
    broken: Exception | None = None
    loads: int = 0

    def load(self, session_id: str, user_id: str) -> Standing:
        self.loads += 1
        if self.broken is not None:
            raise self.broken
        user = self.users.by_id(user_id)
        return Standing(self.sessions.find(session_id), user.epoch if user else None, self.windows.windows.get(user_id))
