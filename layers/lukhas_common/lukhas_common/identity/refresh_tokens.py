"""Refresh tokens: opaque, self-authenticating, each one the HMAC of the one before.

A token is ``rt_`` and base64url of session id (16 bytes) ‖ secret (32) ‖ tag (16). The tag proves that
this service made it, so that a guess costs no one a session, while a spent token that comes back is
known for what it is. The successor's secret is an HMAC of the token presented: two requests that
present the same one get the same successor, without it being stored anywhere.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from dataclasses import dataclass

from lukhas_common.crypto.base64url import b64url, unb64url
from lukhas_common.crypto.macs import ServerKey, mac

PREFIX = "rt_"
_LENGTH = 16 + 32 + 16


@dataclass(frozen=True, slots=True)
class RefreshTokens:
    """Makes and reads refresh tokens under keys derived from ``server_key``."""

    server_key: ServerKey

    def first(self, session_id: str) -> str:
        """The first token of a session."""
        return self._seal(uuid.UUID(session_id).bytes, secrets.token_bytes(32))

    def successor(self, token: str) -> str:
        """The token that replaces this one; always the same for the same token."""
        raw = self._open(token)
        if raw is None:
            raise ValueError("only a token of ours has a successor")
        return self._seal(raw[:16], mac(self.server_key("refresh-successor"), raw))

    def session_of(self, token: str) -> str | None:
        """The session of a token that this service made; None for anything else."""
        raw = self._open(token)
        return None if raw is None else str(uuid.UUID(bytes=raw[:16]))

    def _seal(self, session: bytes, secret: bytes) -> str:
        return PREFIX + b64url(session + secret + self._tag(session + secret))

    def _open(self, token: str) -> bytes | None:
        if not token.startswith(PREFIX) or len(token) > 200:
            return None
        try:
            raw = unb64url(token.removeprefix(PREFIX))
        except ValueError:
            return None
        if len(raw) != _LENGTH or not hmac.compare_digest(raw[48:], self._tag(raw[:48])):
            return None
        return raw

    def _tag(self, data: bytes) -> bytes:
        return mac(self.server_key("refresh-tag"), data)[:16]


def digest(token: str) -> str:
    """What is stored of a token: 32 random bytes need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
