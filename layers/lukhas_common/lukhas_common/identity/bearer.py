"""Tokens by which someone asks: every kind is read by its own verifier, told by how it begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from lukhas_common.identity.user_context import UserContext

QRG_PREFIX = "QRG_"


class TokenVerifier(Protocol):
    """Reads one kind of token: ``verify`` answers who is asking, or raises TokenInvalidError."""

    def verify(self, token: str, now: float) -> UserContext: ...


@dataclass(frozen=True, slots=True)
class EveryToken:
    """The TokenVerifier port for access tokens and QRG tokens."""

    access: TokenVerifier
    qrg: TokenVerifier

    def verify(self, token: str, now: float) -> UserContext:
        """Who is asking with this token. Raises as the verifier of its kind."""
        return (self.qrg if token.startswith(QRG_PREFIX) else self.access).verify(token, now)
