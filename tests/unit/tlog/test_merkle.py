"""Hashes and the verification of proofs, against vectors of others and against every wrong argument."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.tlog.merkle import (
    EMPTY_ROOT,
    MAX_SIZE,
    ProofError,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from tests.unit.tlog.logs import mth, numbered, path, subproof

H = bytes(32)
WRONG_SIZES = [-1, -(2**70), 2**63, 2**64, 2**70, 1.0, "1", None, True]
WRONG_HASHES = [b"", H[:31], H + b"\0", "a" * 32, None, 7, [0] * 32]
WRONG_PROOFS = [None, 7, "a" * 32, H, {H: H}, [H[:31]], [None], ["a" * 32], [H] * 1000]


def test_every_vector_gets_the_verdict_of_its_authors(shared: Path) -> None:
    folder = shared / "vectors" / "merkle" / "testdata"
    verdicts = []
    for file in [*folder.glob("inclusion/**/*.json"), *folder.glob("consistency/**/*.json")]:
        case = json.loads(file.read_text())
        verdicts.append((str(file), bool(case["wantErr"]), refused(case)))
    assert len(verdicts) == 196
    assert sum(not wanted for _, wanted, _ in verdicts) == 12
    assert [name for name, wanted, got in verdicts if wanted != got] == []


def refused(case: dict[str, Any]) -> bool:
    hashes = {key: base64.b64decode(case[key]) for key in ("root", "leafHash", "root1", "root2") if key in case}
    proof = [base64.b64decode(each) for each in case["proof"] or []]
    try:
        if "leafIdx" in case:
            verify_inclusion(case["leafIdx"], case["treeSize"], hashes["leafHash"], proof, hashes["root"])
        else:
            verify_consistency(case["size1"], case["size2"], proof, hashes["root1"], hashes["root2"])
    except ProofError:
        return True
    return False


def test_the_empty_tree_has_the_hash_of_nothing_for_its_root() -> None:
    assert root_of([]) == EMPTY_ROOT == mth([])


@given(size=st.integers(0, 600))
def test_a_root_is_that_of_the_definition(size: int) -> None:
    leaves = numbered(size)
    assert root_of([leaf_hash(leaf) for leaf in leaves]) == mth(leaves)


def test_leaves_and_nodes_are_hashed_apart() -> None:
    assert leaf_hash(b"") == mth([b""])
    assert node_hash(leaf_hash(b"a"), leaf_hash(b"b")) == mth([b"a", b"b"])
    assert leaf_hash(H + H) != node_hash(H, H)


@given(data=st.data(), size=st.integers(1, 300))
def test_an_inclusion_proof_holds_for_one_leaf_index_size_and_root_alone(data: st.DataObject, size: int) -> None:
    leaves = numbered(size)
    index = data.draw(st.integers(0, size - 1))
    proof, root, leaf = path(index, leaves), mth(leaves), leaf_hash(leaves[index])
    verify_inclusion(index, size, leaf, proof, root)

    other = data.draw(st.integers(0, 2 * size).filter(lambda each: each != index))
    refuse_inclusion(other, size, leaf, proof, root)
    refuse_inclusion(index, size, flipped(data, leaf), proof, root)
    refuse_inclusion(index, size, leaf, proof, flipped(data, root))
    refuse_inclusion(index, size, leaf, [*proof, H], root)
    refuse_inclusion(index, size, leaf, [H, *proof], root)
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        refuse_inclusion(index, size, leaf, [*proof[:place], flipped(data, proof[place]), *proof[place + 1 :]], root)
        refuse_inclusion(index, size, leaf, proof[:place] + proof[place + 1 :], root)


@given(data=st.data(), size=st.integers(1, 300))
def test_a_consistency_proof_holds_for_one_pair_of_trees_alone(data: st.DataObject, size: int) -> None:
    leaves = numbered(size)
    old = data.draw(st.integers(1, size))
    proof, old_root, root = subproof(old, leaves), mth(leaves[:old]), mth(leaves)
    verify_consistency(old, size, proof, old_root, root)

    refuse_consistency(old, size, proof, flipped(data, old_root), root)
    refuse_consistency(old, size, proof, old_root, flipped(data, root))
    refuse_consistency(old, size, [*proof, H], old_root, root)
    refuse_consistency(old, size, [H, *proof], old_root, root)
    refuse_consistency(size + 1, size, proof, old_root, root)
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        refuse_consistency(
            old, size, [*proof[:place], flipped(data, proof[place]), *proof[place + 1 :]], old_root, root
        )
        refuse_consistency(old, size, proof[:place] + proof[place + 1 :], old_root, root)
        other = data.draw(st.integers(0, size).filter(lambda each: each != old))
        refuse_consistency(other, size, proof, old_root, root)


def test_a_proof_that_goes_on_above_the_root_of_its_size_is_refused() -> None:
    a, b, c, d, above = (leaf_hash(leaf) for leaf in (b"a", b"b", b"c", b"d", b"above"))
    refuse_inclusion(0, 1, b, [a], node_hash(a, b))
    ab, cd = node_hash(a, b), node_hash(c, d)
    verify_consistency(3, 4, [c, d, ab], node_hash(ab, c), node_hash(ab, cd))
    old_root, new_root = node_hash(above, node_hash(ab, c)), node_hash(above, node_hash(ab, cd))
    refuse_consistency(3, 4, [c, d, ab, above], old_root, new_root)


def test_nothing_is_proved_of_an_empty_old_tree() -> None:
    refuse_consistency(0, 0, [], EMPTY_ROOT, EMPTY_ROOT)
    refuse_consistency(0, 1, [], EMPTY_ROOT, leaf_hash(b"0"))


def test_a_tree_of_the_largest_size_is_verified_like_any() -> None:
    leaf, proof = leaf_hash(b"last"), [leaf_hash(b"%d" % number) for number in range(62)]
    root = leaf
    for sibling in proof:
        root = node_hash(sibling, root)
    verify_inclusion(MAX_SIZE - 1, MAX_SIZE, leaf, proof, root)
    refuse_inclusion(MAX_SIZE, MAX_SIZE + 1, leaf, proof, root)
    refuse_consistency(2**62, MAX_SIZE, [], H, H)


@pytest.mark.parametrize("wrong", WRONG_SIZES, ids=repr)
def test_a_wrong_size_is_a_proof_error_and_never_another(wrong: Any) -> None:
    leaf = leaf_hash(b"")
    refuse_inclusion(wrong, 2, leaf, [leaf], node_hash(leaf, leaf))
    refuse_inclusion(0, wrong, leaf, [], leaf)
    refuse_inclusion(wrong, wrong, leaf, [], leaf)
    refuse_consistency(wrong, 2, [leaf], leaf, node_hash(leaf, leaf))
    refuse_consistency(1, wrong, [], leaf, leaf)
    refuse_consistency(wrong, wrong, [], leaf, leaf)


@pytest.mark.parametrize("wrong", WRONG_HASHES, ids=repr)
def test_a_wrong_hash_is_a_proof_error_and_never_another(wrong: Any) -> None:
    leaf = leaf_hash(b"")
    refuse_inclusion(0, 1, wrong, [], wrong)
    refuse_inclusion(0, 1, leaf, [], wrong)
    refuse_inclusion(0, 2, leaf, [wrong], leaf)
    refuse_consistency(1, 2, [leaf], wrong, leaf)
    refuse_consistency(1, 2, [leaf], leaf, wrong)
    refuse_consistency(1, 2, [wrong], leaf, leaf)
    refuse_consistency(3, 4, [wrong, leaf, leaf], leaf, leaf)
    refuse_consistency(1, 1, [], wrong, leaf)


def test_an_old_root_that_is_cut_off_does_not_vouch_for_itself() -> None:
    short = H[:31]
    new_root = node_hash(short, H)
    refuse_consistency(1, 2, [H], short, new_root)
    refuse_inclusion(0, 2, short, [H], new_root)


@pytest.mark.parametrize("wrong", WRONG_PROOFS, ids=lambda each: repr(each)[:20])
def test_a_wrong_proof_is_a_proof_error_and_never_another(wrong: Any) -> None:
    refuse_inclusion(0, 2, H, wrong, H)
    refuse_inclusion(0, 1, H, wrong, H)
    refuse_consistency(1, 2, wrong, H, H)
    refuse_consistency(3, 7, wrong, H, H)
    refuse_consistency(2, 2, wrong, H, H)


def refuse_inclusion(*arguments: Any) -> None:
    with pytest.raises(ProofError):
        verify_inclusion(*arguments)


def refuse_consistency(*arguments: Any) -> None:
    with pytest.raises(ProofError):
        verify_consistency(*arguments)


def flipped(data: st.DataObject, value: bytes) -> bytes:
    """With one bit changed."""
    bit = data.draw(st.integers(0, 8 * len(value) - 1))
    return (int.from_bytes(value, "big") ^ 1 << bit).to_bytes(len(value), "big")
