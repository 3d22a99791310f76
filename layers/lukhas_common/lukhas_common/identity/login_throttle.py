"""Slowing down guesses without locking the owner out (NIST SP 800-63B-4, section 3.2.2).

Attempts run in lanes. A client that has logged in before carries a device cookie and has a lane of its
own, and so has a session that is already logged in; all other attempts on that username share one. After
some free failures each lane makes its callers wait, twice as long each time; failures are forgotten one
by one as time passes. So whoever guesses at a stranger's password only ever fills the strangers' lane,
and the owner's devices keep working. Wide guessing over many usernames is held up by a lane per source
address, which known devices skip as well; it is wider and drains faster, because many people may share
an address.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import math
import secrets
from dataclasses import dataclass
from typing import Protocol

from lukhas_common.crypto.macs import ServerKey
from lukhas_common.identity.errors import IdentityError, Reason


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a lane lets attempts through.

    Attributes:
        free: failures before waits begin.
        max_wait: seconds of the longest wait between two attempts.
        forget_one: seconds after which one failure is forgotten.
    """

    free: int
    max_wait: int
    forget_one: int


@dataclass(frozen=True, slots=True)
class Lane:
    """The state of one lane: failures so far, and when (seconds since the epoch) the last one was."""

    failures: int = 0
    failed_at: float = 0.0

    def at(self, now: float, pace: Pace) -> int:
        """The failures that are not forgotten yet."""
        return max(0, self.failures - int(max(0.0, now - self.failed_at) / pace.forget_one))

    def failed(self, now: float, pace: Pace) -> Lane:
        """The lane after one more failure."""
        return Lane(self.at(now, pace) + 1, now)

    def wait(self, now: float, pace: Pace) -> int:
        """Seconds until the next attempt is let through; 0 if it is now."""
        excess = self.at(now, pace) - pace.free
        if excess < 0:
            return 0
        return max(0, math.ceil(self.failed_at + min(pace.max_wait, 1 << min(excess, 30)) - now))


class LaneStore(Protocol):
    """Keeps lanes. Reads are strongly consistent; each write is atomic on its one item.

    ``load`` answers all lanes asked for in one round trip, an empty one for each that is unknown.
    ``advance`` stores ``new`` if the lane is still ``old``; it answers whether it did, and the lane as
    it then is. Two calls with the same ``old`` never both succeed.
    ``add_failure`` adds one to the failures without looking at them; it never fails for others' sake.
    ``clear`` forgets a lane.
    """

    def load(self, lane_ids: list[str]) -> dict[str, Lane]: ...
    def advance(self, lane_id: str, *, old: Lane, new: Lane) -> tuple[bool, Lane]: ...
    def add_failure(self, lane_id: str, now: float) -> None: ...
    def clear(self, lane_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Client:
    """From where someone asks.

    Attributes:
        device_cookie: what the client presents to be known again, if anything.
        session_id: the session that the caller is in, if any.
    """

    source_ip: str
    device_cookie: str | None = None
    session_id: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt that was let through; it counts as failed until it is reported to have succeeded."""

    lane_id: str
    source_lane_id: str | None
    source: Lane


@dataclass(frozen=True, slots=True)
class LoginThrottle:
    """Lets attempts through or makes them wait.

    Attributes:
        pace: the pace of the lanes of a username.
        source_pace: the pace of the lane of a source address.
        device_ttl: seconds that a device cookie is good.
    """

    store: LaneStore
    server_key: ServerKey
    pace: Pace
    source_pace: Pace
    device_ttl: int

    def admit(self, username: str, client: Client, now: float) -> Attempt:
        """Let one attempt through, counted before the password is looked at, so parallel ones add up.

        Raises:
            IdentityError: LOGIN_THROTTLED, with ``retry_after``.
        """
        known = client.session_id or self._device(username, client.device_cookie, now)
        lane_id = self._lane_id("user", username, known or "unknown")
        source_id = None if known else self._lane_id("source", _network(client.source_ip))
        lanes = self.store.load([lane_id, source_id] if source_id else [lane_id])
        source = lanes[source_id] if source_id else Lane()
        _refuse_if_early(source.wait(now, self.source_pace))
        lane = lanes[lane_id]
        for _ in range(10):
            _refuse_if_early(lane.wait(now, self.pace))
            counted, lane = self.store.advance(lane_id, old=lane, new=lane.failed(now, self.pace))
            if counted:
                return Attempt(lane_id, source_id, source)
        raise _throttled(1)

    def succeeded(self, attempt: Attempt) -> None:
        """The password was right: the lane starts anew."""
        self.store.clear(attempt.lane_id)

    def failed(self, attempt: Attempt, now: float) -> None:
        """The password was wrong: the source is counted too.

        Attempts that were let through in parallel all count: one of them takes off what is forgotten, the
        others add themselves.
        """
        if attempt.source_lane_id is None:
            return
        counted = attempt.source.failed(now, self.source_pace)
        done, _ = self.store.advance(attempt.source_lane_id, old=attempt.source, new=counted)
        if not done:
            self.store.add_failure(attempt.source_lane_id, now)

    def knows(self, username: str, device_cookie: str | None, now: float) -> bool:
        """Whether a client's cookie shows that it has logged in as this user before."""
        return self._device(username, device_cookie, now) is not None

    def device_cookie(self, username: str, now: float) -> str:
        """A cookie by which a client that has just logged in as this user is known again."""
        body = f"{secrets.token_hex(16)}.{int(now) + self.device_ttl}"
        return f"{body}.{self._mac('device-cookie', username, body)}"

    def _device(self, username: str, cookie: str | None, now: float) -> str | None:
        """The id in a genuine, fresh cookie of this user."""
        body, _, mac = (cookie or "").rpartition(".")
        if not hmac.compare_digest(mac.encode(), self._mac("device-cookie", username, body).encode()):
            return None
        device, _, expires = body.partition(".")
        return device if now < int(expires) else None

    def _lane_id(self, kind: str, *parts: str) -> str:
        """Names tell nothing: what was typed as a username may be a password."""
        return f"login#{kind}#{self._mac('login-lane', kind, *parts)}"

    def _mac(self, purpose: str, *parts: str) -> str:
        message = "\0".join(parts).encode("utf-8", "surrogatepass")
        return hmac.new(self.server_key(purpose), message, hashlib.sha256).hexdigest()[:32]


def _refuse_if_early(wait: int) -> None:
    if wait > 0:
        raise _throttled(wait)


def _throttled(wait: int) -> IdentityError:
    return IdentityError(Reason.LOGIN_THROTTLED, f"Too many failed attempts. Try again in {wait} s.", wait)


def _network(ip: str) -> str:
    """The network that one person can be expected to hold: an IPv4 address, an IPv6 /64."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return "unknown"
    prefix = 32 if address.version == 4 else 64
    return str(ipaddress.ip_network((address, prefix), strict=False))
