"""The Merkle tree of RFC 6962 (and RFC 9162, section 2.1) with SHA-256, and what verifies its proofs."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

HASH_SIZE = 32
"""Bytes of a hash."""

MAX_SIZE = 2**63 - 1
"""The most leaves that a tree may have; it fits a signed 64-bit integer everywhere."""

EMPTY_ROOT = sha256(b"").digest()
"""The root of the tree without leaves."""


class ProofError(Exception):
    """A proof does not prove what it should, or what was asked cannot be proved."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf with this content."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of the node above two nodes."""
    return sha256(b"\x01" + left + right).digest()


def root_of(leaf_hashes: Sequence[bytes]) -> bytes:
    """The root above these nodes, all of one height but for the last, which may be lower."""
    if not leaf_hashes:
        return EMPTY_ROOT
    row = list(leaf_hashes)
    while len(row) > 1:
        odd = row[len(row) & ~1 :]
        row = [sha256(b"\x01" + left + right).digest() for left, right in zip(row[::2], row[1::2], strict=False)]
        row += odd
    return row[0]


def split(size: int) -> int:
    """How many of two or more leaves are in the left subtree: the largest power of two that is less."""
    return 1 << ((size - 1).bit_length() - 1)


def verify_inclusion(index: int, size: int, leaf_hash: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the leaf is the one at ``index``, counted from 0, of the tree of ``size`` leaves (RFC 9162, 2.1.3.2).

    Raises:
        ProofError: it is not shown to be, whatever the arguments are.
    """
    _check_sizes(index, size - 1 if _is_size(size) else size)
    _check_hashes([leaf_hash, root, *_hashes(proof)])
    place, last, computed = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            raise ProofError("the proof is too long")
        if place & 1 or place == last:
            computed = node_hash(sibling, computed)
            while not place & 1:
                place, last = place >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        place, last = place >> 1, last >> 1
    if last or computed != root:
        raise ProofError("the proof does not lead from the leaf to the root")


def verify_consistency(old_size: int, new_size: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Check that the new tree begins with all leaves of the old one (RFC 9162, 2.1.4.2).

    Two roots of the same size must be equal and need no proof. Nothing can be proved of an empty old tree.

    Raises:
        ProofError: it is not shown to, whatever the arguments are.
    """
    _check_sizes(old_size, new_size)
    hashes = _hashes(proof)
    if old_size == 0:
        raise ProofError("every tree begins with the empty one: there is nothing to prove")
    if old_size == new_size:
        if hashes or old_root != new_root:
            raise ProofError("the roots of one size differ, or there is a proof where none is needed")
        return
    _check_hashes([old_root, new_root, *hashes])
    if old_size & (old_size - 1) == 0:
        hashes = [old_root, *hashes]
    if not hashes:
        raise ProofError("the proof is empty")
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise ProofError("the proof is too long")
        if place & 1 or place == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not place & 1:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        place, last = place >> 1, last >> 1
    if last or old != old_root or new != new_root:
        raise ProofError("the proof does not lead to both roots")


def _is_size(size: object) -> bool:
    return isinstance(size, int) and not isinstance(size, bool) and 0 <= size <= MAX_SIZE


def _check_sizes(smaller: int, larger: int) -> None:
    if not (_is_size(smaller) and _is_size(larger) and smaller <= larger):
        raise ProofError("an index or size is out of range")


def _hashes(proof: Sequence[bytes]) -> list[bytes]:
    if not isinstance(proof, (list, tuple)):
        raise ProofError("the proof is not a list of hashes")
    return list(proof)


def _check_hashes(hashes: Sequence[bytes]) -> None:
    if not all(isinstance(each, bytes) and len(each) == HASH_SIZE for each in hashes):
        raise ProofError("a hash is not 32 bytes long")
