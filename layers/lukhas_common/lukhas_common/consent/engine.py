"""Enforcing consent at the moment of use: one consistent read of the newest entry of the person's stream."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from lukhas_common import times
from lukhas_common.consent.errors import ConsentError, Reason
from lukhas_common.consent.evaluation import Request, Verdict, evaluate
from lukhas_common.consent.export import iter_export
from lukhas_common.consent.models import stream_of
from lukhas_common.consent.rules import Rules, standard
from lukhas_common.consent.state import choices_of
from lukhas_common.consent.vocabulary import ConsentScope, Purpose
from lukhas_common.ledger.data_keys import DataKeys, LocalWrapper
from lukhas_common.ledger.ledger import Ledger
from lukhas_common.ledger.memory import MemoryDataKeys, MemoryEntries
from lukhas_common.times import Clock

__all__ = [
    "ConsentDecision",
    "ConsentEngine",
    "ConsentRequiredError",
    "check_consent",
    "enforce_scope",
    "export_consent_history",
    "use",
]


@dataclass(frozen=True, slots=True)
class ConsentDecision:
    """The answer to a request.

    Attributes:
        at: when it was made, seconds since the epoch; it holds for this moment alone.
        seq: of the newest entry of the person's stream, which it was made from; None if there is none.
    """

    user_id: str
    request: Request
    verdicts: tuple[Verdict, ...]
    at: float
    seq: int | None = None

    @property
    def allowed(self) -> bool:
        return bool(self.verdicts) and all(verdict.allowed for verdict in self.verdicts)

    @property
    def missing(self) -> tuple[str, ...]:
        """The scopes that are not covered."""
        return tuple(verdict.scope.value for verdict in self.verdicts if not verdict.allowed)

    @property
    def jurisdiction(self) -> str:
        """Whose law protects the person: the country that the newest deciding choice names, else the request; or ""."""
        named = [(verdict.seq or 0, verdict.jurisdiction) for verdict in self.verdicts if verdict.jurisdiction]
        return (max(named)[1] if named else self.request.jurisdiction or "")[:2]

    def as_facts(self) -> dict[str, Any]:
        """As JSON has it, with all that is needed to find and to repeat it."""
        request = self.request
        return {
            "allowed": self.allowed,
            "at": times.rfc3339(self.at),
            "seq": self.seq,
            "role": request.role,
            "purpose": str(request.purpose),
            "data_categories": None if request.data_categories is None else sorted(request.data_categories),
            "jurisdiction": request.jurisdiction,
            "scopes": [verdict.as_facts() for verdict in self.verdicts],
        }


class ConsentRequiredError(ConsentError):
    """Some requested scope lacks consent.

    Attributes:
        decision: says which, and why.
    """

    def __init__(self, decision: ConsentDecision) -> None:
        why = ", ".join(f"{verdict.scope} ({verdict.refusal})" for verdict in decision.verdicts if not verdict.allowed)
        super().__init__(Reason.CONSENT_REQUIRED, f"ask the person for consent to: {why}")
        self.decision = decision


@dataclass(frozen=True)
class ConsentEngine:
    """Decides on requests from what the ledger says at that moment; nothing is cached but data keys."""

    ledger: Ledger
    rules: Rules = field(default_factory=standard)
    clock: Clock = times.now

    def check_consent(
        self,
        user_id: str,
        requester_role: str,
        requested_scopes: Sequence[ConsentScope | str],
        *,
        purpose: Purpose | str = Purpose.SERVICE_PROVISION,
        data_categories: Iterable[str] | None = None,
        jurisdiction: str | None = None,
    ) -> ConsentDecision:
        """Whether every scope has active consent for this role and purpose.

        Args:
            data_categories: the only ones that are wanted; None for all that the scopes hold.
            jurisdiction: where the data is used, if its rules are to hold beside those of the grant.

        Raises:
            ConsentError: something in the request is unknown, or no scope is asked for.
            LedgerError: the ledger cannot be read, or was altered.
        """
        request = Request.read(requester_role, requested_scopes, purpose, data_categories, jurisdiction)
        newest = self.ledger.newest(stream_of(user_id))
        now = self.clock()
        verdicts = evaluate(choices_of(newest), request, now, self.rules)
        return ConsentDecision(user_id, request, verdicts, now, newest.entry.seq if newest else None)

    def enforce_scope(
        self,
        user_id: str,
        requester_role: str,
        requested_scopes: Sequence[ConsentScope | str],
        *,
        purpose: Purpose | str = Purpose.SERVICE_PROVISION,
        data_categories: Iterable[str] | None = None,
        jurisdiction: str | None = None,
    ) -> ConsentDecision:
        """The decision of check_consent, if it allows.

        Raises:
            ConsentRequiredError: some scope lacks consent.
            ConsentError, LedgerError: as check_consent.
        """
        decision = self.check_consent(
            user_id,
            requester_role,
            requested_scopes,
            purpose=purpose,
            data_categories=data_categories,
            jurisdiction=jurisdiction,
        )
        if not decision.allowed:
            raise ConsentRequiredError(decision)
        return decision

    def export_consent_history(self, user_id: str) -> bytes:
        """Everything about a person's consent, with its proofs: JSON-LD in UTF-8, as iter_export writes it."""
        return b"".join(iter_export(self.ledger, user_id, self.clock(), rules=self.rules))


def _unknowing() -> ConsentEngine:
    """An engine over an empty ledger in memory: it knows of no consent, so it refuses everything."""
    keys = DataKeys(MemoryDataKeys(), LocalWrapper(secrets.token_bytes(32)), times.now)
    return ConsentEngine(Ledger(MemoryEntries(), keys, times.now))


_engine = _unknowing()


def use(engine: ConsentEngine) -> None:
    """Let the functions of this module decide by this engine, in the whole process."""
    global _engine  # noqa: PLW0603 - the functions below are the seed's, which pass no engine
    _engine = engine


def check_consent(
    user_id: str,
    requester_role: str,
    requested_scopes: Sequence[ConsentScope | str],
    *,
    purpose: Purpose | str = Purpose.SERVICE_PROVISION,
    data_categories: Iterable[str] | None = None,
    jurisdiction: str | None = None,
) -> ConsentDecision:
    """ConsentEngine.check_consent of the engine in use."""
    return _engine.check_consent(
        user_id,
        requester_role,
        requested_scopes,
        purpose=purpose,
        data_categories=data_categories,
        jurisdiction=jurisdiction,
    )


def enforce_scope(
    user_id: str,
    requester_role: str,
    requested_scopes: Sequence[ConsentScope | str],
    *,
    purpose: Purpose | str = Purpose.SERVICE_PROVISION,
    data_categories: Iterable[str] | None = None,
    jurisdiction: str | None = None,
) -> ConsentDecision:
    """ConsentEngine.enforce_scope of the engine in use."""
    return _engine.enforce_scope(
        user_id,
        requester_role,
        requested_scopes,
        purpose=purpose,
        data_categories=data_categories,
        jurisdiction=jurisdiction,
    )


def export_consent_history(user_id: str) -> bytes:
    """ConsentEngine.export_consent_history of the engine in use."""
    return _engine.export_consent_history(user_id)
