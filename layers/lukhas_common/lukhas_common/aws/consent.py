"""Consent put together from its adapters; built once per process."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from lukhas_common import times
from lukhas_common.access.errors import AccessReason
from lukhas_common.aws.ledger import ledger
from lukhas_common.aws.log_keys import log_origin
from lukhas_common.aws.public_log import prover
from lukhas_common.aws.signing import signers
from lukhas_common.consent import engine as consent_engine
from lukhas_common.consent.engine import ConsentEngine
from lukhas_common.consent.history import ConsentHistoryManager
from lukhas_common.consent.models import Recorded
from lukhas_common.consent.person import About, PersonalLedger
from lukhas_common.consent.wire import ConsentChange, ConsentReceiptResponse, HistoryEntry, HistoryPage
from lukhas_common.http import Caller
from lukhas_common.ledger.ledger import Opened
from lukhas_common.ledger.log_keys import ED25519_RING
from lukhas_common.ledger.receipts import promise, receipt_of
from lukhas_common.logs import LoggedAudit
from lukhas_common.problems import HttpReason, Refusal
from lukhas_common.settings import settings


@cache
def engine() -> ConsentEngine:
    """What decides on consent in this process."""
    made = ConsentEngine(ledger())
    consent_engine.use(made)
    return made


@cache
def consent_history() -> ConsentHistoryManager:
    """What records consent."""
    config = settings()
    controller = {"id": f"https://{config.issuer}", "name": config.controller}
    return ConsentHistoryManager({"controller": controller}, LoggedAudit(), ledger=ledger(), clock=times.now)


def change(recorded: Recorded, *, for_person: bool = True) -> ConsentChange:
    """The answer to a change; the person alone is told what stands, and gets the receipt, which holds the record."""
    return ConsentChange(
        event=recorded.event["type"],
        record_hash=recorded.record_hash,
        effective=recorded.effective,
        active=[choice.to_json() for choice in recorded.active] if for_person else [],
        receipt=ConsentReceiptResponse(**signed_receipt(recorded.opened)) if for_person else None,
    )


def history_page(who: Caller, about: About, start: int, limit: int) -> HistoryPage:
    """One page of what the ledger holds about a person.

    Raises:
        Refusal: somebody else than the person asks who accessed their data.
    """
    if about == "access" and who.session_id is None:
        raise Refusal(AccessReason.ACCESS_DENIED, "Who accessed a person's data is for that person alone to see.")
    found, following = PersonalLedger(ledger(), who.user_id).page(about, start, limit)
    return HistoryPage(entries=[HistoryEntry.of(opened) for opened in found], next=following)


def entry_of(who: Caller, name: str) -> Opened:
    """The entry of a person with this id or hash; entries about accesses are for the person alone.

    Raises:
        Refusal: there is none among theirs.
    """
    found = PersonalLedger(ledger(), who.user_id).find(name, in_person=who.session_id is not None)
    if found is None:
        raise Refusal(HttpReason.NOT_FOUND, "No entry of yours has this id or hash.")
    return found


def signed_receipt(opened: Opened, *, proven: bool = False) -> Mapping[str, Any]:
    """The receipt of an entry, with the proof of its place in the public log if that is asked for and there is one."""
    if opened.record is None:
        raise Refusal(HttpReason.ERASED, "The content of this entry was erased. GET /consent/proof/{hash} still works.")
    proof = prover().prove(opened.entry.leaf_index) if proven else None
    return receipt_of(opened, promise(log_origin(), opened, signers(ED25519_RING).current()), proof)
