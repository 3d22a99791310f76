"""A key ring: the keys that sign one kind of token, and when each may do so.

A ring is one small item. It says when each key was published, began and stopped signing, and until when what it
signed is believed; states follow from these times, so they are right whenever they are read. Public keys are
kept beside it under their thumbprint and never change, so that they may be cached for ever.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

LEAD = 2 * 3600
"""Seconds for which a key is published before it signs: longer than anyone caches a JWK set."""

LATE = 60
"""Seconds after which nobody signs any more with a key that was replaced: longer than any function runs."""


class KeyState(StrEnum):
    """The life of a key, in order."""

    PENDING = "pending"
    ACTIVE = "active"
    RETIRING = "retiring"
    RETIRED = "retired"
    DESTROYED = "destroyed"


@dataclass(frozen=True, slots=True)
class RingKey:
    """One key of a ring. Times are in seconds since the epoch, None where it has not come to that.

    Attributes:
        reference: where the private half is kept, in the words of its vault.
        published_at: since when it is in the JWK set.
        activated_at: since when it signs.
        stopped_at: since when it does not sign any more.
        retires_at: when the last token that it signed has expired, or when it was revoked.
        revoked: whether what it signed is refused before it expired.
        destroyed_at: when the vault was told to destroy the private half.
    """

    kid: str
    algorithm: str
    reference: str
    published_at: float
    activated_at: float | None = None
    stopped_at: float | None = None
    retires_at: float | None = None
    revoked: bool = False
    destroyed_at: float | None = None

    @property
    def is_pending(self) -> bool:
        return self.activated_at is None and self.stopped_at is None and self.destroyed_at is None

    def state(self, now: float) -> KeyState:
        """What the key is for at this moment."""
        if self.destroyed_at is not None:
            return KeyState.DESTROYED
        if self.revoked or (self.retires_at is not None and now >= self.retires_at):
            return KeyState.RETIRED
        if self.stopped_at is not None:
            return KeyState.RETIRING
        return KeyState.PENDING if self.is_pending else KeyState.ACTIVE


class KeyRingError(Exception):
    """The ring does not allow what was asked; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Ring:
    """All keys of one kind of token; every change makes a new one.

    Attributes:
        version: counts the changes; two changes to the same version cannot both be stored.
        token_life: seconds that the longest-lived token of this ring may live.
        held: the configured algorithm that was rolled back from, empty where none was.
    """

    name: str
    token_life: int
    keys: tuple[RingKey, ...] = ()
    version: int = 0
    held: str = ""

    def of(self, state: KeyState, now: float) -> list[RingKey]:
        """The keys in a state, the one that was published first first."""
        return sorted((key for key in self.keys if key.state(now) is state), key=lambda key: key.published_at)

    def active(self) -> RingKey | None:
        """The one key that signs, if there is one."""
        return next((key for key in self.keys if key.activated_at is not None and key.stopped_at is None), None)

    def standby(self, algorithm: str | None = None) -> RingKey | None:
        """The pending key that would sign next: of this algorithm, or of the active key's, or else of any."""
        active = self.active()
        wanted = algorithm or (active.algorithm if active else None)
        pending = sorted((key for key in self.keys if key.is_pending), key=lambda key: key.published_at)
        alike = [key for key in pending if key.algorithm == wanted]
        return next(iter(alike or (pending if algorithm is None else [])), None)

    def believes(self, kid: str, now: float) -> bool:
        """Whether tokens that this key signed are good: it is active or retiring."""
        return any(key.kid == kid and key.state(now) in (KeyState.ACTIVE, KeyState.RETIRING) for key in self.keys)

    def published(self, now: float) -> list[RingKey]:
        """The keys of the JWK set: pending, active and retiring."""
        return [key for state in (KeyState.ACTIVE, KeyState.PENDING, KeyState.RETIRING) for key in self.of(state, now)]

    def find(self, kid: str) -> RingKey:
        """The key of this thumbprint.

        Raises:
            KeyRingError: there is none.
        """
        for key in self.keys:
            if key.kid == kid:
                return key
        raise KeyRingError(f"the ring {self.name} has no key {kid}")

    def joined_by(self, key: RingKey) -> Ring:
        """With one more key."""
        return self._changed((*self.keys, key))

    def left_by(self, kid: str) -> Ring:
        """Without a key."""
        return self._changed(tuple(key for key in self.keys if key.kid != kid))

    def switched_to(self, key: RingKey, now: float) -> Ring:
        """With this key signing, and the one before it believed until its last token has expired."""
        stopped = (self._stopped(other, now) if other == self.active() else other for other in self.keys)
        return self._changed(tuple(stopped))._with(
            replace(key, activated_at=now, stopped_at=None, retires_at=None, revoked=False)
        )

    def rolled_back(self, now: float, lead: float = LEAD) -> Ring:
        """With the key signing again that signed before, or else the standby that it had.

        Raises:
            KeyRingError: there is neither.
        """
        retiring, active = self.of(KeyState.RETIRING, now), self.active()
        if retiring:
            return self.switched_to(max(retiring, key=lambda key: key.stopped_at or 0), now)
        for key in self.of(KeyState.PENDING, now):
            if active is None or key.algorithm == active.algorithm or now < key.published_at + lead:
                continue
            if key.published_at < (active.activated_at or 0):
                return self.switched_to(key, now)
        raise KeyRingError(f"no key of the ring {self.name} is retiring: there is nothing to go back to")

    def without_belief_in(self, kid: str, now: float) -> Ring:
        """With a key revoked: what it signed is refused from now on; where it was active, the standby signs.

        Raises:
            KeyRingError: there is no such key, or it retired long ago.
        """
        key = self.find(kid)
        if key.revoked:
            return self
        if key.state(now) in (KeyState.RETIRED, KeyState.DESTROYED):
            raise KeyRingError(f"the key {kid} is {key.state(now)}: nothing that it signed is believed")
        was_active = key == self.active()
        revoked = self._with(replace(key, stopped_at=key.stopped_at or now, retires_at=now, revoked=True))
        standby = revoked.standby(key.algorithm) or revoked.standby()
        return revoked.switched_to(standby, now) if was_active and standby else revoked

    def destroyed(self, kid: str, now: float) -> Ring:
        """With the private half of a key gone."""
        return self._with(replace(self.find(kid), destroyed_at=now))

    def dropped(self, kid: str, now: float) -> Ring:
        """With a key retired that never signed."""
        return self._with(replace(self.find(kid), stopped_at=now, retires_at=now))

    def _stopped(self, key: RingKey, now: float) -> RingKey:
        return replace(key, stopped_at=now, retires_at=now + self.token_life + LATE)

    def _with(self, key: RingKey) -> Ring:
        return self._changed(tuple(key if other.kid == key.kid else other for other in self.keys))

    def _changed(self, keys: tuple[RingKey, ...]) -> Ring:
        return replace(self, keys=keys)
