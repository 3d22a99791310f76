"""Exports: everything about a person's consent, and who accessed their data, with what proves it.

An export is JSON-LD (GDPR Art. 15 and 20), written in pieces, so that a large one need not fit in memory. Each entry
carries its canonical record and the salt, from which anybody computes the commitment in the public log; the entries
of a stream are chained. Its last member is the SHA-256 of all before it: that shows damage, but is no signature.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from lukhas_common import times
from lukhas_common.access.streams import access_stream
from lukhas_common.consent.evaluation import expiry
from lukhas_common.consent.models import stream_of
from lukhas_common.consent.record import CONTEXT
from lukhas_common.consent.rules import Rules, standard
from lukhas_common.consent.state import GIVEN, KINDS, Choice, choices_of
from lukhas_common.consent.vocabulary import EXPIRED, STATUSES, ConsentScope, EventType
from lukhas_common.ledger.ledger import Ledger, Opened
from lukhas_common.ledger.records import canonical

FORMAT = "lukhas-consent-export/1"

MEDIA_TYPE = "application/ld+json"

Prove = Callable[[int], dict[str, Any] | None]
"""Answers the proof that the public log holds a leaf, None where it does not yet."""


def iter_export(
    ledger: Ledger, user_id: str, now: float, *, rules: Rules | None = None, prove: Prove | None = None
) -> Iterator[bytes]:
    """The pieces of the export of a person: canonical JSON (RFC 8785), and at last the digest of it.

    Args:
        now: seconds since the epoch; what has expired by then is shown so.
        prove: adds the proofs of the public log.

    Raises:
        LedgerError: the ledger cannot be read, or was altered. What was written until then has no end.
    """
    ledger.keys.refresh(user_id)
    digest = hashlib.sha256()
    newest: list[Opened] = []
    for piece in _members(ledger, user_id, now, rules or standard(), prove, newest):
        digest.update(piece)
        yield piece
    digest.update(b"}")
    yield b',"digest":"%s"}' % digest.hexdigest().encode()


def _members(
    ledger: Ledger, user_id: str, now: float, rules: Rules, prove: Prove | None, newest: list[Opened]
) -> Iterator[bytes]:
    """The members in the order of canonical JSON, which is that of their names."""
    yield b'{"@context":' + canonical(CONTEXT) + b',"@type":"lukhas:ConsentExport","access":'
    yield from _stream(ledger, access_stream(user_id), prove, [])
    yield b',"consent":'
    yield from _stream(ledger, stream_of(user_id), prove, newest)
    choices = choices_of(newest[0] if newest else None)
    decisions = [_decision(choice, now, rules) for choice in choices.values()]
    yield b',"decisions":' + canonical(decisions)
    for name, value in (("format", FORMAT), ("generated_at", times.rfc3339(now)), ("subject", user_id)):
        yield b"," + canonical(name) + b":" + canonical(value)


def _stream(ledger: Ledger, stream: str, prove: Prove | None, newest: list[Opened]) -> Iterator[bytes]:
    """The entries of a stream; the last of them is left in ``newest``."""
    separator = b'{"entries":['
    for opened in ledger.read(stream):
        yield separator + canonical(_entry(opened, prove))
        separator, newest[:] = b",", [opened]
    if separator != b",":
        yield separator
    yield b'],"stream":' + canonical(stream) + b"}"


def _entry(opened: Opened, prove: Prove | None) -> dict[str, Any]:
    entry = opened.entry
    proof: dict[str, Any] = {
        "seq": entry.seq,
        "entry_id": entry.entry_id,
        "previous": entry.previous.hex(),
        "commitment": entry.commitment.hex(),
        "hash": entry.hash.hex(),
        "leaf_index": entry.leaf_index,
    }
    if prove is not None and entry.leaf_index is not None and (inclusion := prove(entry.leaf_index)) is not None:
        proof["inclusion"] = inclusion
    if opened.record is None or opened.salt is None:
        return {"erased": True, "proof": proof}
    proof |= {"salt": opened.salt.hex(), "record": opened.record.canonical().decode()}
    return {**said(opened.record.kind, opened.body), "at": times.rfc3339(opened.record.at), "proof": proof}


def said(kind: str, body: Any) -> dict[str, Any]:
    """What an export shows of a record beside the proof, which has all of it."""
    if not kind.startswith(KINDS):
        return {"kind": kind, "body": dict(body)}
    return {"kind": kind, **{name: body[name] for name in ("event", "record", "record_hash")}}


def _decision(choice: Choice, now: float, rules: Rules) -> dict[str, Any]:
    """A choice that stands, with its DPV status at this time."""
    if choice.status != GIVEN:
        return {**choice.to_json(), "dpv:hasConsentStatus": STATUSES[EventType(choice.status)]}
    ends = expiry(choice, ConsentScope(choice.scope), None, rules)
    status = EXPIRED if now >= ends else STATUSES[EventType.GRANTED]
    return {**choice.to_json(), "ends_at": times.rfc3339(ends), "dpv:hasConsentStatus": status}
