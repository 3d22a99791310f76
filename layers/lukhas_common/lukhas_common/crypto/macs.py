"""Message authentication codes, and the keys that a server derives for them."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

ServerKey = Callable[[str], bytes]
"""Derives the 32-byte key of a named purpose from the server's own key."""


def mac(key: bytes, data: bytes) -> bytes:
    """HMAC-SHA-256 (RFC 2104), 32 bytes."""
    return hmac.new(key, data, hashlib.sha256).digest()
