"""Receipts: what a person keeps of an entry, and how anybody checks it without asking us.

A receipt holds the record with the salt of its commitment, and a note in which the log promises, by its Ed25519 key,
to hold that commitment. Once the entry is in the public log, the receipt holds the proof of that, too. Who keeps a
receipt can prove the entry even after its content was erased here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lukhas_common.crypto.keys import Signer
from lukhas_common.ledger.entries import EntryAlteredError, chain_hash
from lukhas_common.ledger.ledger import Opened
from lukhas_common.ledger.records import Record, commitment, record_from
from lukhas_common.tlog.checkpoint import Checkpoint, CheckpointError
from lukhas_common.tlog.merkle import ProofError
from lukhas_common.tlog.notes import NoteError, SignatureLine, SignedNote, b64, parse_note
from lukhas_common.tlog.tlog_proof import verify_proof
from lukhas_common.tlog.verifiers import Kind, Verifier

VERSION = 1


class ReceiptError(Exception):
    """The receipt proves nothing; the text says which part of it does not hold."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a receipt proves.

    Attributes:
        checkpoint: of the log that is proven to hold the entry, None where only the promise was there.
    """

    record: Record
    checkpoint: Checkpoint | None


def promise(origin: str, opened: Opened, signer: Signer) -> str:
    """The signed note of an entry, which says that the log will hold its commitment at this place of its chain."""
    verifier = Verifier(origin, signer.public_key, Kind.ED25519)
    text = _promised(origin, opened.entry.entry_id, opened.entry.hash, opened.entry.commitment)
    line = SignatureLine(origin, verifier.key_id, signer.sign(text.encode()))
    return SignedNote(text, (line,)).render().decode()


def receipt_of(opened: Opened, note: str, proof: bytes | None = None) -> dict[str, Any]:
    """The receipt of an entry, as JSON has it.

    Args:
        proof: the tlog-proof file of its leaf, where the entry is in the public log.
    """
    if opened.record is None or opened.salt is None:
        raise ReceiptError("the content of this entry was erased: there is nothing to give out")
    return {
        "version": VERSION,
        "entry_id": opened.entry.entry_id,
        "record": opened.record.canonical().decode(),
        "salt": opened.salt.hex(),
        "previous": opened.entry.previous.hex(),
        "commitment": opened.entry.commitment.hex(),
        "hash": opened.entry.hash.hex(),
        "promise": note,
        "proof": None if proof is None else proof.decode(),
    }


def verify_receipt(receipt: Mapping[str, Any], origin: str, verifiers: Sequence[Verifier]) -> Verified:
    """Check a receipt against the keys of the log, which must come from elsewhere.

    Raises:
        ReceiptError: it does not hold.
    """
    verifiers = [verifier for verifier in verifiers if verifier.name == origin]
    try:
        plain, salt = receipt["record"].encode(), bytes.fromhex(receipt["salt"])
        previous, leaf = bytes.fromhex(receipt["previous"]), bytes.fromhex(receipt["commitment"])
        if receipt["version"] != VERSION:
            raise ReceiptError("a receipt of this version cannot be read here")
        if commitment(salt, plain) != leaf:
            raise ReceiptError("the record is not what the commitment says")
        record = record_from(plain)
        if record.previous != previous or chain_hash(previous, leaf).hex() != receipt["hash"]:
            raise ReceiptError("the hash is not that of this entry")
        if receipt["entry_id"] != record.entry_id:
            raise ReceiptError("the receipt is of another entry")
        text = _promised(origin, record.entry_id, chain_hash(previous, leaf), leaf)
        _check_promise(receipt["promise"].encode(), text, verifiers)
        proof = receipt["proof"]
        checkpoint = None if proof is None else verify_proof(proof.encode(), leaf, origin, verifiers)
    except (ProofError, CheckpointError, EntryAlteredError) as error:
        raise ReceiptError(str(error)) from None
    except (KeyError, ValueError, TypeError, AttributeError):
        raise ReceiptError("this is no receipt") from None
    return Verified(record, checkpoint)


def load_receipt(data: bytes) -> dict[str, Any]:
    """The receipt in a file.

    Raises:
        ReceiptError: there is none in it.
    """
    try:
        read = json.loads(data)
    except ValueError:
        raise ReceiptError("this is no JSON") from None
    if not isinstance(read, dict):
        raise ReceiptError("this is no receipt")
    return read


def _promised(origin: str, entry_id: str, entry_hash: bytes, leaf: bytes) -> str:
    """Its first line is no origin of a log, and its second no size, so that nobody takes it for a checkpoint."""
    return f"{origin}/receipt\n{entry_id}\n{b64(entry_hash)}\n{b64(leaf)}\n"


def _check_promise(note: bytes, text: str, verifiers: Sequence[Verifier]) -> None:
    try:
        signed = parse_note(note)
    except NoteError as error:
        raise ReceiptError(f"the promise cannot be read: {error}") from None
    if signed.text != text:
        raise ReceiptError("the promise is about another entry")
    for line in signed.signatures:
        for verifier in verifiers:
            same = (verifier.name, verifier.key_id, verifier.kind) == (line.name, line.key_id, Kind.ED25519)
            if same and verifier.key.verifies(text.encode(), line.signature):
                return
    raise ReceiptError("no key of the log has signed the promise")
