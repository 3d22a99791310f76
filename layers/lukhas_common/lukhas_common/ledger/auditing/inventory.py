"""Which tiles and bundles are in the bucket: a bit for each width of each, so that millions fit into memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lukhas_common.ledger.auditing.findings import Fault, Finding, Findings, Part
from lukhas_common.ledger.auditing.ports import Progress, Stored
from lukhas_common.tlog.tiles import HEIGHT, WIDTH, bundle_path, parse_path, tile_path

BUNDLES = -1
"""Stands for the level of bundles."""

GONE = "it is not there"

_FULL = 1 << WIDTH
_LAST = 1 << 10


@dataclass
class Inventory:
    """The tiles and bundles that are there.

    Attributes:
        count: of objects, all versions.
    """

    count: int = 0
    _widths: dict[int, dict[int, int]] = field(default_factory=dict)

    def add(self, level: int, index: int, width: int) -> None:
        """Note that a tile is there, or a bundle."""
        of_level = self._widths.setdefault(level, {})
        of_level[index] = of_level.get(index, 0) | 1 << width

    def has(self, level: int, index: int, width: int) -> bool:
        return bool(self._widths.get(level, {}).get(index, 0) >> width & 1)

    def widths(self, level: int, index: int) -> list[int]:
        """The widths in which this one is there."""
        bits = self._widths.get(level, {}).get(index, 0)
        if bits == _FULL:
            return [WIDTH]
        return [width for width in range(1, WIDTH + 1) if bits >> width & 1]

    def beyond(self, size: int) -> Iterator[tuple[int, int, int]]:
        """Level, index and width of all that the tree of this size has not."""
        for level, of_level in sorted(self._widths.items()):
            count = size >> HEIGHT * max(level, 0)
            for index in sorted(of_level):
                if (index + 1) * WIDTH > count:
                    for width in self.widths(level, index):
                        if index * WIDTH + width > count:
                            yield level, index, width

    def bundled(self, size: int) -> int:
        """How many leaves have bundles, without a gap from the tree of this size on."""
        while widths := self.widths(BUNDLES, size // WIDTH):
            end = size // WIDTH * WIDTH + widths[-1]
            if end <= size:
                break
            size = end
        return size


def path_of(level: int, index: int, width: int) -> str:
    """Where a tile is, or a bundle."""
    return bundle_path(index, width) if level == BUNDLES else tile_path(level, index, width)


def take_inventory(listing: Iterable[Stored], findings: Findings, progress: Progress) -> Inventory:
    """Note all that is there; what is no part of a log, and what was written or deleted twice, is a finding."""
    inventory = Inventory()
    for stored in listing:
        inventory.count += 1
        progress("objects", inventory.count, 0)
        tile = parse_path(stored.path)
        if tile is None:
            _tell(findings, Fault.EXTRA, stored.path, "it is no part of a log", Part.BEYOND, _LAST)
            continue
        level = BUNDLES if tile.level is None else tile.level
        place = ((tile.index + 1) * WIDTH << HEIGHT * max(level, 0)) - 1
        if stored.is_deletion:
            _tell(findings, Fault.MISSING, stored.path, "it was deleted", Part.TREE, place)
        elif not stored.is_latest:
            _tell(findings, Fault.ALTERED, stored.path, "it has more than one version", Part.TREE, place)
        if stored.is_latest and not stored.is_deletion:
            inventory.add(level, tile.index, tile.width)
    return inventory


def check_beyond(inventory: Inventory, size: int, allowed: int, findings: Findings) -> None:
    """Check that nothing is there that no log of ``allowed`` leaves has.

    Args:
        size: of the published log: what is there beyond it belongs to one that is about to be published.
        allowed: of the log as it may have become meanwhile.
    """
    for level, index, width in inventory.beyond(size):
        if index * WIDTH + width > allowed >> HEIGHT * max(level, 0):
            text = f"the log has {size} leaves, and no later one has this yet"
            _tell(findings, Fault.EXTRA, path_of(level, index, width), text, Part.BEYOND, level, index, width)


def _tell(findings: Findings, fault: Fault, path: str, text: str, *order: int) -> None:
    findings.add(Finding(fault, text, path=path), *order)
