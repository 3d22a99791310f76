"""Families of QRG tokens: a token and those that replaced it, one after the other.

A family is one item that names the one token of it that is good, so a rotation is one conditional write: no
moment has two good tokens or none, and nothing is left over by a crash.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Family:
    """Times are seconds since the epoch.

    Attributes:
        epoch: the user's epoch when the first token was issued; all are dead once the user's has moved on.
        started_at: when the first token was issued; with the id and the number of rotations, it makes the secret of
            each token of the family.
        current: the digest of the token that is good.
        kid: the key that signed it; ``scopes``, ``issued_at`` and ``expires_at`` are its own, too.
        ends_at: when the family ends however often it is rotated.
        rotations: how often it was; also the number of the current token, counted from 0.
        rotated_by: names the request that rotated last: a MAC of its Idempotency-Key, or random; None before the first.
        revoked_for: why it was ended, None while it lives.
    """

    family_id: str
    user_id: str
    epoch: int
    started_at: int
    current: str
    kid: str
    scopes: tuple[str, ...]
    issued_at: int
    expires_at: int
    ends_at: int
    rotations: int = 0
    rotated_by: str | None = None
    revoked_for: str | None = None

    @property
    def lifetime(self) -> int:
        """Seconds that the current token was given."""
        return self.expires_at - self.issued_at

    def is_live(self, token_id: str, epoch: int | None, now: float) -> bool:
        """Whether the token of this digest is good, given the user's present epoch."""
        return self.current == token_id and self.revoked_for is None and self.epoch == epoch and now < self.expires_at

    def rotated(
        self,
        current: str,
        kid: str,
        scopes: tuple[str, ...],
        issued_at: int,
        expires_at: int,
        rotated_by: str,
    ) -> Family:
        """With another token in the place of the current one."""
        return replace(
            self,
            current=current,
            kid=kid,
            scopes=scopes,
            issued_at=issued_at,
            expires_at=expires_at,
            rotations=self.rotations + 1,
            rotated_by=rotated_by,
        )


class FamilyStore(Protocol):
    """Keeps families. Reads are strongly consistent, each write is atomic on its one item.

    ``add`` stores a family unless one with its id exists, and answers the one that is stored. ``rotate`` puts
    ``rotated`` in the place of a family that is still the given one, not revoked and not expired at ``now``; it
    answers the family as it then is, None where there is none. An answer that was lost may be asked for again.
    ``revoke`` keeps the first reason; it answers the family, None where there is none.
    """

    def add(self, family: Family) -> Family: ...
    def find(self, family_id: str) -> Family | None: ...
    def rotate(self, family: Family, rotated: Family, now: float) -> Family | None: ...
    def revoke(self, family_id: str, reason: str) -> Family | None: ...


@dataclass
class MemoryFamilies:
    """The FamilyStore port in this process's memory, for use as a library; gone when the process ends."""

    families: dict[str, Family] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def add(self, family: Family) -> Family:
        with self._lock:
            return self.families.setdefault(family.family_id, family)

    def find(self, family_id: str) -> Family | None:
        return self.families.get(family_id)

    def rotate(self, family: Family, rotated: Family, now: float) -> Family | None:
        with self._lock:
            stored = self.families.get(family.family_id)
            if stored is not None and stored.is_live(family.current, stored.epoch, now):
                self.families[family.family_id] = rotated
            return self.families.get(family.family_id)

    def revoke(self, family_id: str, reason: str) -> Family | None:
        with self._lock:
            stored = self.families.get(family_id)
            if stored is not None and stored.revoked_for is None:
                self.families[family_id] = replace(stored, revoked_for=reason)
            return self.families.get(family_id)
