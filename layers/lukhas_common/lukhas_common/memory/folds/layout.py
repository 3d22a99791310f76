"""The bytes around what is compressed: headers, footer and trailer, and what seals are bound to. Numbers are big-endian.

A frame is ``LKf1``, its number, the length of its payload and that of its document (4 bytes each), the first 16 bytes of
the payload's SHA-256, and the payload: sealed, where the fold is, and in it the length of the compressed document
(4 bytes), that document, and the bytes beside it. So frames can be found and checked without the footer.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any

from lukhas_common.memory.folds import rows, zstandard
from lukhas_common.memory.folds.records import LONGEST_ID

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
    magic, *numbers, digest = _HEADER.unpack_from(data)
    found = Header(*numbers, digest)
    if magic != FRAME_MAGIC or found.payload > LONGEST_PAYLOAD or found.document > LONGEST_DOCUMENT:
        raise ValueError("no header of a frame")
    return found


@dataclass(frozen=True, slots=True)
class Stored:
    """A frame as the footer lists it.

    Attributes:
        length: bytes, with the header.
        document: bytes of the document before it was compressed; no more are made of it.
        digest: SHA-256 of all its bytes, in hex.
    """

    length: int
    document: int
    records: int
    first: str
    last: str
    digest: str


@dataclass(frozen=True)
class Footer:
    """Where everything is.

    Attributes:
        dictionary: SHA-256 of the dictionary of the frames, in hex; None if they have none.
        index: bytes of the index, which follows the frames.
        digest: SHA-256 of the frames and the index, in hex.
    """

    fold_id: str
    dictionary: str | None
    frames: tuple[Stored, ...]
    index: int
    index_digest: str
    digest: str

    @cached_property
    def offsets(self) -> tuple[int, ...]:
        """Where each frame begins, and at the end where the index does."""
        return tuple(accumulate((one.length for one in self.frames), initial=0))

    @cached_property
    def records(self) -> int:
        """How many there are."""
        return sum(one.records for one in self.frames)

    def compressed(self) -> bytes:
        """As it is stored, before it is sealed."""
        found = asdict(self) | {"frames": [list(asdict(one).values()) for one in self.frames]}
        return zstandard.compress(json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode())


def read_footer(compressed: bytes) -> Footer:
    """The footer again.

    Raises:
        ValueError: it is none, or says what no fold can have.
    """
    try:
        found = json.loads(zstandard.decompress(compressed, LONGEST_FOOTER))
        footer = Footer(**found | {"frames": tuple(Stored(*one) for one in found["frames"])})
    except (TypeError, KeyError, RecursionError):
        raise ValueError("it has not what a footer has") from None
    listed = footer.frames
    if not (
        all(map(_is_text, (footer.fold_id, footer.index_digest, footer.digest)))
        and (footer.dictionary is None or _is_text(footer.dictionary))
        and _within(footer.index, 1, LONGEST_INDEX)
        and len(listed) <= MOST_FRAMES
        and all(map(_possible, listed))
        and all(one.last < two.first for one, two in pairwise(listed))
    ):
        raise ValueError("it says what no fold can have")
    return footer


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


def _possible(one: Stored) -> bool:
    return (
        _within(one.length, HEADER, HEADER + LONGEST_PAYLOAD)
        and _within(one.document, 1, LONGEST_DOCUMENT)
        and _within(one.records, 1, rows.MOST)
        and all(_is_text(text) for text in (one.first, one.last, one.digest))
        and one.first <= one.last
        and max(len(one.first), len(one.last)) <= LONGEST_ID
    )


def _within(number: Any, least: int, most: int) -> bool:
    return type(number) is int and least <= number <= most


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
