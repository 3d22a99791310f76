"""Bytes that tell whether they are as they were written.

After eight bytes that name the kind come the version, two little-endian bytes, and the SHA-256 of the body, and then
the body. The checksum tells damage; who wrote it, it does not tell.
"""

from __future__ import annotations

import struct
from hashlib import sha256

from lukhas_common.anomaly.errors import ModelDamagedError

_FRONT = struct.Struct("<8sH32s")


def seal(kind: bytes, version: int, body: bytes) -> bytes:
    """The body behind its front; ``kind`` has at most eight bytes."""
    return _FRONT.pack(kind, version, sha256(body).digest()) + body


def unseal(kind: bytes, version: int, data: bytes) -> bytes:
    """The body.

    Raises:
        ModelDamagedError: it is of another kind or version, or not as it was written.
    """
    if len(data) < _FRONT.size:
        raise ModelDamagedError("too short")
    named, numbered, checksum = _FRONT.unpack_from(data)
    if named != kind.ljust(8, b"\0") or numbered != version:
        raise ModelDamagedError("of another kind or version")
    body = data[_FRONT.size :]
    if sha256(body).digest() != checksum:
        raise ModelDamagedError("the checksum differs")
    return body
