"""Proofs in one file: verified offline, and refused for any change to what was signed or hashed."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.crypto.local_keys import LocalSigner
from lukhas_common.tlog.checkpoint import Checkpoint, CheckpointError, sign_checkpoint
from lukhas_common.tlog.merkle import MAX_SIZE, ProofError
from lukhas_common.tlog.proofs import inclusion_proof
from lukhas_common.tlog.tlog_proof import TlogProof, parse_proof, render_proof, verify_proof
from lukhas_common.tlog.verifiers import Kind, Verifier
from tests.unit.tlog.logs import Tiles, numbered

ORIGIN = "log.example/2026"
ED25519, ML_DSA = LocalSigner("Ed25519", b"e" * 32), LocalSigner("ML-DSA-44", b"m" * 32)
VERIFIERS = [
    Verifier(ORIGIN, ED25519.public_key),
    Verifier(ORIGIN, ML_DSA.public_key, Kind.ML_DSA_44_COSIGNATURE),
]
SIZE, INDEX = 300, 259
LEAVES = numbered(SIZE)
TILES = Tiles()
CHECKPOINT = Checkpoint(ORIGIN, SIZE, TILES.grown(0, LEAVES).root)
NOTE = sign_checkpoint(CHECKPOINT, ED25519, ML_DSA, 1_800_000_000)
PROOF = render_proof(INDEX, inclusion_proof(TILES, INDEX, SIZE), NOTE)

HASH = base64.b64encode(bytes(32)).decode()
hashes = st.lists(st.binary(min_size=32, max_size=32), max_size=63)
proofs = st.builds(
    TlogProof,
    st.integers(0, MAX_SIZE - 1),
    hashes.map(tuple),
    st.binary(max_size=100),
    st.none() | st.binary(min_size=1, max_size=100),
)


@given(proof=proofs)
def test_a_proof_that_is_rendered_is_read_back(proof: TlogProof) -> None:
    rendered = render_proof(proof.index, proof.proof, proof.checkpoint, proof.extra)
    assert parse_proof(rendered) == proof


def test_a_proof_is_lines_and_then_the_note() -> None:
    head = f"c2sp.org/tlog-proof@v1\nextra YWdl\nindex 7\n{HASH}\n{HASH}\n\n"
    assert render_proof(7, [bytes(32)] * 2, b"note\n\nmore\n", b"age") == head.encode() + b"note\n\nmore\n"
    assert render_proof(0, [], b"note\n", b"") == b"c2sp.org/tlog-proof@v1\nindex 0\n\nnote\n"
    assert parse_proof(b"c2sp.org/tlog-proof@v1\nindex 0\n\nnote\n") == TlogProof(0, (), b"note\n")


@given(index=st.integers(0, SIZE - 1), extra=st.none() | st.binary(max_size=20))
def test_every_leaf_has_a_proof_that_needs_no_network(index: int, extra: bytes | None) -> None:
    data = render_proof(index, inclusion_proof(TILES, index, SIZE), NOTE, extra)
    assert verify_proof(data, LEAVES[index], ORIGIN, VERIFIERS) == CHECKPOINT
    with pytest.raises(ProofError):
        verify_proof(data, LEAVES[index] + b"0", ORIGIN, VERIFIERS)


def test_a_change_to_any_byte_is_refused() -> None:
    for place in range(len(PROOF)):
        refuse(PROOF[:place] + bytes([PROOF[place] ^ 1 << place % 8]) + PROOF[place + 1 :])


@given(place=st.integers(0, len(PROOF) - 1), data=st.binary(max_size=3), cut=st.integers(0, 3))
def test_anything_put_in_or_cut_out_is_refused(place: int, data: bytes, cut: int) -> None:
    other = PROOF[:place] + data + PROOF[place + cut :]
    if other != PROOF:
        refuse(other)


@given(data=st.binary(max_size=300) | st.binary(max_size=100).map(b"c2sp.org/tlog-proof@v1\nindex 0\n".__add__))
def test_no_bytes_break_the_verification(data: bytes) -> None:
    refuse(data)


def test_the_log_and_its_keys_must_be_the_ones_that_are_known() -> None:
    with pytest.raises(CheckpointError):
        verify_proof(PROOF, LEAVES[INDEX], "other.example", VERIFIERS)
    with pytest.raises(CheckpointError):
        verify_proof(PROOF, LEAVES[INDEX], ORIGIN, [Verifier(ORIGIN, LocalSigner("Ed25519", b"x" * 32).public_key)])


@pytest.mark.parametrize(
    "head",
    [
        "",
        "c2sp.org/tlog-proof@v1",
        "c2sp.org/tlog-proof@v2\nindex 0",
        "index 0",
        "c2sp.org/tlog-proof@v1\nextra AAAA",
        "c2sp.org/tlog-proof@v1\nextra \nindex 0",
        "c2sp.org/tlog-proof@v1\nextra AA\nindex 0",
        "c2sp.org/tlog-proof@v1\nextra AB==\nindex 0",
        "c2sp.org/tlog-proof@v1\nextra AAAA\nextra AAAA\nindex 0",
        "c2sp.org/tlog-proof@v1\nindex 0\nextra AAAA",
        "c2sp.org/tlog-proof@v1\nindex",
        "c2sp.org/tlog-proof@v1\nindex ",
        "c2sp.org/tlog-proof@v1\nindex 00",
        "c2sp.org/tlog-proof@v1\nindex 01",
        "c2sp.org/tlog-proof@v1\nindex -1",
        "c2sp.org/tlog-proof@v1\nindex +1",
        "c2sp.org/tlog-proof@v1\nindex 1 ",
        "c2sp.org/tlog-proof@v1\nindex  1",
        "c2sp.org/tlog-proof@v1\nindex ٣",
        f"c2sp.org/tlog-proof@v1\nindex {MAX_SIZE}",
        f"c2sp.org/tlog-proof@v1\nindex {'9' * 5000}",
        "c2sp.org/tlog-proof@v1\r\nindex 0",
        "c2sp.org/tlog-proof@v1\nindex 0\nindex 0",
        "c2sp.org/tlog-proof@v1\nindex 0\nAAAA",
        f"c2sp.org/tlog-proof@v1\nindex 0\n{HASH} ",
        f"c2sp.org/tlog-proof@v1\nindex 0\n{HASH[:-2]}B=",
        f"c2sp.org/tlog-proof@v1\nindex 0\n{HASH}\r",
        "c2sp.org/tlog-proof@v1\nindex 0" + f"\n{HASH}" * 64,
    ],
    ids=lambda head: repr(head)[-40:],
)
def test_what_is_no_head_of_a_proof_is_refused(head: str) -> None:
    parse_proof(b"c2sp.org/tlog-proof@v1\nindex 0\n\n" + NOTE)
    with pytest.raises(ProofError):
        parse_proof(head.encode() + b"\n\n" + NOTE)


def test_a_proof_is_bounded() -> None:
    head = b"c2sp.org/tlog-proof@v1\nindex 0\n\n"
    assert len(parse_proof(head + b"a" * (2_000_000 - len(head))).checkpoint) == 2_000_000 - len(head)
    with pytest.raises(ProofError):
        parse_proof(head + b"a" * (2_000_001 - len(head)))
    for end in (b"", b"\n"):
        with pytest.raises(ProofError):
            parse_proof(b"c2sp.org/tlog-proof@v1\nindex 0" + end)
    assert len(parse_proof(render_proof(0, [bytes(32)] * 63, NOTE)).proof) == 63


def refuse(data: bytes) -> None:
    with pytest.raises((ProofError, CheckpointError)):
        verify_proof(data, LEAVES[INDEX], ORIGIN, VERIFIERS)
