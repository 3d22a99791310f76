"""What the claims of any signed token must say to be meant for this service."""

from __future__ import annotations

from dataclasses import dataclass

from lukhas_common.identity.errors import Reason, TokenExpiredError, TokenInvalidError


@dataclass(frozen=True, slots=True)
class Expected:
    """Issuer, audience and times that are believed.

    Attributes:
        max_lifetime: seconds between ``iat`` and ``exp``.
        clock_skew: seconds that ``iat`` may lie in the future.
    """

    issuer: str
    audience: str
    max_lifetime: int
    clock_skew: int

    def check(self, *, issuer: str, audience: str, issued_at: int, expires_at: int, now: float) -> None:
        """Accept claims that are meant for this service and not expired.

        Raises:
            TokenExpiredError: they were good once.
            TokenInvalidError: they are not; ``reason`` says which check failed.
        """
        if expires_at <= now:
            raise TokenExpiredError
        if issued_at > now + self.clock_skew or not 0 < expires_at - issued_at <= self.max_lifetime:
            raise TokenInvalidError
        if issuer != self.issuer:
            raise TokenInvalidError(Reason.ISSUER_UNKNOWN)
        if audience != self.audience:
            raise TokenInvalidError(Reason.AUDIENCE_MISMATCH)
