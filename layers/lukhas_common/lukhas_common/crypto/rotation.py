"""What is done to a key ring: by schedule, and by people in an incident.

Every change is a conditional write of the one ring item. What happens outside it, making and destroying private
keys, happens before the write that tells of it and is found again by the next run, so a run may be killed
anywhere and repeated at any time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from lukhas_common.audit import Audit
from lukhas_common.crypto.key_ring import LEAD, KeyRingError, KeyState, Ring, RingKey
from lukhas_common.crypto.ring_ports import RingStore, Vault
from lukhas_common.times import Clock

SETTLED = 600
"""Seconds after which a key that retired is destroyed: by then no clock and no run takes it for one that may return."""

FALLBACK = 7 * 86400
"""Seconds for which the standby of another algorithm is kept after a switch, to go back to."""

REMEMBERED = 90 * 86400
"""Seconds for which a ring remembers a key that was destroyed; one that was revoked, for ever."""


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

        The first key of a ring signs at once, because nobody has cached a key set without it, and so does the standby
        of an active key that cannot sign any more.

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

    def rotate(self, *, early: bool = False, version: int | None = None) -> Ring:
        """Let the standby sign from now on.

        Args:
            early: even if it was published less than ``lead`` ago, so that others may not know it yet.
            version: the ring's, if it must not have changed since.

        Raises:
            KeyRingError: there is no standby, it is too young, it cannot sign, or the ring has changed.
        """
        return self._change("key.activated", lambda ring, now: self.rotated(ring, now, early=early), version)

    def rollback(self, *, version: int | None = None) -> Ring:
        """Let the key that signed before sign again; what the present one signed stays good.

        If that key is of another algorithm than the configured one, the ring stays with it until it is rotated by hand
        or another algorithm is configured.

        Raises:
            KeyRingError: there is nothing to go back to, it cannot sign, or the ring has changed since ``version``.
        """
        return self._change("key.rolled_back", self.rolled_back, version)

    def revoke(self, kid: str) -> Ring:
        """Refuse everything that a key signed; if it is active, the standby takes over in the same write.

        Raises:
            KeyRingError: there is no such key, or nothing that it signed is believed any more.
        """
        for _ in range(10):
            ring, _keys = self.store.load(self.name)
            revoked = ring.without_belief_in(kid, self.clock())
            if revoked == ring or self._take(_Step("key.revoked", kid, revoked)):
                return revoked
        raise KeyRingError(f"the ring {self.name} is changed by others all the time: try again")

    def rotated(self, ring: Ring, now: float, *, early: bool = False) -> Ring:
        """The ring as ``rotate`` would leave it."""
        standby = ring.standby(self.algorithm) or ring.standby()
        if standby is None:
            raise KeyRingError(f"the ring {self.name} has no standby: let the schedule make one first")
        if not early and now < standby.published_at + self.lead:
            wait = int(standby.published_at + self.lead - now) + 1
            raise KeyRingError(f"the standby is too young: others may not know it yet. Try again in {wait} s")
        return replace(ring.switched_to(standby, now), held="")

    def rolled_back(self, ring: Ring, now: float) -> Ring:
        """The ring as ``rollback`` would leave it."""
        back = ring.rolled_back(now, self.lead)
        active = back.active()
        strange = active is not None and active.algorithm != self.algorithm
        return replace(back, held=self.algorithm if strange else "")

    def _due(self, ring: Ring, now: float) -> _Step | None:
        active = ring.active()
        algorithm = active.algorithm if active is not None and ring.held == self.algorithm else self.algorithm
        for key in ring.of(KeyState.PENDING, now):
            if not self._can_sign(key):
                return _Step("key.retired", key.kid, ring.dropped(key.kid, now))
        standby = ring.standby(algorithm)
        if (active is None or not self._can_sign(active)) and (first := standby or ring.standby()):
            return _Step("key.activated", first.kid, ring.switched_to(first, now))
        if standby is None:
            return self._made(ring, algorithm)
        if active is None:
            return None
        old = now >= (active.activated_at or 0) + self.period or active.algorithm != algorithm
        if old and now >= standby.published_at + self.lead:
            return _Step("key.activated", standby.kid, ring.switched_to(standby, now))
        if active.algorithm == algorithm and now >= (active.activated_at or 0) + FALLBACK:
            for key in ring.of(KeyState.PENDING, now):
                if key.algorithm != algorithm:
                    return _Step("key.retired", key.kid, ring.dropped(key.kid, now))
        return self._cleared(ring, now)

    def _can_sign(self, key: RingKey) -> bool:
        return self.vault.is_usable(key.reference, key.algorithm)

    def _made(self, ring: Ring, algorithm: str) -> _Step:
        """A pending key: one that a killed run left, or a new one."""
        listed = frozenset(key.reference for key in ring.keys)
        self.audit.record("key.creating", ring=self.name, algorithm=algorithm)
        left = self.vault.unlisted(self.name, algorithm, listed)
        reference = left[0] if left else self.vault.create(self.name, algorithm)
        key = self.vault.public_key(reference)
        self.store.publish(self.name, key)
        return _Step("key.published", key.kid, ring.joined_by(RingKey(key.kid, algorithm, reference, self.clock())))

    def _cleared(self, ring: Ring, now: float) -> _Step | None:
        for key in ring.of(KeyState.RETIRED, now):
            if now >= (key.retires_at or now) + SETTLED:
                destroy = partial(self.vault.destroy, key.reference)
                return _Step("key.destroyed", key.kid, ring.destroyed(key.kid, now), destroy)
        for key in ring.of(KeyState.DESTROYED, now):
            if now >= (key.destroyed_at or now) + REMEMBERED and not key.revoked:
                forget = partial(self.store.forget, self.name, key.kid)
                return _Step("key.forgotten", key.kid, ring.left_by(key.kid), forget)
        return None

    def _change(self, event: str, change: Callable[[Ring, float], Ring], version: int | None) -> Ring:
        for _ in range(10):
            ring, _keys = self.store.load(self.name)
            if version not in (None, ring.version):
                raise KeyRingError(f"the ring {self.name} has changed since you looked: look again")
            changed = change(ring, self.clock())
            active = changed.active()
            if active is None or not self._can_sign(active):
                raise KeyRingError("the key that would sign cannot: it was disabled or deleted where it is kept")
            if self._take(_Step(event, active.kid, changed)):
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
        if self.store.save(step.ring):
            return True
        # The answer to a write that was made may have been lost, and its repeat refused.
        stored, _keys = self.store.load(self.name)
        return stored == replace(step.ring, version=step.ring.version + 1)
