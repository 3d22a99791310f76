"""What the tests of the log share: tiles in memory, and the definitions of RFC 6962 in their plainest form."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from lukhas_common.tlog.tree import Growth, TileMissingError, grow


class Tiles(dict[str, bytes]):
    """The TileReader port in memory; it remembers what was read."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[str] = []

    def read(self, path: str) -> bytes:
        self.reads.append(path)
        if path not in self:
            raise TileMissingError(path)
        return self[path]

    def grown(self, size: int, leaves: Sequence[bytes]) -> Growth:
        """Append the leaves for good; nothing that is there may be written again."""
        growth = grow(self, size, leaves)
        assert not growth.tiles.keys() & self.keys()
        self.update(growth.tiles)
        return growth


class FolderTiles:
    """The TileReader port on the files of a log that others wrote."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, path: str) -> bytes:
        file = self.folder / path
        if not file.is_file():
            raise TileMissingError(path)
        return file.read_bytes()


def mth(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    k = left(len(leaves))
    return hashlib.sha256(b"\1" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = left(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: Sequence[bytes], whole: bool = True) -> list[bytes]:
    """Section 2.1.2."""
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = left(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], whole), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


def left(n: int) -> int:
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def numbered(count: int, start: int = 0) -> list[bytes]:
    """Leaves that all differ."""
    return [b"%d" % number for number in range(start, start + count)]
