"""What goes over the wire: the requests and responses of the consent and ledger endpoints."""

from __future__ import annotations

from datetime import datetime
from math import inf
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from lukhas_common import times
from lukhas_common.consent.engine import ConsentDecision
from lukhas_common.consent.models import ConsentGrant
from lukhas_common.consent.vocabulary import ROLES
from lukhas_common.ledger.erasure import Erased
from lukhas_common.ledger.ledger import Opened
from lukhas_common.strict_request import StrictRequest

Word = Annotated[str, Field(min_length=1, max_length=64)]
Role = Literal["user", "agent", "clinician", "admin", "auditor", "service"]
assert Role.__args__ == ROLES  # type: ignore[attr-defined]  # noqa: S101 - one list of roles

_SCOPE = "A scope, such as `elr.interests`; it holds every scope beneath it."
_EXAMPLE_HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


class NoticeShown(StrictRequest):
    """The notice that the person was shown."""

    id: Annotated[str, Field(min_length=1, max_length=128)] = Field(examples=["privacy-notice"])
    version: Annotated[str, Field(min_length=1, max_length=32)] = Field(examples=["2026-11"])
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="Of its text.", examples=[_EXAMPLE_HASH])


class GrantRequest(StrictRequest):
    """What the person consents to."""

    scope: Word = Field(description=_SCOPE, examples=["elr.interests"])
    purposes: list[Word] = Field(
        ["dpv:ServiceProvision"], min_length=1, max_length=20, description="W3C DPV terms: what for."
    )
    recipients: list[Role] = Field(["agent"], min_length=1, max_length=6, description="Who may receive the data.")
    legal_basis: Literal["dpv:Consent", "dpv:ExpressedConsent", "dpv:ExplicitlyExpressedConsent"] = Field(
        "dpv:Consent", description="Special categories of data need the explicit one (GDPR Art. 9)."
    )
    data_categories: list[Word] = Field([], max_length=16, description="Only these; none named: all of the scope.")
    notice: NoticeShown
    retention: str | int | None = Field(None, description="ISO 8601 duration, or days.", examples=["P1Y"])
    jurisdiction: str | None = Field(None, max_length=6, description="ISO 3166.", examples=["DE", "US-CA"])
    expires_at: str | None = Field(None, max_length=40, description="RFC 3339.", examples=["2027-11-22T00:00:00.000Z"])
    method: Literal["button", "checkbox", "toggle", "signature", "spoken", "api"] = "api"
    channel: Word | None = Field(None, examples=["mobile app"])

    def as_grant(self, ip: str) -> ConsentGrant:
        """What is granted, with the address that it came from.

        Raises:
            ConsentError: something in it is unknown, or does not go together.
        """
        return ConsentGrant.read({**self.model_dump(exclude_none=True), "ip": ip})


class WithdrawRequest(StrictRequest):
    """Nothing is needed; a purpose narrows the withdrawal to it."""

    purpose: Word | None = Field(None, description="A DPV term; without it, every purpose.")
    reason: Annotated[str, Field(min_length=1, max_length=500)] | None = None


class RevokeRequest(StrictRequest):
    """Why somebody else's consent is ended."""

    reason: Annotated[str, Field(min_length=1, max_length=500)] = Field(examples=["The account was compromised."])
    purpose: Word | None = None


class CheckRequest(StrictRequest):
    """Who wants to do what with whose data."""

    user_id: str | None = Field(None, description="Whose data; without it, the caller's.")
    requester_role: Role = Field(examples=["agent"])
    scopes: list[Word] = Field(min_length=1, max_length=32, examples=[["elr.interests"]])
    purpose: Word = Field("dpv:ServiceProvision", description="A DPV term.")
    data_categories: list[Word] = Field([], max_length=16)


class ConsentReceiptResponse(BaseModel):
    """A receipt: keep it. It can be checked without us, by the keys of GET /ledger/keys."""

    version: int = Field(examples=[1])
    entry_id: str
    record: str = Field(description="The ledger's record in canonical JSON (RFC 8785).")
    salt: str = Field(description="Hex; with the record it gives the commitment.")
    previous: str
    commitment: str = Field(description="HMAC-SHA-256 of the record under the salt: the leaf of the public log.")
    hash: str = Field(description="SHA-256 of previous and commitment; asks GET /consent/proof/{hash}.")
    promise: str = Field(description="Signed note: the log will hold this commitment.")
    proof: str | None = Field(description="The c2sp.org/tlog-proof of the leaf; null until it is in the public log.")


