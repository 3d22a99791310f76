"""Reading tiles and bundles for an audit: ahead, many at once, and as hashes, however damaged they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lukhas_common.ledger.auditing.inventory import BUNDLES, Inventory, path_of
from lukhas_common.ledger.auditing.ports import LogArchive
from lukhas_common.tlog.merkle import EMPTY_ROOT, HASH_SIZE, leaf_hash, root_of
from lukhas_common.tlog.tiles import HEIGHT, WIDTH

UNKNOWN = bytes(HASH_SIZE)
"""Stands for a hash that cannot be read."""

_AHEAD = 256
"""Objects that are read at once, about."""


@dataclass
class Objects:
    """The tiles and bundles of a log, as hashes."""

    archive: LogArchive
    inventory: Inventory
    _read: dict[str, bytes | None] = field(default_factory=dict)
    _read_to: int = 0

    def read_ahead(self, index: int, size: int) -> None:
        """Read what is stored about the leaves from this tile on."""
        if index < self._read_to:
            return
        paths: list[str] = []
        while len(paths) < _AHEAD and self._read_to * WIDTH < size:
            for level in (BUNDLES, 0):
                widths = self.inventory.widths(level, self._read_to)
                paths += [path_of(level, self._read_to, width) for width in widths]
            self._read_to += 1
        self._read = dict(zip(paths, self.archive.read_all(paths), strict=True))

    def hashes(self, level: int, index: int, width: int) -> list[bytes] | None:
        """The hashes of a tile, or of the entries in a bundle, as far as it can be read; None where it is not there."""
        if not self.inventory.has(level, index, width):
            return None
        [data] = self._data([path_of(level, index, width)])
        return _hashes_in(level, data or b"")

    def tile(self, level: int, index: int, width: int) -> list[bytes] | None:
        """The hashes of a tile; None where it is not there, or of another length."""
        hashes = self.hashes(level, index, width)
        return None if hashes is None or len(hashes) != width else hashes

    def forms(self, level: int, index: int, but: int) -> Iterator[tuple[int, list[bytes]]]:
        """The hashes of the same tile or bundle in each width that is there but one."""
        widths = [width for width in self.inventory.widths(level, index) if width != but]
        found = self._data([path_of(level, index, width) for width in widths])
        for width, data in zip(widths, found, strict=True):
            yield width, _hashes_in(level, data or b"")

    def edge(self, size: int) -> list[list[bytes]]:
        """For each level, the hashes of the last tile of a tree if that is partial; none where it is missing."""
        edge: list[list[bytes]] = []
        while count := size >> HEIGHT * len(edge):
            index, width = divmod(count, WIDTH)
            edge.append(self.tile(len(edge), index, width) or [] if width else [])
        return edge

    def _data(self, paths: list[str]) -> list[bytes | None]:
        if all(path in self._read for path in paths):
            return [self._read[path] for path in paths]
        return self.archive.read_all(paths)


def root_above(edge: Sequence[list[bytes]]) -> bytes:
    """The root above the right edge of a tree: what is left over of each level is the last node of the one above."""
    rest: list[bytes] = []
    for hashes in edge:
        nodes = hashes + rest
        rest = [root_of(nodes)] if nodes else []
    return rest[0] if rest else EMPTY_ROOT


def first_difference(found: Sequence[bytes], right: Sequence[bytes]) -> int:
    """The first place at which two lists differ, or the shorter one ends."""
    pairs = enumerate(zip(found, right, strict=False))
    return next((place for place, (one, other) in pairs if one != other), min(len(found), len(right)))


def _hashes_in(level: int, data: bytes) -> list[bytes]:
    """What is cut off is unknown."""
    if level != BUNDLES:
        found = [data[start : start + HASH_SIZE] for start in range(0, len(data), HASH_SIZE)]
        return [each if len(each) == HASH_SIZE else UNKNOWN for each in found]
    found, start = [], 0
    while start < len(data):
        end = start + 2 + int.from_bytes(data[start : start + 2], "big")
        found.append(leaf_hash(data[start + 2 : end]) if end <= len(data) else UNKNOWN)
        start = end
    return found
