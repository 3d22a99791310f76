"""The tree that tiles hold: its root, and how it grows. Only the right edge of the old tree is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from lukhas_common.tlog.merkle import EMPTY_ROOT, HASH_SIZE, MAX_SIZE, leaf_hash, root_of
from lukhas_common.tlog.tiles import (
    HEIGHT,
    WIDTH,
    TileError,
    bundle_path,
    decode_bundle,
    encode_bundle,
    tile_path,
)


class TileMissingError(Exception):
    """There is no tile or bundle at this path, nor the full one that may have taken its place."""


class TileReader(Protocol):
    """Reads what is kept at a path of lukhas_common.tlog.tiles.

    ``read`` answers the bytes, which never change, or raises TileMissingError where there are none.
    """

    def read(self, path: str) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Growth:
    """A tree after leaves were appended.

    Attributes:
        size: how many leaves it has.
        tiles: by path, every tile and bundle that the tree has and the old one had not.
    """

    size: int
    root: bytes
    tiles: dict[str, bytes]


def read_tile(reader: TileReader, level: int, index: int, width: int) -> list[bytes]:
    """The first ``width`` hashes of a tile; where the partial tile is gone, those of the full one.

    Raises:
        TileMissingError: there is neither.
        TileError: it has another length than such a tile.
    """
    data, found = _read(reader, tile_path(level, index, width), tile_path(level, index))
    if len(data) != HASH_SIZE * (width if found == tile_path(level, index, width) else WIDTH):
        raise TileError(f"{found} has another length than its width says")
    return [data[start : start + HASH_SIZE] for start in range(0, width * HASH_SIZE, HASH_SIZE)]


def read_bundle(reader: TileReader, index: int, width: int) -> list[bytes]:
    """The first ``width`` entries of a bundle; where the partial bundle is gone, those of the full one.

    Raises:
        TileMissingError: there is neither.
        TileError: it has another number of entries than such a bundle.
    """
    data, found = _read(reader, bundle_path(index, width), bundle_path(index))
    entries = decode_bundle(data)
    if len(entries) != (width if found == bundle_path(index, width) else WIDTH):
        raise TileError(f"{found} has another number of entries than its width says")
    return entries[:width]


def root_at(reader: TileReader, size: int) -> bytes:
    """The root of the tree of the first ``size`` leaves, from at most one tile of each level.

    Raises:
        TileMissingError: a tile is missing.
        TileError: a tile is malformed, or no tree has this size.
    """
    return _root(_edge(reader, size))


def grow(reader: TileReader, size: int, leaves: Sequence[bytes]) -> Growth:
    """The tree after these leaves were appended to the one of ``size`` leaves that the reader holds.

    Raises:
        TileMissingError: a tile or the bundle at the right edge is missing.
        TileError: one is malformed, the last bundle is not the one below the last tile, a leaf is too long for a
            bundle, or no tree has the old or the new size.
    """
    edge = _edge(reader, size)
    new_size = size + len(leaves)
    if new_size > MAX_SIZE:
        raise TileError("no tree has so many leaves")
    tiles: dict[str, bytes] = {}
    if leaves:
        _add_bundles(tiles, reader, size, edge[0] if edge else [], leaves)
    added = [leaf_hash(leaf) for leaf in leaves]
    new_edge: list[list[bytes]] = []
    level = 0
    while added or level < len(edge):
        hashes = (edge[level] if level < len(edge) else []) + added
        first = (size >> HEIGHT * level) // WIDTH
        changed, added = bool(added), []
        for start in range(0, len(hashes), WIDTH):
            part = hashes[start : start + WIDTH]
            if changed:
                tiles[tile_path(level, first + start // WIDTH, len(part))] = b"".join(part)
            if len(part) == WIDTH:
                added.append(root_of(part))
        new_edge.append(hashes[len(hashes) // WIDTH * WIDTH :])
        level += 1
    return Growth(new_size, _root(new_edge), tiles)


def _read(reader: TileReader, path: str, full: str) -> tuple[bytes, str]:
    """What is kept at the path, or else at that of the full tile; and where it was."""
    try:
        return reader.read(path), path
    except TileMissingError:
        return reader.read(full), full


def _edge(reader: TileReader, size: int) -> list[list[bytes]]:
    """For each level, the hashes of its last tile if that is partial."""
    if not 0 <= size <= MAX_SIZE:
        raise TileError("no tree has this size")
    edge: list[list[bytes]] = []
    while count := size >> HEIGHT * len(edge):
        index, width = divmod(count, WIDTH)
        edge.append(read_tile(reader, len(edge), index, width) if width else [])
    return edge


def _root(edge: list[list[bytes]]) -> bytes:
    """The root above the right edge: what is left over of each level is the last node of the one above."""
    rest: list[bytes] = []
    for hashes in edge:
        nodes = hashes + rest
        rest = [root_of(nodes)] if nodes else []
    return rest[0] if rest else EMPTY_ROOT


def _add_bundles(
    tiles: dict[str, bytes], reader: TileReader, size: int, last_tile: list[bytes], leaves: Sequence[bytes]
) -> None:
    first, width = divmod(size, WIDTH)
    begun = read_bundle(reader, first, width) if width else []
    if [leaf_hash(entry) for entry in begun] != last_tile:
        raise TileError("the last bundle does not hold the leaves of the last tile")
    entries = [*begun, *leaves]
    for start in range(0, len(entries), WIDTH):
        part = entries[start : start + WIDTH]
        tiles[bundle_path(first + start // WIDTH, len(part))] = encode_bundle(part)
