"""The tree, rebuilt from the entries in the bucket and held against every tile that is there and all that was signed.

Each tile has up to three witnesses: what is below it, what is stored, and its hash in the tile above; the tiles at
the right edge have the signed root. Where they contradict each other, two bear out who is right, so that the finding
names the altered object and not its neighbours. What was replaced together with all tiles above it contradicts the
signed roots only; then the partial tiles of the checkpoints that were published before tell where.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lukhas_common.ledger.auditing.findings import Fault, Finding, Findings, Part
from lukhas_common.ledger.auditing.heads import Signed
from lukhas_common.ledger.auditing.inventory import BUNDLES, GONE, path_of
from lukhas_common.ledger.auditing.leaves import Leaves
from lukhas_common.ledger.auditing.objects import UNKNOWN, Objects, first_difference, root_above
from lukhas_common.ledger.auditing.ports import Progress
from lukhas_common.tlog.merkle import root_of
from lukhas_common.tlog.tiles import HEIGHT, WIDTH

_HELD = 100
"""Tiles at most that are kept until a later signed root tells what is wrong with them."""


@dataclass
class _Tile:
    """A tile that is being rebuilt.

    Attributes:
        width: in this tree; what is stored may be wider.
        stored: its hashes, None where it is missing or malformed.
        above: its hash in the tile above.
        is_borne_out: whether what is above bears out what is stored.
        is_sure: whether what is above is borne out itself.
        is_proven: whether a signed root bears out what was rebuilt.
    """

    level: int
    index: int
    width: int
    stored: list[bytes] | None
    above: bytes | None
    is_borne_out: bool
    is_sure: bool
    is_proven: bool = False
    rebuilt: list[bytes] = field(default_factory=list)

    @property
    def first_leaf(self) -> int:
        return self.index * WIDTH << HEIGHT * self.level


@dataclass
class TreeAudit:
    """Rebuilds one tree.

    Attributes:
        root: that was signed for this size, None if none was.
        heads: size and root of all checkpoints, by size.
        leaves: where the hashes of the leaves are kept.
    """

    objects: Objects
    size: int
    root: bytes | None
    heads: Iterator[tuple[int, bytes]]
    leaves: Leaves
    findings: Findings
    progress: Progress
    _tiles: dict[int, _Tile] = field(default_factory=dict)
    _contradictions: list[tuple[_Tile, list[bytes], list[bytes]]] = field(default_factory=list)

    def run(self) -> None:
        """Rebuild it all, from the first leaf to the last."""
        self._signed = Signed(self.heads, self.findings)
        self._edge_is_signed = root_above(self.objects.edge(self.size)) == self.root
        self._check_heads(0)
        for index in range(-(-self.size // WIDTH)):
            self._open(index)
            self._leaves(index)
            self.progress("leaves", min(self.size, (index + 1) * WIDTH), self.size)
        for tile in self._tiles.values():
            if tile.width:
                self._settled(tile)
        for contradiction in self._contradictions:
            self._settle(*contradiction)
        self._signed.finish()

    # ------------------------------------------------------------ from above

    def _open(self, index: int) -> None:
        """Have the tiles above this one of the lowest level ready, from the top down."""
        for level in range((self.size.bit_length() - 1) // HEIGHT, 0, -1):
            if level not in self._tiles:
                self._tiles[level] = self._tile(level, index >> HEIGHT * level)

    def _tile(self, level: int, index: int) -> _Tile:
        width = min(WIDTH, (self.size >> HEIGHT * level) - index * WIDTH)
        stored = self.objects.tile(level, index, width) if width else None
        if width and stored is None:
            self._tell_unread(level, index, width)
        if width < WIDTH:
            return _Tile(level, index, width, stored, None, self._edge_is_signed, self._edge_is_signed)
        parent = self._tiles[level + 1]
        above = None if parent.stored is None else parent.stored[index % WIDTH]
        is_borne_out = stored is not None and root_of(stored) == above
        return _Tile(level, index, width, stored, above, is_borne_out, parent.is_borne_out)

    # ------------------------------------------------------------ leaves

    def _leaves(self, index: int) -> None:
        """One tile of the lowest level, with its bundle."""
        self.objects.read_ahead(index, self.size)
        tile = self._tile(0, index)
        found = self.objects.hashes(BUNDLES, index, tile.width)
        if found is None:
            self._tell_unread(BUNDLES, index, tile.width)
        believed = self._believed(tile, found)
        if believed is not None:
            tile.rebuilt = [*believed]
            self._check_heads(tile.first_leaf + min(tile.width, WIDTH - 1), tile)
        else:
            for size, _root in self._signed.upto(tile.first_leaf + min(tile.width, WIDTH - 1)):
                self._check_parts(size)
        self.leaves.append(tile.rebuilt or [UNKNOWN] * tile.width)
        root = self._checked(tile)
        self._check_others(BUNDLES, tile)
        if tile.width == WIDTH:
            self._close(1, root)
            self._check_heads(tile.first_leaf + WIDTH)

    def _believed(self, tile: _Tile, found: list[bytes] | None) -> list[bytes] | None:
        """The hashes of the leaves as two witnesses have them, or the bundle alone; whoever says otherwise is named."""
        stored = tile.stored
        if found is None or found == stored:
            return stored
        whole = None if len(found) != tile.width or UNKNOWN in found else found
        if tile.is_borne_out and stored is not None:
            self._tell_leaf(tile, found, stored)
        elif whole is None:
            self._tell_leaf(tile, found, stored or [each for each in found[: tile.width] if each != UNKNOWN])
        elif stored is None or (tile.above is not None and root_of(whole) == tile.above):
            if stored is not None:
                self._tell_tile(tile, whole, stored)
            return whole
        else:
            if len(self._contradictions) < _HELD:
                self._contradictions.append((tile, whole, stored))
            else:
                self._tell_contradiction(tile, whole, stored)
            return whole
        return stored

    def _settle(self, tile: _Tile, whole: list[bytes], stored: list[bytes]) -> None:
        """A bundle and its tile contradict each other, and what is above: does the bundle lead to a signed root?"""
        if tile.is_proven or (self._signed.good_size >= tile.first_leaf + tile.width and not tile.is_sure):
            self._tell_tile(tile, tile.rebuilt, stored)  # and the bundle was named, if it is not what was rebuilt
        else:
            self._tell_contradiction(tile, whole, stored)

    # ------------------------------------------------------------ upwards

    def _close(self, level: int, root: bytes) -> None:
        """Add the root of a full tile to the tile above it, and close that one if it is full."""
        tile = self._tiles[level]
        tile.rebuilt.append(root)
        if len(tile.rebuilt) == WIDTH:
            del self._tiles[level]
            self._close(level + 1, self._settled(tile))

    def _settled(self, tile: _Tile) -> bytes:
        """Hold a rebuilt tile against what is stored; answers its root, as far as anyone can tell."""
        if tile.stored is not None and tile.stored != tile.rebuilt:
            self._tell_tile(tile, tile.rebuilt, tile.stored)
        return self._checked(tile)

    def _checked(self, tile: _Tile) -> bytes:
        """Hold a rebuilt tile against the one above and against its earlier, narrower forms; answers its root."""
        self._check_others(tile.level, tile)
        if not tile.rebuilt:
            return tile.above or UNKNOWN
        root = root_of(tile.rebuilt)
        if tile.above in (None, root) or tile.is_proven or not tile.is_sure:
            return root
        path = path_of(tile.level or BUNDLES, tile.index, tile.width)
        last = tile.first_leaf + (tile.width << HEIGHT * tile.level) - 1
        text = f"leaves {tile.first_leaf} to {last} were replaced together with the tiles above them"
        self._tell(Fault.ALTERED, path, text, tile.level + 1, tile.index)
        return tile.above or root

    def _check_others(self, level: int, tile: _Tile) -> None:
        """Each narrower form is a beginning of this one, and each wider one, of a later log, begins with it."""
        if not tile.rebuilt:
            return
        for width, found in self.objects.forms(level, tile.index, tile.width):
            common = min(width, tile.width)
            if len(found) != width or found[:common] != tile.rebuilt[:common]:
                place = min(first_difference(found, tile.rebuilt[:common]), width - 1)
                path, text = path_of(level, tile.index, width), "it is not what the log has there"
                self._tell(Fault.ALTERED, path, text, level, tile.index * WIDTH + place)

    # ------------------------------------------------------------ signed roots

    def _check_heads(self, upto: int, last: _Tile | None = None) -> None:
        """Hold the tree at each size that was signed, up to this one, against its root.

        Args:
            last: what is believed of the last tile; corrected where a signed root proves otherwise.
        """
        for size, root in self._signed.upto(upto):
            self._check_parts(size)
            levels = range(1, (size.bit_length() - 1) // HEIGHT + 1)
            tiles = [last, *(self._tiles.get(level) for level in levels)]
            parts = [each.rebuilt[: size % WIDTH if each is last else None] if each else [] for each in tiles]
            if root_above(parts) != root:
                edge = self.objects.edge(size)
                if root_above(edge) != root:
                    self._signed.bad(size)
                    continue
                for each, genuine in zip(tiles, edge, strict=True):
                    if each is not None:
                        self._correct(each, genuine, size)
            self._signed.good(size)

    def _check_parts(self, size: int) -> None:
        """Check that all partial tiles are there by which this size was published."""
        for level in (BUNDLES, *range((size.bit_length() - 1) // HEIGHT + 1)):
            index, width = divmod(size >> HEIGHT * max(level, 0), WIDTH)
            if width and not self.objects.inventory.has(level, index, width):
                self._tell_unread(level, index, width)

    def _correct(self, tile: _Tile, genuine: list[bytes], size: int) -> None:
        """Name what is not as the tiles of a signed size prove it to have been."""
        for place, (was, now) in enumerate(zip(genuine, tile.rebuilt, strict=False)):
            if was != now:
                first = tile.first_leaf + (place << HEIGHT * tile.level)
                last = first + (1 << HEIGHT * tile.level) - 1
                which = "the entry was" if first == last else f"leaves {first} to {last} were"
                path = path_of(BUNDLES, first // WIDTH, min(WIDTH, self.size - first // WIDTH * WIDTH))
                text = f"{which} replaced: what was signed for size {size} proves it"
                self._tell(Fault.ALTERED, path, text, tile.level or BUNDLES, tile.index * WIDTH + place)
        tile.is_proven |= genuine != tile.rebuilt[: len(genuine)]
        tile.rebuilt[: len(genuine)] = genuine

    # ------------------------------------------------------------ telling

    def _tell_leaf(self, tile: _Tile, found: list[bytes], right: list[bytes], doubt: str = "") -> None:
        place = first_difference(found, right)
        leaf = tile.first_leaf + min(place, tile.width - 1)
        path = path_of(BUNDLES, tile.index, tile.width)
        if place < min(len(found), tile.width) and found[place] in right:
            other = tile.first_leaf + right.index(found[place])
            self._tell(Fault.REORDERED, path, f"the entry of leaf {other} is here", BUNDLES, leaf)
        else:
            self._tell(Fault.ALTERED, path, f"the entry is not the one that was sequenced{doubt}", BUNDLES, leaf)

    def _tell_contradiction(self, tile: _Tile, whole: list[bytes], stored: list[bytes]) -> None:
        self._tell_leaf(tile, whole, stored, f", or {path_of(0, tile.index, tile.width)} is not")

    def _tell_tile(self, tile: _Tile, right: list[bytes], stored: list[bytes]) -> None:
        place = first_difference(stored, right)
        text = f"hash {place} of the tile is not that of what is below it"
        path = path_of(tile.level, tile.index, tile.width)
        self._tell(Fault.ALTERED, path, text, tile.level, tile.index * WIDTH + place)

    def _tell_unread(self, level: int, index: int, width: int) -> None:
        is_there = self.objects.inventory.has(level, index, width)
        fault, text = (Fault.ALTERED, "it has not the length of a tile") if is_there else (Fault.MISSING, GONE)
        self._tell(fault, path_of(level, index, width), text, max(level, 0) + 1, index)

    def _tell(self, fault: Fault, path: str, text: str, level: int, place: int) -> None:
        """Tell of the leaves below one hash of a level; by the last of them, so that what is closest comes first."""
        height = HEIGHT * max(level, 0)
        finding = Finding(fault, text, path=path, leaf_index=place << height)
        self.findings.add(finding, Part.TREE, (place + 1 << height) - 1, level)
