"""Verifying an export offline, with nothing but the export."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from lukhas_common import strict_json, times
from lukhas_common.access.streams import access_stream
from lukhas_common.consent.errors import ExportAlteredError
from lukhas_common.consent.export import FORMAT, said
from lukhas_common.consent.models import stream_of
from lukhas_common.consent.record import record_hash
from lukhas_common.consent.state import KINDS
from lukhas_common.ledger.entries import GENESIS, LedgerError, chain_hash
from lukhas_common.ledger.records import canonical, commitment, record_from


def verify_export(document: bytes | str | Mapping[str, Any]) -> None:
    """Recompute the commitments, the chains, the record hashes and the digest of an export.

    Whether the public log holds the commitments, and its promises, is for the log's own verifier to say: without
    these, somebody who writes a whole export anew is not found out.

    Raises:
        ExportAlteredError: names what does not hold.
    """
    try:
        _verify(document)
    except (KeyError, TypeError, ValueError, AttributeError, LedgerError) as error:
        raise ExportAlteredError(f"this is no export: {type(error).__name__}") from None


def _verify(document: bytes | str | Mapping[str, Any]) -> None:
    read = document if isinstance(document, Mapping) else strict_json.loads(document)
    members = {name: value for name, value in read.items() if name != "digest"}
    written = canonical(members)
    _hold(read["digest"] == hashlib.sha256(written).hexdigest(), "the digest is not that of the export")
    if isinstance(document, bytes | str):
        given = document if isinstance(document, bytes) else document.encode()
        _hold(given == written[:-1] + b',"digest":"' + read["digest"].encode() + b'"}', "the export was written anew")
    _hold(read["format"] == FORMAT, "the format is not known")
    times.from_rfc3339(read["generated_at"])
    for name, stream in (("consent", stream_of(read["subject"])), ("access", access_stream(read["subject"]))):
        _hold(read[name]["stream"] == stream, f"{name} is about somebody else")
        previous = GENESIS
        for seq, entry in enumerate(read[name]["entries"]):
            previous = _verified(entry, stream, seq, previous, read["subject"])


def _verified(entry: Mapping[str, Any], stream: str, seq: int, previous: bytes, subject: str) -> bytes:
    """The hash of an entry that holds."""
    proof, place = entry["proof"], f"{stream} {seq}"
    leaf = bytes.fromhex(proof["commitment"])
    own = chain_hash(previous, leaf)
    _hold(proof["seq"] == seq and len(leaf) == 32, f"{place}: an entry is missing or moved")
    _hold(proof["previous"] == previous.hex() and proof["hash"] == own.hex(), f"{place}: not chained")
    if entry.get("erased") is True:
        _hold(set(entry) == {"erased", "proof"} and "record" not in proof, f"{place}: erased, and yet there is content")
        return own
    plain = proof["record"].encode()
    _hold(commitment(bytes.fromhex(proof["salt"]), plain) == leaf, f"{place}: the record is not what was committed to")
    record = record_from(plain)
    named = (record.stream, record.seq, record.previous, record.entry_id)
    _hold(named == (stream, seq, previous, proof["entry_id"]), f"{place}: the record belongs elsewhere")
    shown = {**said(record.kind, record.body), "at": times.rfc3339(record.at), "proof": proof}
    _hold(shown == entry, f"{place}: what is shown is not what was recorded")
    if record.kind.startswith(KINDS):
        computed = record_hash(record.body["record"], subject)
        _hold(computed == record.body["record_hash"], f"{place}: the record hash is another")
    return own


def _hold(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ExportAlteredError(otherwise)
