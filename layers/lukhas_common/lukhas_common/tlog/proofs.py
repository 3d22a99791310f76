"""Proofs, computed from the tiles of a log alone (RFC 6962, sections 2.1.1 and 2.1.2)."""

from __future__ import annotations

from lukhas_common.tlog.merkle import MAX_SIZE, ProofError, node_hash, root_of, split
from lukhas_common.tlog.tiles import HEIGHT, WIDTH
from lukhas_common.tlog.tree import TileReader, read_tile


def inclusion_proof(reader: TileReader, index: int, size: int) -> list[bytes]:
    """What shows that the leaf at ``index``, counted from 0, is in the tree of the first ``size`` leaves.

    Raises:
        ProofError: that tree has no such leaf.
        TileMissingError: a tile is missing.
        TileError: a tile is malformed.
    """
    if not 0 <= index < size <= MAX_SIZE:
        raise ProofError("a tree of this size has no such leaf")
    start, end, siblings = 0, size, []
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            siblings.append((middle, end))
            end = middle
        else:
            siblings.append((start, middle))
            start = middle
    subtrees = _Subtrees(reader, size)
    return [subtrees.root(*sibling) for sibling in reversed(siblings)]


def consistency_proof(reader: TileReader, old_size: int, new_size: int) -> list[bytes]:
    """What shows that the tree of the first ``new_size`` leaves begins with all leaves of the old one.

    Raises:
        ProofError: the old tree is empty, or larger than the new one.
        TileMissingError: a tile is missing.
        TileError: a tile is malformed.
    """
    if not 1 <= old_size <= new_size <= MAX_SIZE:
        raise ProofError("the sizes must be 1 or more, the old one first")
    start, end, parts = 0, new_size, []
    while end != old_size:
        middle = start + split(end - start)
        if old_size <= middle:
            parts.append((middle, end))
            end = middle
        else:
            parts.append((start, middle))
            start = middle
    if start:
        parts.append((start, end))
    subtrees = _Subtrees(reader, new_size)
    return [subtrees.root(*part) for part in reversed(parts)]


class _Subtrees:
    """Roots of subtrees of one tree; each tile is read once, when it is needed."""

    def __init__(self, reader: TileReader, size: int) -> None:
        self._reader, self._size = reader, size
        self._tiles: dict[tuple[int, int], list[bytes]] = {}

    def root(self, start: int, end: int) -> bytes:
        """The root above the leaves from ``start`` up to ``end``; the tree must split there."""
        leaves = end - start
        if leaves & (leaves - 1):
            middle = start + split(leaves)
            return node_hash(self.root(start, middle), self.root(middle, end))
        level, height = divmod(leaves.bit_length() - 1, HEIGHT)
        index, first = divmod(start >> HEIGHT * level, WIDTH)
        return root_of(self._tile(level, index)[first : first + (1 << height)])

    def _tile(self, level: int, index: int) -> list[bytes]:
        if (level, index) not in self._tiles:
            width = min(WIDTH, (self._size >> HEIGHT * level) - index * WIDTH)
            self._tiles[level, index] = read_tile(self._reader, level, index, width)
        return self._tiles[level, index]
