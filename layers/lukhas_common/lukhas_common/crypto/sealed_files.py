"""Files that are sealed to one recipient, written and read in segments, so that a large one need not fit in memory.

A sealed file is ``LKX`` 01 | the content key, sealed by HPKE (1168) | segments. A segment is 64 KiB of the content, the
last one what is left, sealed under the content key (``sealing.py``) and bound to the header, to its number and to
whether it is the last. So none can be altered, exchanged, left out or cut off; that the end is missing is found out at
the end.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator

from lukhas_common.crypto import hpke
from lukhas_common.crypto.hpke import OpeningKey, RecipientKey
from lukhas_common.crypto.sealing import KEY, OVERHEAD, SealError, seal, unseal_committed

MEDIA_TYPE = "application/vnd.lukhas.sealed"

SEGMENT = 65_536
"""Bytes of the content in a segment."""

_MAGIC = b"LKX\x01"
_HEADER = len(_MAGIC) + KEY + hpke.OVERHEAD
_INFO = b"lukhas sealed file v1"


def seal_file(recipient: RecipientKey, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces of a sealed file, for pieces of any size."""
    content_key = secrets.token_bytes(KEY)
    header = _MAGIC + recipient.seal(content_key, _INFO)
    yield header
    digest = hashlib.sha256(header).digest()
    for number, (segment, is_last) in enumerate(_blocks(pieces, SEGMENT)):
        yield seal(content_key, segment, _bound(digest, number, is_last))


def open_file(key: OpeningKey, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The content of a sealed file; none of it is to be used before the end has come.

    Raises:
        SealError: it was altered or cut short, or is sealed to another key. What was yielded before was in the file.
    """
    pieces, header = iter(pieces), b""
    while len(header) < _HEADER and (piece := next(pieces, None)) is not None:
        header += piece
    header, rest = header[:_HEADER], header[_HEADER:]
    if len(header) < _HEADER or not header.startswith(_MAGIC):
        raise SealError("it is no sealed file")
    content_key = key.open(header[len(_MAGIC) :], _INFO)
    digest = hashlib.sha256(header).digest()
    for number, (sealed, is_last) in enumerate(_blocks(_after(rest, pieces), SEGMENT + OVERHEAD)):
        yield unseal_committed(content_key, sealed, _bound(digest, number, is_last))


def _bound(digest: bytes, number: int, is_last: bool) -> bytes:
    return digest + number.to_bytes(8, "big") + bytes([is_last])


def _after(rest: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield rest
    yield from pieces


def _blocks(pieces: Iterable[bytes], size: int) -> Iterator[tuple[bytes, bool]]:
    """Blocks of this size, and whether each is the last, which is shorter, and empty where there is nothing."""
    held = bytearray()
    for piece in pieces:
        held += piece
        while len(held) > size:  # what fills a block exactly may be the end
            yield bytes(held[:size]), False
            del held[:size]
    yield bytes(held), True
