"""What storage says of a token: the one place that decides whether an authentic token is live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from lukhas_common.crypto.key_ring import Ring
    from lukhas_common.identity.rate_limit import Window
    from lukhas_common.identity.sessions import Session
    from lukhas_common.identity.user_context import UserContext
    from lukhas_common.qrg.families import Family


@dataclass(frozen=True, slots=True)
class Standing:
    """All that was read for one token.

    Attributes:
        epoch: the user's present epoch, None where there is no such user.
        fresh_after: when the user was last asked to log in anew, None where that never was.
        ring: the keys that sign tokens of this kind.
        session: of an access token; ``family`` of a QRG token.
        revoked: whether this one access token was revoked.
        window: the user's requests of late.
    """

    epoch: int | None
    ring: Ring
    session: Session | None = None
    family: Family | None = None
    revoked: bool = False
    window: Window | None = None
    fresh_after: float | None = None

    def is_live(self, user: UserContext, now: float) -> bool:
        """Whether the token is good: its key is believed, and neither it nor what it belongs to has ended."""
        if self.revoked or not self.ring.believes(user.kid, now):
            return False
        if user.family_id is not None:
            family = self.family
            return (
                family is not None
                and family.user_id == user.user_id
                and user.scopes.issubset(family.scopes)
                and family.is_live(user.token_id, self.epoch, now)
            )
        session = self.session
        return (
            session is not None
            and session.user_id == user.user_id
            and session.key_thumbprint == user.key_thumbprint
            and user.scopes.issubset(session.scopes)
            and session.is_live(self.epoch, now, self.fresh_after)
        )


class Standings(Protocol):
    """Reads the standing of a token: strongly consistent, in one round trip, whole or not at all."""

    def load(self, user: UserContext) -> Standing: ...
