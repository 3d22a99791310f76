"""Logs that others wrote: those of Tessera and Sunlight, tile by tile and signature by signature."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lukhas_common.tlog.checkpoint import Checkpoint, CheckpointError, verify_checkpoint
from lukhas_common.tlog.merkle import leaf_hash, root_of, verify_consistency, verify_inclusion
from lukhas_common.tlog.notes import parse_note
from lukhas_common.tlog.proofs import consistency_proof, inclusion_proof
from lukhas_common.tlog.tiles import TileError
from lukhas_common.tlog.tree import grow, read_bundle, read_tile, root_at
from lukhas_common.tlog.verifiers import Kind, Verifier
from tests.unit.tlog.logs import FolderTiles

TESSERA = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
"""The verifier key that Tessera's own tests use for this log."""

MIRRORED = "000de184301123b9278c086a7d9f68c9577e83872224c197058fd90784ea9706"
MILAN = "88ad7a28caeb0b2aa890fdf0304c2fcaf59fca2ee140134ff8c1300bac493482"


@pytest.fixture
def tessera(shared: Path) -> Path:
    return shared / "vectors" / "tlog" / "testdata" / "log"


@pytest.fixture
def sunlight(shared: Path) -> Path:
    return shared / "vectors" / "tlog" / "sunlight" / "cmd" / "skylight" / "testdata"


def test_every_size_of_tessera_s_log_is_grown_byte_by_byte_from_every_smaller_one(tessera: Path) -> None:
    theirs = FolderTiles(tessera)
    entries = read_bundle(theirs, 0, 15)
    compared = 0
    for size in range(16):
        checkpoint = Checkpoint.parse(parse_note((tessera / f"checkpoint.{size}").read_bytes()).text)
        assert root_at(theirs, size) == checkpoint.root == root_of([leaf_hash(entry) for entry in entries[:size]])
        for old in range(size):
            growth = grow(theirs, old, entries[old:size])
            assert (growth.size, growth.root) == (size, checkpoint.root)
            assert sorted(growth.tiles) == [f"tile/0/000.p/{size}", f"tile/entries/000.p/{size}"]
            for path, data in growth.tiles.items():
                assert data == theirs.read(path)
                compared += 1
    assert compared == 2 * 15 * 16 // 2


def test_every_checkpoint_of_tessera_s_log_is_signed_and_consistent_with_the_others(tessera: Path) -> None:
    verifier = Verifier.parse(TESSERA)
    assert (verifier.kind, verifier.vkey) == (Kind.ED25519, TESSERA)
    checkpoints = [
        verify_checkpoint((tessera / f"checkpoint.{size}").read_bytes(), verifier.name, [verifier])
        for size in range(16)
    ]
    assert [checkpoint.size for checkpoint in checkpoints] == list(range(16))
    theirs = FolderTiles(tessera)
    for new in checkpoints[1:]:
        for old in checkpoints[1 : new.size + 1]:
            proof = consistency_proof(theirs, old.size, new.size)
            verify_consistency(old.size, new.size, proof, old.root, new.root)


@pytest.mark.parametrize("size", range(1, 16))
def test_a_proof_is_made_of_tessera_s_tiles_for_each_of_its_entries(tessera: Path, size: int) -> None:
    theirs = FolderTiles(tessera)
    root = Checkpoint.parse(parse_note((tessera / f"checkpoint.{size}").read_bytes()).text).root
    for index, entry in enumerate(read_bundle(theirs, 0, size)):
        verify_inclusion(index, size, leaf_hash(entry), inclusion_proof(theirs, index, size), root)


def test_the_tiles_of_sunlight_s_mirror_lead_to_the_root_that_it_signed(sunlight: Path) -> None:
    """Its tree has 300 leaves, so one tile is full and is hashed into the level above; its bundles are no entries."""
    folder = sunlight / "witness" / "mirror" / MIRRORED
    keys = json.loads((sunlight / "witness" / "mirror" / "mirror.v0.json").read_text())["verifier_keys"]
    verifiers = [Verifier.parse(key) for key in keys]
    assert [verifier.kind for verifier in verifiers] == [Kind.ED25519_COSIGNATURE]
    checkpoint = verify_checkpoint((folder / "checkpoint").read_bytes(), "rome2026h1.example.org", verifiers)
    theirs = FolderTiles(folder)
    full, partial = read_tile(theirs, 0, 0, 256), read_tile(theirs, 0, 1, 44)
    assert read_tile(theirs, 1, 0, 1) == [root_of(full)]
    assert checkpoint.size == 300
    assert root_at(theirs, 300) == root_of(full + partial) == checkpoint.root
    for index, leaf in enumerate(full + partial):
        verify_inclusion(index, 300, leaf, inclusion_proof(theirs, index, 300), checkpoint.root)
    for size in [256, *range(257, 301)]:
        old_root = root_of((full + partial)[:size])
        verify_consistency(size, 300, consistency_proof(theirs, size, 300), old_root, checkpoint.root)


def test_what_is_no_tile_of_sunlight_s_is_refused(sunlight: Path) -> None:
    """Its own tree holds words in place of tiles."""
    with pytest.raises(TileError):
        root_at(FolderTiles(sunlight / "tree"), 300)
    with pytest.raises(TileError):
        read_bundle(FolderTiles(sunlight / "witness" / "mirror" / MIRRORED), 0, 256)


@pytest.mark.parametrize(
    ("witness", "log", "origin"),
    [("witness", MIRRORED, "rome2026h1.example.org"), ("witness2", MILAN, "milan2026h1.example.org")],
)
def test_what_sunlight_s_witnesses_signed_is_verified(sunlight: Path, witness: str, log: str, origin: str) -> None:
    keys = json.loads((sunlight / witness / "witness.v0.json").read_text())["verifier_keys"]
    verifiers = [Verifier.parse(each) for each in keys]
    note = (sunlight / witness / log / "checkpoint").read_bytes()
    assert verify_checkpoint(note, origin, verifiers).size == 300
    with pytest.raises(CheckpointError):
        verify_checkpoint(note.replace(b"\n300\n", b"\n299\n"), origin, verifiers)


def test_a_log_whose_only_signature_is_of_an_unknown_kind_is_not_believed(sunlight: Path) -> None:
    """Sunlight signs with an RFC 6962 tree head signature, whose key id no verifier of ours has."""
    keys = json.loads((sunlight / "witness" / "witness.v0.json").read_text())["verifier_keys"]
    with pytest.raises(CheckpointError):
        verify_checkpoint(
            (sunlight / "tree" / "checkpoint").read_bytes(),
            "rome2026h1.example.org",
            [Verifier.parse(each) for each in keys],
        )
