"""What is done to a key ring: by schedule, and by people in an incident.

Every change is a conditional write of the one ring item. What happens outside it, making and destroying private
keys, happens before the write that tells of it and is found again by the next run, so a run may be killed
anywhere and repeated at any time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from lukhas_common.audit import Audit
from lukhas_common.crypto.key_ring import LEAD, KeyRingError, KeyState, Ring, RingKey
from lukhas_common.crypto.keys import PublicKey, Signer
from lukhas_common.times import Clock

REMEMBERED = 90 * 86400
"""Seconds for which a ring remembers a key that was destroyed."""


class RingStore(Protocol):
    """Keeps rings and their public keys. Reads are strongly consistent, each write is atomic on its one item.

    ``load`` answers the ring of a name (without keys and at version 0 where none is stored) and its public keys
    by kid. ``save`` stores the ring as the version after its own if its own is the one that is stored, and answers
    whether; an answer that was lost may be asked for again. ``publish`` and ``forget`` may be repeated.
    """

    def load(self, name: str) -> tuple[Ring, dict[str, PublicKey]]: ...
    def save(self, ring: Ring) -> bool: ...
    def publish(self, name: str, key: PublicKey) -> None: ...
    def forget(self, name: str, kid: str) -> None: ...


class Vault(Protocol):
    """Holds private keys, which never leave it.

    ``unlisted`` answers references to usable keys that were made for this ring and algorithm and are not among
    those listed: a run that was killed left them. ``destroy`` may be repeated.
    """

    def create(self, ring: str, algorithm: str) -> str: ...
    def unlisted(self, ring: str, algorithm: str, listed: frozenset[str]) -> list[str]: ...
    def public_key(self, reference: str) -> PublicKey: ...
    def signer(self, reference: str, key: PublicKey) -> Signer: ...
    def destroy(self, reference: str) -> None: ...


@dataclass(frozen=True, slots=True)
class _Step:
    """One change: the event by which it is recorded, the key that it is about, and the ring as it will be.

    Attributes:
        first: what has to happen outside the ring before it may say so.
    """

    event: str
    kid: str
    ring: Ring
    first: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The life of one ring.

    Attributes:
        algorithm: what new keys are for, one of keys.ALGORITHMS.
        period: seconds after which the active key is replaced.
        lead: seconds for which a key is published before it signs.
    """

    name: str
    algorithm: str
    store: RingStore
    vault: Vault
    audit: Audit
    clock: Clock
    period: int
    lead: int = LEAD

    def tend(self) -> Ring:
        """Do what is due: make a standby, replace the active key, destroy what is retired.

        The first key of a ring signs at once, because nobody has cached a key set without it.

        Raises:
            KeyRingError: the ring does not come to rest.
        """
        for _ in range(50):
            now = self.clock()
            ring, _keys = self.store.load(self.name)
            step = self._due(ring, now)
            if step is None:
                return ring
            self._take(step)
        raise KeyRingError(f"the ring {self.name} is changed by others all the time")

    def rotate(self, *, early: bool = False) -> Ring:
        """Let the standby sign from now on.

        Args:
            early: even if it was published less than ``lead`` ago, so that others may not know it yet.

        Raises:
            KeyRingError: there is no standby, or it is too young.
        """
        return self._change("key.activated", lambda ring, now: self.rotated(ring, now, early=early))

    def rollback(self) -> Ring:
        """Let the key that signed before sign again; what the present one signed stays good.

        Raises:
            KeyRingError: no key is retiring.
        """
        return self._change("key.rolled_back", lambda ring, now: ring.rolled_back(now))

    def revoke(self, kid: str) -> Ring:
        """Refuse everything that a key signed; if it is active, the standby takes over in the same write.

        Raises:
            KeyRingError: there is no such key, or nothing that it signed is believed any more.
        """
        return self._change("key.revoked", lambda ring, now: ring.without_belief_in(kid, now), kid)

    def rotated(self, ring: Ring, now: float, *, early: bool = False) -> Ring:
        """The ring as ``rotate`` would leave it."""
        standby = ring.standby(self.algorithm) or ring.standby()
        if standby is None:
            raise KeyRingError(f"the ring {self.name} has no standby: let the schedule make one first")
        if not early and now < standby.published_at + self.lead:
            wait = int(standby.published_at + self.lead - now) + 1
            raise KeyRingError(f"the standby is too young: others may not know it yet. Try again in {wait} s")
        return ring.switched_to(standby, now)

    def _due(self, ring: Ring, now: float) -> _Step | None:
        active, standby = ring.active(), ring.standby(self.algorithm)
        if active is None and (first := standby or ring.standby()):
            return _Step("key.activated", first.kid, ring.switched_to(first, now))
        if standby is None:
            return self._made(ring, now)
        if active is None:
            return None
        old = now >= (active.activated_at or 0) + self.period or active.algorithm != self.algorithm
        if old and now >= standby.published_at + self.lead:
            return _Step("key.activated", standby.kid, ring.switched_to(standby, now))
        if active.algorithm == self.algorithm:
            for key in ring.of(KeyState.PENDING, now):
                if key.algorithm != self.algorithm:
                    return _Step("key.retired", key.kid, ring.dropped(key.kid, now))
        return self._cleared(ring, now)

    def _made(self, ring: Ring, now: float) -> _Step:
        """A pending key: one that a killed run left, or a new one."""
        listed = frozenset(key.reference for key in ring.keys)
        self.audit.record("key.creating", ring=self.name, algorithm=self.algorithm)
        left = self.vault.unlisted(self.name, self.algorithm, listed)
        reference = left[0] if left else self.vault.create(self.name, self.algorithm)
        key = self.vault.public_key(reference)
        self.store.publish(self.name, key)
        return _Step("key.published", key.kid, ring.joined_by(RingKey(key.kid, key.algorithm, reference, now)))

    def _cleared(self, ring: Ring, now: float) -> _Step | None:
        for key in ring.of(KeyState.RETIRED, now):
            destroy = partial(self.vault.destroy, key.reference)
            return _Step("key.destroyed", key.kid, ring.destroyed(key.kid, now), destroy)
        for key in ring.of(KeyState.DESTROYED, now):
            if now >= (key.destroyed_at or now) + REMEMBERED:
                forget = partial(self.store.forget, self.name, key.kid)
                return _Step("key.forgotten", key.kid, ring.left_by(key.kid), forget)
        return None

    def _change(self, event: str, change: Callable[[Ring, float], Ring], kid: str = "") -> Ring:
        for _ in range(10):
            ring, _keys = self.store.load(self.name)
            changed = change(ring, self.clock())
            if changed == ring:
                return ring
            active = changed.active()
            if self._take(_Step(event, kid or (active.kid if active else ""), changed)):
                return changed
        raise KeyRingError(f"the ring {self.name} is changed by others all the time: try again")

    def _take(self, step: _Step) -> bool:
        """Record, act, write: an event may be told twice, but nothing happens that was not told."""
        active = step.ring.active()
        self.audit.record(
            step.event,
            ring=self.name,
            kid=step.kid,
            algorithm=next((key.algorithm for key in step.ring.keys if key.kid == step.kid), None),
            active=active.kid if active else None,
            version=step.ring.version + 1,
        )
        step.first()
        return self.store.save(step.ring)
