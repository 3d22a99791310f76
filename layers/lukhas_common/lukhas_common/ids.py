"""Identifiers: UUIDv7 (RFC 9562, section 5.7)."""

import os
import uuid

FIRST_ID, LAST_ID = str(uuid.UUID(int=0)), str(uuid.UUID(int=2**128 - 1))
"""What sorts before and after every id."""


def least_uuid7(at: float) -> str:
    """What sorts before every UUIDv7 of this time (seconds since the epoch) and after it."""
    return str(uuid.UUID(int=min(max(int(at * 1000), 0), 2**48 - 1) << 80))


def uuid7(now: float) -> str:
    """A UUIDv7 for ``now`` (seconds since the epoch) in its 36-character form: ids sort by time."""
    milliseconds = int(now * 1000)
    value = (milliseconds & (1 << 48) - 1) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))
