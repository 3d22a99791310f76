"""The bytes around what is compressed: headers and the trailer, and what seals are bound to. Numbers are big-endian.

A frame is ``LKf1``, its number, the length of its payload and that of its document (4 bytes each), the first 16 bytes
of the payload's SHA-256, and the payload: sealed, where the fold is, and in it the length of the compressed document
(4 bytes), that document, and the bytes beside it. So frames can be found and checked without the footer.

The trailer is ``LUKHFOLD``, the version and zero (2 bytes each), the length of the footer (4), and its SHA-256.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from dataclasses import dataclass

from lukhas_common.memory.folds import rows

VERSION = 1
FRAME_MAGIC = b"LKf1"
_HEADER = struct.Struct(">4sIII16s")
HEADER = _HEADER.size
_TRAILER = struct.Struct(">8sHHI32s")
TRAILER = _TRAILER.size
_TRAILER_MAGIC = b"LUKHFOLD"

MOST_FRAMES = 1 << 12
LONGEST_PAYLOAD = rows.LARGEST + (1 << 16)
"""Bytes of the payload of a frame: it is hardly longer than its records' JSON even where nothing compresses."""

LONGEST_FOOTER = 1 << 24
"""Bytes of a footer, stored or not."""

LONGEST_INDEX = 1 << 27
LONGEST_DOCUMENT = 2 * rows.LARGEST

Seal = Callable[[bytes, bytes], bytes]
"""Seals the bytes, bound to the second argument (see lukhas_common.crypto.sealing.seal)."""

Unseal = Callable[[bytes, bytes], bytes]
"""What was sealed; raises lukhas_common.crypto.sealing.SealError where it was altered or is bound to something else."""


def bound(fold_id: str, part: str, number: int = 0) -> bytes:
    """What a part of a fold is sealed to, so that it cannot be taken for another, or for one of another fold."""
    return f"lukhas fold {VERSION}|{fold_id}|{part}|{number}".encode()


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the payload of a frame."""

    number: int
    payload: int
    document: int
    digest: bytes


def frame(number: int, payload: bytes, document: int) -> bytes:
    """A stored frame."""
    digest = hashlib.sha256(payload).digest()[:16]
    return _HEADER.pack(FRAME_MAGIC, number, len(payload), document, digest) + payload


def header(data: bytes) -> Header:
    """The header at the start of these bytes.

    Raises:
        ValueError: there is none, or it says what no frame can have.
    """
    if len(data) < HEADER:
        raise ValueError("the header is cut off")
    magic, number, payload, document, digest = _HEADER.unpack_from(data)
    found = Header(number, payload, document, digest)
    if magic != FRAME_MAGIC or found.payload > LONGEST_PAYLOAD or found.document > LONGEST_DOCUMENT:
        raise ValueError("no header of a frame")
    return found


def trailer(stored_footer: bytes) -> bytes:
    """What ends a fold."""
    digest = hashlib.sha256(stored_footer).digest()
    return _TRAILER.pack(_TRAILER_MAGIC, VERSION, 0, len(stored_footer), digest)


def read_trailer(data: bytes) -> tuple[int, bytes]:
    """The length of the footer, and its SHA-256.

    Raises:
        ValueError: it is no trailer of this version.
    """
    if len(data) != TRAILER:
        raise ValueError("the trailer is cut off")
    magic, version, zero, length, digest = _TRAILER.unpack(data)
    if magic != _TRAILER_MAGIC or zero or length > LONGEST_FOOTER:
        raise ValueError("it does not end like a fold")
    if version != VERSION:
        raise ValueError(f"it has version {version}, and this reads {VERSION}")
    return length, digest
