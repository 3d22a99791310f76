"""Identifiers: UUIDv7 (RFC 9562, section 5.7)."""

import os
import uuid


def uuid7(now: float) -> str:
    """A UUIDv7 for ``now`` (seconds since the epoch) in its 36-character form: ids sort by time."""
    milliseconds = int(now * 1000)
    value = (milliseconds & (1 << 48) - 1) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))
