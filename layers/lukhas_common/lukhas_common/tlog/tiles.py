"""Tiles and entry bundles of a log, and where each is kept (c2sp.org/tlog-tiles).

A tile is up to 256 hashes of one level; each hash of the level above is the root of a full tile. A bundle holds the
entries, which are the contents of the leaves, below one tile of level 0.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from lukhas_common.tlog.merkle import MAX_SIZE

HEIGHT = 8
"""Levels of the tree that one level of tiles spans."""

WIDTH = 1 << HEIGHT
"""Hashes of a full tile."""

MAX_LEVEL = 63
MAX_ENTRY = 0xFFFF
"""Bytes of the longest entry."""

_PATH = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([0-9]{1,3}))?")


class TileError(Exception):
    """This is no tile, bundle or path of one."""


@dataclass(frozen=True, slots=True)
class TilePath:
    """Which tile or bundle is meant.

    Attributes:
        level: of a tile, counted from 0; None for a bundle.
        index: among those of its level, counted from 0.
        width: how many hashes or entries it has; 256 if it is full.
    """

    level: int | None
    index: int
    width: int = WIDTH


def tile_path(level: int, index: int, width: int = WIDTH) -> str:
    """Where a tile is kept, such as ``tile/0/x001/x234/067.p/8``.

    Raises:
        TileError: there can be no such tile.
    """
    if not 0 <= level <= MAX_LEVEL:
        raise TileError("no such level")
    return f"tile/{level}/{_place(index, width)}"


def bundle_path(index: int, width: int = WIDTH) -> str:
    """Where a bundle is kept, such as ``tile/entries/x001/x234/067.p/8``.

    Raises:
        TileError: there can be no such bundle.
    """
    return f"tile/entries/{_place(index, width)}"


def parse_path(path: str) -> TilePath | None:
    """What is kept there; None unless it is the one path of a tile or a bundle that can be."""
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    kind, place, partial = match.groups()
    index, width = int(place.replace("x", "").replace("/", "")), WIDTH if partial is None else int(partial)
    try:
        canonical = bundle_path(index, width) if kind == "entries" else tile_path(int(kind), index, width)
    except TileError:
        return None
    return TilePath(None if kind == "entries" else int(kind), index, width) if canonical == path else None


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """A bundle of 1 to 256 entries: each follows its length in two bytes.

    Raises:
        TileError: there are none or too many, or one is too long.
    """
    if not 1 <= len(entries) <= WIDTH:
        raise TileError("a bundle has 1 to 256 entries")
    if any(len(entry) > MAX_ENTRY for entry in entries):
        raise TileError("an entry is longer than 65,535 bytes")
    return b"".join([struct.pack(">H", len(entry)) + entry for entry in entries])


def decode_bundle(data: bytes) -> list[bytes]:
    """The entries of a bundle.

    Raises:
        TileError: it is none, or was cut off.
    """
    entries: list[bytes] = []
    start = 0
    while start < len(data):
        end = start + 2 + int.from_bytes(data[start : start + 2], "big")
        if end > len(data):
            raise TileError("the bundle is cut off")
        entries.append(data[start + 2 : end])
        start = end
    if not 1 <= len(entries) <= WIDTH:
        raise TileError("a bundle has 1 to 256 entries")
    return entries


def _place(index: int, width: int) -> str:
    if not (0 <= index <= MAX_SIZE and 1 <= width <= WIDTH):
        raise TileError("no such index or width")
    digits = f"{index:03}"
    digits = digits.rjust(-(-len(digits) // 3) * 3, "0")
    groups = [digits[start : start + 3] for start in range(0, len(digits), 3)]
    place = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return place if width == WIDTH else f"{place}.p/{width}"
