"""Zstandard (RFC 8878), with bounds on what comes out."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Iterable

LEVEL = 19
"""Folds are written once and kept for years."""

_WINDOW = 23
"""Binary logarithm of the most bytes that are looked back over, so of the memory that reading takes."""


_MAGIC = b"\x28\xb5\x2f\xfd"
"""What every frame begins with."""


def dictionary(content: bytes) -> Any:
    """A dictionary made ready, which is worth keeping.

    Raises:
        ValueError: it is none.
    """
    return zstd.ZstdDict(content)


def compress(data: bytes, ready: Any = None, level: int = LEVEL) -> bytes:
    """One Zstandard frame, without a checksum: what holds it is hashed."""
    return zstd.compress(data, level, zstd_dict=ready)


def decompress(data: bytes, most: int, ready: Any = None) -> bytes:
    """What one Zstandard frame holds; never more than ``most`` bytes are made.

    Raises:
        ValueError: it is no frame, is cut off or followed by something, needs another dictionary or holds more.
    """
    bounds: dict[int, int] = {zstd.DecompressionParameter.window_log_max: _WINDOW}
    opened = zstd.ZstdDecompressor(zstd_dict=ready, options=bounds)
    made = bytearray()
    try:
        while not opened.eof:
            part = opened.decompress(data, most + 1 - len(made))
            made += part
            if len(made) > most:
                raise ValueError("it holds more than it may")
            if opened.needs_input and not opened.eof:
                raise ValueError("it is cut off")
            data = b""
    except zstd.ZstdError as error:
        raise ValueError(str(error)) from None
    if opened.unused_data:
        raise ValueError("something follows it")
    return bytes(made)


def train(samples: Iterable[bytes], size: int) -> bytes | None:
    """A dictionary of at most ``size`` bytes; None where the samples are too few or too alike."""
    try:
        return bytes(zstd.train_dict(samples, size).dict_content)
    except (zstd.ZstdError, ValueError):
        return None


def packed(data: bytes) -> bytes:
    """One frame, made quickly: of what is written often and kept for hours."""
    return compress(data, level=1)


def unpacked(data: bytes, most: int) -> bytes:
    """What ``packed`` was given; data that is no frame is older, and was never packed.

    Raises:
        ValueError: as ``decompress``.
    """
    return decompress(data, most) if data.startswith(_MAGIC) else data
