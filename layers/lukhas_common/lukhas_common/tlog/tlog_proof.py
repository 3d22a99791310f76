"""Proofs that need no network: an inclusion proof with its checkpoint in one file (c2sp.org/tlog-proof, v1).

The first line names the format; a line ``extra`` may follow; then ``index``, the hashes from the leaf's sibling up to
the root's child, an empty line and the checkpoint's note as it is. The usual name of the file ends in .tlog-proof.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lukhas_common.tlog.checkpoint import Checkpoint, verify_checkpoint
from lukhas_common.tlog.merkle import HASH_SIZE, MAX_SIZE, ProofError, leaf_hash, verify_inclusion
from lukhas_common.tlog.notes import MAX_NOTE, b64, unb64
from lukhas_common.tlog.verifiers import Verifier

MAX_PROOF = 2 * MAX_NOTE
"""Bytes of the longest file that is read."""

_HEADER = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class TlogProof:
    """A proof as its file says it; nothing of it has been verified.

    Attributes:
        index: of the leaf, counted from 0.
        proof: the hashes of the inclusion proof.
        checkpoint: the note.
        extra: what the application added, None if nothing. Nobody signed it.
    """

    index: int
    proof: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None


def render_proof(index: int, proof: Sequence[bytes], checkpoint_note: bytes, extra: bytes | None = None) -> bytes:
    """The file; an empty ``extra`` is left out like none."""
    head = [_HEADER, *([f"extra {b64(extra)}"] if extra else []), f"index {index}", *(b64(each) for each in proof)]
    return "\n".join([*head, "", ""]).encode() + checkpoint_note


def parse_proof(data: bytes) -> TlogProof:
    """Read a file.

    Raises:
        ProofError: it is malformed or too large.
    """
    head, blank, note = data[:MAX_PROOF].partition(b"\n\n")
    if len(data) > MAX_PROOF or not blank:
        raise ProofError("the proof is too large or has no checkpoint")
    try:
        header, *lines = head.decode("ascii").split("\n")
        extra = unb64(lines.pop(0)[6:]) if lines and lines[0].startswith("extra ") else None
        index = _INDEX.fullmatch(lines.pop(0)) if lines else None
        hashes = tuple(unb64(line) for line in lines)
    except ValueError:
        raise ProofError("the proof is not in ASCII and base64") from None
    if header != _HEADER or extra == b"" or index is None or int(index[1]) >= MAX_SIZE:
        raise ProofError("the proof does not begin as one of version 1, or has no index")
    if len(hashes) > MAX_SIZE.bit_length() or any(len(each) != HASH_SIZE for each in hashes):
        raise ProofError("the proof is too long, or a hash is not 32 bytes long")
    return TlogProof(int(index[1]), hashes, note, extra)


def verify_proof(data: bytes, leaf: bytes, origin: str, verifiers: Sequence[Verifier]) -> Checkpoint:
    """The checkpoint of the log under which a leaf with this content is shown to be.

    Raises:
        ProofError: the file is malformed, or the leaf is not shown to be there.
        CheckpointError: its checkpoint is not one that these verifiers signed; see verify_checkpoint.
    """
    proof = parse_proof(data)
    checkpoint = verify_checkpoint(proof.checkpoint, origin, verifiers)
    verify_inclusion(proof.index, checkpoint.size, leaf_hash(leaf), proof.proof, checkpoint.root)
    return checkpoint
