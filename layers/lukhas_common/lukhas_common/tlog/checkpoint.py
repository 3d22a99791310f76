"""Checkpoints: what a log says it is at one size, signed (c2sp.org/tlog-checkpoint, v1.0.0)."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from lukhas_common.crypto.keys import Signer
from lukhas_common.tlog.merkle import HASH_SIZE, MAX_SIZE
from lukhas_common.tlog.notes import NoteError, SignatureLine, SignedNote, b64, parse_note, unb64
from lukhas_common.tlog.verifiers import MAX_TIMESTAMP, Kind, Verifier

__all__ = ["Checkpoint", "CheckpointError", "Kind", "Verifier", "sign_checkpoint", "verify_checkpoint"]

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


class CheckpointError(Exception):
    """This is no checkpoint of the log, or it is not signed as it must be."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log at one size.

    Attributes:
        origin: the name of the log, 1 to 255 bytes.
        size: how many leaves it has.
        root: of the tree of these leaves.
        extensions: further lines. ML-DSA signatures do not cover them.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check that a note can say this.

        Raises:
            CheckpointError: it cannot.
        """
        for line in (self.origin, *self.extensions):
            if not line or any(char < " " or "\ud800" <= char <= "\udfff" for char in line):
                raise CheckpointError("an origin or extension is empty or has control characters")
        if len(self.origin.encode()) > 255:
            raise CheckpointError("the origin is longer than 255 bytes")
        if not 0 <= self.size <= MAX_SIZE or len(self.root) != HASH_SIZE:
            raise CheckpointError("the size or the root is out of range")

    def text(self) -> str:
        """The text of the note."""
        return "\n".join([self.origin, str(self.size), b64(self.root), *self.extensions, ""])

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read the text of a note.

        Raises:
            CheckpointError: it is none of a checkpoint.
        """
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not _SIZE.fullmatch(lines[1]):
            raise CheckpointError("not the lines of a checkpoint")
        try:
            root = unb64(lines[2])
        except ValueError:
            raise CheckpointError("the root is not in base64") from None
        return cls(lines[0], int(lines[1]), root, tuple(lines[3:-1]))


def sign_checkpoint(checkpoint: Checkpoint, ed25519: Signer, ml_dsa_44: Signer, now: float) -> bytes:
    """The note of a log's checkpoint, signed by both of its keys under its origin.

    The second signature also says that the log had no larger checkpoint at that time, so sign only what follows
    everything that was signed before.

    Args:
        now: seconds since the epoch.

    Raises:
        CheckpointError: a key is of another algorithm, the origin may not be the name of a key, or there is no such
            time.
    """
    timestamp = int(now)
    if not 1 <= timestamp <= MAX_TIMESTAMP:
        raise CheckpointError("there is no such time")
    lines = []
    try:
        for signer, kind in ((ed25519, Kind.ED25519), (ml_dsa_44, Kind.ML_DSA_44_COSIGNATURE)):
            own = Verifier(checkpoint.origin, signer.public_key, kind)
            signature = signer.sign(own.signed_message(checkpoint, timestamp))
            if kind.has_timestamp:
                signature = struct.pack(">Q", timestamp) + signature
            lines.append(SignatureLine(own.name, own.key_id, signature))
        return SignedNote(checkpoint.text(), tuple(lines)).render()
    except NoteError as error:
        raise CheckpointError(str(error)) from None


def verify_checkpoint(note: bytes, origin: str, verifiers: Sequence[Verifier]) -> Checkpoint:
    """The checkpoint in a note, signed well by at least one of the verifiers of each kind that is among them.

    Signatures by others are ignored. A bad signature by one of them is refused even beside a good one. Verifiers of
    a log's own keys and of witnesses are best asked one after the other: a kind is no role.

    Raises:
        CheckpointError: it is not signed so, is malformed or another log's, or there are no verifiers.
    """
    try:
        signed = parse_note(note)
    except NoteError as error:
        raise CheckpointError(str(error)) from None
    checkpoint = Checkpoint.parse(signed.text)
    if checkpoint.origin != origin:
        raise CheckpointError("the checkpoint is another log's")
    good: set[Kind] = set()
    for line in signed.signatures:
        known = [each for each in verifiers if each.name == line.name and each.key_id == line.key_id]
        signers = [each.kind for each in known if each.verifies(checkpoint, line.signature)]
        if known and not signers:
            raise CheckpointError("a signature by a known key does not verify")
        good.update(signers)
    if not verifiers or good != {each.kind for each in verifiers}:
        raise CheckpointError("a signature that must be there is missing")
    if checkpoint.extensions and not any(kind.covers_extensions for kind in good):
        raise CheckpointError("nobody who is known has signed the extension lines")
    return checkpoint
