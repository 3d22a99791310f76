"""A tree that grows: any way of appending leaves makes one and the same log."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.tlog.merkle import EMPTY_ROOT, MAX_SIZE, leaf_hash, root_of
from lukhas_common.tlog.tiles import (
    TileError,
    bundle_path,
    decode_bundle,
    encode_bundle,
    parse_path,
    tile_path,
)
from lukhas_common.tlog.tree import TileMissingError, grow, read_bundle, read_tile, root_at
from tests.unit.tlog.logs import Tiles, numbered

LEAVES = numbered(70_000)
HASHES = [leaf_hash(leaf) for leaf in LEAVES]
steps = st.lists(st.sampled_from([0, 1, 2, 255, 256, 257, 511, 512, 513, 1000]) | st.integers(0, 600), max_size=6)


def expected(old: int, new: int) -> dict[str, bytes]:
    """All tiles and bundles that a tree of ``new`` leaves has and one of ``old`` has not, by their definition."""
    before = everything(old)
    return {path: data for path, data in everything(new).items() if path not in before}


@lru_cache
def everything(size: int) -> dict[str, bytes]:
    tiles, row, level = {}, HASHES[:size], 0
    for start in range(0, size, 256):
        part = LEAVES[start : min(start + 256, size)]
        tiles[bundle_path(start // 256, len(part))] = encode_bundle(part)
    while row:
        parts = [row[start : start + 256] for start in range(0, len(row), 256)]
        for index, hashes in enumerate(parts):
            tiles[tile_path(level, index, len(hashes))] = b"".join(hashes)
        row, level = [root_of(part) for part in parts if len(part) == 256], level + 1
    return tiles


@given(steps=steps)
def test_a_tree_grown_in_any_steps_has_the_same_root_and_exactly_the_tiles_it_needs(steps: list[int]) -> None:
    tiles, size = Tiles(), 0
    for step in steps:
        growth = tiles.grown(size, LEAVES[size : size + step])
        assert growth.tiles == expected(size, size + step)
        size += step
        assert growth.size == size
        assert growth.root == root_of(HASHES[:size]) == root_at(tiles, size)


def test_a_tree_of_70_000_leaves_has_the_tiles_that_the_standard_counts() -> None:
    tiles = Tiles()
    growth = tiles.grown(0, LEAVES)
    levels: dict[tuple[int | None, int], int] = {}
    for path in growth.tiles:
        meant = parse_path(path)
        assert meant is not None
        levels[meant.level, meant.width] = levels.get((meant.level, meant.width), 0) + 1
    assert levels == {(None, 256): 273, (None, 112): 1, (0, 256): 273, (0, 112): 1, (1, 256): 1, (1, 17): 1, (2, 1): 1}
    assert growth.root == root_at(tiles, 70_000) == root_of(HASHES)


@pytest.mark.parametrize(
    ("old", "new"), [(65_535, 65_536), (65_536, 65_537), (65_000, 66_000), (65_535, 70_000), (69_887, 69_888)]
)
def test_a_tree_grows_over_the_end_of_tiles_at_every_level(old: int, new: int) -> None:
    tiles = Tiles()
    tiles.update(everything(old))
    growth = tiles.grown(old, LEAVES[old:new])
    assert growth.tiles == expected(old, new)
    assert growth.root == root_of(HASHES[:new]) == root_at(tiles, new)


@pytest.mark.parametrize(
    ("size", "reads"),
    [
        (0, []),
        (256, ["tile/1/000.p/1"]),
        (70_000, ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]),
        (65_536, ["tile/2/000.p/1"]),
    ],
)
def test_only_the_right_edge_is_read(size: int, reads: list[str]) -> None:
    tiles = Tiles()
    tiles.update(everything(size))
    root_at(tiles, size)
    assert tiles.reads == reads
    tiles.reads.clear()
    grow(tiles, size, [b"one more"])
    assert tiles.reads == reads + (["tile/entries/273.p/112"] if size == 70_000 else [])


def test_without_leaves_nothing_is_written_but_the_root_is_known() -> None:
    assert grow(Tiles(), 0, []).root == EMPTY_ROOT
    tiles = Tiles()
    tiles.update(everything(300))
    growth = grow(tiles, 300, [])
    assert (growth.size, growth.tiles, growth.root) == (300, {}, root_of(HASHES[:300]))


@given(size=st.integers(1, 1500), later=st.integers(0, 1500))
def test_the_full_tile_may_stand_in_for_a_partial_one_that_is_gone(size: int, later: int) -> None:
    tiles = Tiles()
    tiles.update(everything(size + later))
    full = {path.partition(".p/")[0] for path in tiles if ".p/" not in path}
    partial = {path for path in everything(size) if ".p/" in path}
    gone = {path for path in partial if path.partition(".p/")[0] in full}
    tiles.update({path: data for path, data in everything(size).items() if path not in gone})
    assert root_at(tiles, size) == root_of(HASHES[:size])
    assert grow(tiles, size, LEAVES[size : size + 7]).root == root_of(HASHES[: size + 7])


def test_a_tile_or_bundle_that_is_missing_stops_everything() -> None:
    for lost in ["tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/001.p/44"]:
        tiles = Tiles()
        tiles.update(everything(300))
        del tiles[lost]
        with pytest.raises(TileMissingError):
            grow(tiles, 300, [b"one more"])
        if "entries" not in lost:
            with pytest.raises(TileMissingError):
                root_at(tiles, 300)


@pytest.mark.parametrize("change", [b"", b"\0", bytes(32), bytes(256 * 32)], ids=len)
@pytest.mark.parametrize("path", ["tile/0/001.p/44", "tile/1/000.p/1"])
def test_a_tile_of_another_length_is_refused(path: str, change: bytes) -> None:
    tiles = Tiles()
    tiles.update(everything(300))
    tiles[path] = tiles[path][:-1] if change == b"" else tiles[path] + change
    with pytest.raises(TileError):
        root_at(tiles, 300)
    with pytest.raises(TileError):
        grow(tiles, 300, [b"one more"])


def test_a_full_tile_that_is_cut_off_does_not_stand_in() -> None:
    tiles = Tiles()
    tiles["tile/0/000"] = b"".join(HASHES[:255])
    with pytest.raises(TileError):
        read_tile(tiles, 0, 0, 3)
    with pytest.raises(TileError):
        read_tile(tiles, 0, 0, 256)
    tiles["tile/0/000"] = b"".join(HASHES[:256])
    assert read_tile(tiles, 0, 0, 3) == HASHES[:3]


def test_a_bundle_is_read_like_a_tile() -> None:
    tiles = Tiles()
    tiles.update(everything(256))
    assert read_bundle(tiles, 0, 256) == LEAVES[:256]
    assert read_bundle(tiles, 0, 5) == LEAVES[:5]
    tiles["tile/entries/000.p/4"] = encode_bundle(LEAVES[:5])
    with pytest.raises(TileError):
        read_bundle(tiles, 0, 4)
    tiles["tile/entries/000"] = encode_bundle(LEAVES[:5])
    with pytest.raises(TileError):
        read_bundle(tiles, 0, 3)


@pytest.mark.parametrize(
    "bundle",
    [
        LEAVES[256:299],
        LEAVES[256:301],
        [*LEAVES[256:299], b"forged"],
        [*LEAVES[256:298], LEAVES[299], LEAVES[298]],
    ],
    ids=["short", "long", "forged", "swapped"],
)
def test_nothing_is_built_on_a_bundle_that_is_not_the_one_below_the_tile(bundle: Sequence[bytes]) -> None:
    tiles = Tiles()
    tiles.update(everything(300))
    tiles["tile/entries/001.p/44"] = encode_bundle(bundle)
    with pytest.raises(TileError):
        grow(tiles, 300, [b"one more"])


@pytest.mark.parametrize("size", [-1, MAX_SIZE + 1])
def test_a_size_that_no_tree_has_is_refused(size: int) -> None:
    with pytest.raises(TileError):
        root_at(Tiles(), size)
    with pytest.raises(TileError):
        grow(Tiles(), size, [b"one more"])


def test_a_tree_grows_to_the_largest_size_and_no_further() -> None:
    tiles = Tiles()
    for level in range(1, 8):
        index, width = divmod(MAX_SIZE >> 8 * level, 256)
        tiles[tile_path(level, index, width)] = bytes(32 * width)
    tiles[tile_path(0, MAX_SIZE // 256, 254)] = b"".join(HASHES[:254])
    tiles[bundle_path(MAX_SIZE // 256, 254)] = encode_bundle(LEAVES[:254])
    growth = tiles.grown(MAX_SIZE - 1, LEAVES[254:255])
    assert (growth.size, growth.root) == (MAX_SIZE, root_at(tiles, MAX_SIZE))
    with pytest.raises(TileError, match="so many"):
        grow(tiles, MAX_SIZE, [b"one more"])


def test_a_leaf_that_is_too_long_for_a_bundle_is_refused() -> None:
    assert decode_bundle(grow(Tiles(), 0, [b"a" * 65535]).tiles["tile/entries/000.p/1"]) == [b"a" * 65535]
    with pytest.raises(TileError):
        grow(Tiles(), 0, [b"a" * 65536])
