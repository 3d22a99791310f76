"""Slowing down guesses without locking the owner out (NIST SP 800-63B-4, section 3.2.2).

Attempts run in lanes. A client that has logged in before carries a device cookie and has a lane of its
own; all other attempts on that username share one. After some free failures each lane makes its callers
wait, twice as long each time. So whoever guesses at a stranger's password only ever fills the strangers'
lane, and the owner's devices keep working. Wide guessing over many usernames is held up by a lane per
source address, which known devices skip as well.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import math
import secrets
from dataclasses import dataclass
from typing import Protocol

from lukhas_common.identity.errors import IdentityError, Reason
from lukhas_common.identity.refresh_tokens import ServerKey

FORGET_AFTER = 86400
"""Seconds after its last failure in which a lane is forgotten."""

_SOURCE_FACTOR = 10
"""A source address has this many times the free failures of a username: many people may share one."""


@dataclass(frozen=True, slots=True)
class Lane:
    """The state of one lane: failures so far, and when (seconds since the epoch) the last one was."""

    failures: int = 0
    failed_at: float = 0.0


class LaneStore(Protocol):
    """Keeps lanes. Reads are strongly consistent; each write is atomic on its one item.

    ``load`` answers all lanes asked for in one round trip, an empty one for each that is unknown.
    ``advance`` stores ``new`` if the lane is still ``old``; it answers whether it did, and the lane as
    it then is. Two calls with the same ``old`` never both succeed.
    ``clear`` forgets a lane.
    """

    def load(self, lane_ids: list[str]) -> dict[str, Lane]: ...
    def advance(self, lane_id: str, *, old: Lane, new: Lane) -> tuple[bool, Lane]: ...
    def clear(self, lane_id: str) -> None: ...


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
        free_failures: failures of a lane before waits begin.
        max_wait: seconds of the longest wait.
        device_ttl: seconds that a device cookie is good.
    """

    store: LaneStore
    server_key: ServerKey
    free_failures: int
    max_wait: int
    device_ttl: int

    def admit(self, username: str, source_ip: str, device_cookie: str | None, now: float) -> Attempt:
        """Let one attempt through, counted before the password is looked at, so parallel ones add up.

        Raises:
            IdentityError: LOGIN_THROTTLED, with ``retry_after``.
        """
        device = self._device(username, device_cookie, now)
        lane_id = self._lane_id("user", username, device or "unknown")
        source_id = None if device else self._lane_id("source", _network(source_ip))
        lanes = self.store.load([lane_id, source_id] if source_id else [lane_id])
        source = lanes[source_id] if source_id else Lane()
        self._refuse_if_early(source, self.free_failures * _SOURCE_FACTOR, now)
        lane = lanes[lane_id]
        for _ in range(10):
            self._refuse_if_early(lane, self.free_failures, now)
            counted, lane = self.store.advance(lane_id, old=lane, new=self._failed(lane, now))
            if counted:
                return Attempt(lane_id, source_id, source)
        raise _throttled(1)

    def succeeded(self, attempt: Attempt) -> None:
        """The password was right: the lane starts anew."""
        self.store.clear(attempt.lane_id)

    def failed(self, attempt: Attempt, now: float) -> None:
        """The password was wrong: the source is counted too, approximately where attempts are parallel."""
        if attempt.source_lane_id:
            self.store.advance(attempt.source_lane_id, old=attempt.source, new=self._failed(attempt.source, now))

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

    def _failed(self, lane: Lane, now: float) -> Lane:
        past = 0 if now - lane.failed_at > FORGET_AFTER else lane.failures
        return Lane(past + 1, now)

    def _refuse_if_early(self, lane: Lane, free: int, now: float) -> None:
        if lane.failures < free or now - lane.failed_at > FORGET_AFTER:
            return
        wait = min(self.max_wait, 2 ** min(lane.failures - free, 30))
        early = lane.failed_at + wait - now
        if early > 0:
            raise _throttled(math.ceil(early))

    def _lane_id(self, kind: str, *parts: str) -> str:
        """Names tell nothing: what was typed as a username may be a password."""
        return f"login#{kind}#{self._mac('login-lane', kind, *parts)}"

    def _mac(self, purpose: str, *parts: str) -> str:
        message = "\0".join(parts).encode("utf-8", "surrogatepass")
        return hmac.new(self.server_key(purpose), message, hashlib.sha256).hexdigest()[:32]


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
