"""Proofs from tiles, against the definitions of RFC 6962 and with every tile that they read counted."""

from __future__ import annotations

from functools import lru_cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.tlog.merkle import MAX_SIZE, ProofError, leaf_hash, root_of, verify_consistency, verify_inclusion
from lukhas_common.tlog.proofs import consistency_proof, inclusion_proof
from lukhas_common.tlog.tiles import TileError, tile_path
from lukhas_common.tlog.tree import TileMissingError
from tests.unit.tlog.logs import Tiles, numbered, path, subproof

LEAVES = numbered(70_000)
HASHES = [leaf_hash(leaf) for leaf in LEAVES]


def log(*sizes: int) -> Tiles:
    """The log that had checkpoints of these sizes."""
    tiles, size = Tiles(), 0
    for new_size in sorted(set(sizes)):
        tiles.grown(size, LEAVES[size:new_size])
        size = new_size
    tiles.reads.clear()
    return tiles


@lru_cache
def large() -> Tiles:
    return log(len(LEAVES))


@given(data=st.data(), size=st.integers(1, 1200))
def test_an_inclusion_proof_from_tiles_is_that_of_the_definition(data: st.DataObject, size: int) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(log(size), index, size)
    assert proof == path(index, LEAVES[:size])
    verify_inclusion(index, size, HASHES[index], proof, root_of(HASHES[:size]))


@given(data=st.data(), size=st.integers(1, 1200))
def test_a_consistency_proof_from_tiles_is_that_of_the_definition(data: st.DataObject, size: int) -> None:
    old = data.draw(st.integers(1, size))
    proof = consistency_proof(log(size), old, size)
    assert proof == subproof(old, LEAVES[:size])
    verify_consistency(old, size, proof, root_of(HASHES[:old]), root_of(HASHES[:size]))


@given(index=st.sampled_from([0, 255, 256, 65_535, 65_536, 69_887, 69_888, 69_999]) | st.integers(0, 69_999))
def test_a_proof_over_three_levels_of_tiles_reads_each_tile_once_and_few(index: int) -> None:
    tiles, size = large(), len(LEAVES)
    tiles.reads.clear()
    verify_inclusion(index, size, HASHES[index], inclusion_proof(tiles, index, size), root_of(HASHES))
    assert len(tiles.reads) == len(set(tiles.reads)) <= 5
    tiles.reads.clear()
    proof = consistency_proof(tiles, index + 1, size)
    assert len(tiles.reads) == len(set(tiles.reads)) <= 5
    verify_consistency(index + 1, size, proof, root_of(HASHES[: index + 1]), root_of(HASHES))


@given(data=st.data(), size=st.integers(1, 900), later=st.integers(1, 900))
def test_proofs_in_an_older_tree_outlive_its_partial_tiles(data: st.DataObject, size: int, later: int) -> None:
    tiles = log(size, size + later)
    for gone in [each for each in tiles if ".p/" in each and each.partition(".p/")[0] in tiles]:
        del tiles[gone]
    index = data.draw(st.integers(0, size - 1))
    assert inclusion_proof(tiles, index, size) == path(index, LEAVES[:size])
    assert consistency_proof(tiles, index + 1, size) == subproof(index + 1, LEAVES[:size])


def test_a_tree_of_the_largest_size_has_proofs_too() -> None:
    tiles = Tiles()
    for level in range(8):
        index, width = divmod(MAX_SIZE >> 8 * level, 256)
        tiles[tile_path(level, index, width)] = bytes(32 * width)
    assert len(inclusion_proof(tiles, MAX_SIZE - 1, MAX_SIZE)) == 62
    assert consistency_proof(tiles, MAX_SIZE, MAX_SIZE) == []


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 5), (5, 5), (0, -1), (0, MAX_SIZE + 1)])
def test_what_is_not_in_a_tree_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ProofError):
        inclusion_proof(log(5), index, size)


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 5), (-1, 5), (5, 4), (1, MAX_SIZE + 1)])
def test_what_is_no_older_tree_has_no_proof(old: int, new: int) -> None:
    with pytest.raises(ProofError):
        consistency_proof(log(5), old, new)


def test_a_tile_that_is_missing_or_cut_off_stops_the_proof() -> None:
    tiles = log(300)
    with pytest.raises(TileMissingError):
        inclusion_proof(tiles, 3, 301)
    tiles["tile/0/000"] = tiles["tile/0/000"][:-1]
    with pytest.raises(TileError):
        inclusion_proof(tiles, 3, 300)
    with pytest.raises(TileError):
        consistency_proof(tiles, 3, 300)