class ConsentChange(BaseModel):
    """A change of consent that is on record."""

    event: Literal["granted", "updated", "withdrawn", "revoked"]
    record_hash: str
    effective: bool = Field(description="False where an imported change was overtaken by a later choice.")
    active: list[dict[str, Any]] = Field(description="All choices that now stand; none for whoever is not the person.")
    receipt: ConsentReceiptResponse | None = Field(description="Null for whoever is not the person.")


class ScopeVerdict(BaseModel):
    """What consent says of one scope."""

    scope: str
    allowed: bool
    reason: str | None = Field(description="Why not.", examples=["withdrawn"])
    entry_hash: str | None = Field(description="The entry that this rests on.")
    record_hash: str | None
    expires_at: str | None


class CheckResponse(BaseModel):
    """Whether consent covers all that was asked for."""

    allowed: bool
    scopes: list[ScopeVerdict]

    @classmethod
    def of(cls, decision: ConsentDecision) -> CheckResponse:
        """The answer that tells of a decision."""
        verdicts = [
            ScopeVerdict(
                scope=each.scope,
                allowed=each.allowed,
                reason=each.refusal,
                entry_hash=each.entry_hash,
                record_hash=each.record_hash,
                expires_at=None if each.expires_at in (None, inf) else times.rfc3339(each.expires_at),
            )
            for each in decision.verdicts
        ]
        return cls(allowed=decision.allowed, scopes=verdicts)


class HistoryEntry(BaseModel):
    """One entry of the person's ledger; ``body`` is null where it was erased."""

    seq: int
    entry_id: str
    hash: str
    leaf_index: int | None = Field(description="Its place in the public log, null until it is there.")
    kind: str | None
    at: datetime | None
    body: dict[str, Any] | None

    @classmethod
    def of(cls, opened: Opened) -> HistoryEntry:
        """An entry, as far as it can be read."""
        record = opened.record
        return cls(
            seq=opened.entry.seq,
            entry_id=opened.entry.entry_id,
            hash=opened.entry.hash.hex(),
            leaf_index=opened.entry.leaf_index,
            kind=None if record is None else record.kind,
            at=None if record is None else times.utc(record.at),
            body=None if record is None else dict(record.body),
        )


class HistoryPage(BaseModel):
    """Entries in the order in which they happened."""

    entries: list[HistoryEntry]
    next: int | None = Field(description="Ask for the next page with ?start=; null at the end.")


class ExportLink(BaseModel):
    """Where an export is that is too large for an answer."""

    url: str = Field(description="Works for 15 minutes.")
    expires_in: int = Field(examples=[900])


class ProofResponse(BaseModel):
    """What shows that an entry is in the public log."""

    hash: str
    previous: str
    commitment: str
    leaf_index: int | None
    proof: str | None = Field(description="The c2sp.org/tlog-proof of the leaf; null until it is in the public log.")

    @classmethod
    def of(cls, opened: Opened, proof: bytes | None) -> ProofResponse:
        """What is known of an entry's place."""
        entry = opened.entry
        return cls(
            hash=entry.hash.hex(),
            previous=entry.previous.hex(),
            commitment=entry.commitment.hex(),
            leaf_index=entry.leaf_index,
            proof=None if proof is None else proof.decode(),
        )


class ErasureResponse(BaseModel):
    """What was erased, and from when on no process can read it any more."""

    erased_at: datetime
    complete_at: datetime
    entry_hash: str | None = Field(description="Of the entry that tells of it; null if there was nothing to erase.")

    @classmethod
    def of(cls, erased: Erased) -> ErasureResponse:
        """The answer that tells of an erasure."""
        return cls(
            erased_at=times.utc(erased.erased_at),
            complete_at=times.utc(erased.complete_at),
            entry_hash=None if erased.receipt is None else erased.receipt.hash.hex(),
        )


class LogKeys(BaseModel):
    """The keys of the public log."""

    origin: str = Field(examples=["lukhas.id/ledger"])
    keys: list[str] = Field(description="Verifier keys (c2sp.org/signed-note).")
