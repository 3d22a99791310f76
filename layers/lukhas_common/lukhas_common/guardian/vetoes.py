"""What people make of a decision: a veto on record, and an override by two people for a time.

Each is one more entry of the decision's stream. An entry carries what of the earlier ones still counts, so that the
newest says how things stand, and the ledger's order decides between people who act at once. What people write is kept
without personal data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lukhas_common import times
from lukhas_common.guardian.decisions import in_force, stream
from lukhas_common.guardian.errors import GuardianError, GuardianReason
from lukhas_common.guardian.outcomes import DecisionIndex, Outcome
from lukhas_common.ledger.ledger import Draft, Ledger, Opened
from lukhas_common.privacy.redaction.redactor import mask
from lukhas_common.times import Clock

VETOED, PROPOSED, OVERRIDDEN = "guardian.vetoed", "guardian.override_proposed", "guardian.overridden"
REVIEWED = "guardian.reviewed"
"""The kinds of the later entries of a decision."""

UNKNOWN = "There is no such decision: give the decision_id of one."

LONGEST = 30 * 86400
"""Seconds for which a veto may be overridden at most."""

PATIENCE = 24 * 3600
"""Seconds after which a proposal that nobody approved lapses."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a decision stands.

    Attributes:
        outcome: as it was decided.
        vetoed: whether it is vetoed, by the policies or by somebody since.
        override: the proposal or override that was made last, as the ledger has it; empty where none was.
        active_until: until when an override is in force, seconds since the epoch; None where none is.
    """

    outcome: Outcome
    vetoed: bool
    override: Mapping[str, Any]
    active_until: float | None


@dataclass(frozen=True)
class Records:
    """Decisions as the ledger has them."""

    ledger: Ledger
    clock: Clock

    def subject(self, decision_id: str) -> str:
        """The person whom a decision concerns.

        Raises:
            GuardianError: there is no such decision.
        """
        newest = self.ledger.store.newest(stream(decision_id))
        if newest is None or newest.subject is None:
            raise _unknown()
        return newest.subject

    def history(self, decision_id: str) -> list[Opened]:
        """A decision and all that was made of it, in order.

        Raises:
            GuardianError: there is no such decision, or what it said was erased.
        """
        entries = list(self.ledger.read(stream(decision_id)))
        if not entries:
            raise _unknown()
        if entries[0].record is None:
            raise GuardianError(GuardianReason.DECISION_UNKNOWN, "What this decision said was erased with the person.")
        return entries

    def standing(self, newest: Opened) -> Standing:
        """How a decision stands after its newest entry."""
        body = newest.body
        until = in_force(newest, body["input"]["hash"], self.clock())
        vetoed = body.get("vetoed", body["outcome"] == Outcome.VETOED)
        return Standing(Outcome(body["outcome"]), vetoed, body.get("override") or {}, until)


@dataclass(frozen=True)
class Vetoes:
    """Records vetoes and overrides of decisions."""

    ledger: Ledger
    index: DecisionIndex
    clock: Clock

    @property
    def records(self) -> Records:
        return Records(self.ledger, self.clock)

    def record(self, decision_id: str, by: str, reason: str, explanation: str) -> Opened:
        """Put a veto on record; it ends an override. The same once more changes nothing."""
        veto = {"by": by, "reason": mask(reason), "explanation": mask(explanation)}

        def compose(newest: Opened, _now: float) -> Draft | Opened:
            if newest.body.get("veto") == veto:
                return newest
            return self._draft(VETOED, newest, vetoed=True, veto=veto)

        opened = self._append(decision_id, compose)
        if by not in (opened.entry.subject, opened.body["caller"]["id"]):
            self.index.settled(decision_id)  # whoever asked cannot take it off the list of what others look at
        return opened

    def review(self, decision_id: str, by: str, reason: str) -> Opened:
        """Put on record that somebody looked at a decision and left it as it is, and take it off the list.

        Raises:
            GuardianError: there is no such decision, or it is their own.
        """
        if by == self.records.subject(decision_id):
            raise GuardianError(
                GuardianReason.SECOND_PERSON_REQUIRED, "Somebody else than the person concerned reviews."
            )
        said = {"by": by, "reason": mask(reason)}

        def compose(newest: Opened, _now: float) -> Draft | Opened:
            if newest.body.get("review") == said:
                return newest
            kept = {name: newest.body[name] for name in ("override",) if name in newest.body}
            return self._draft(REVIEWED, newest, review=said, **kept)

        opened = self._append(decision_id, compose)
        self.index.settled(decision_id)
        return opened

    def override(self, decision_id: str, by: str, reason: str, until: float, proposal: str = "") -> Opened:
        """Propose to override a veto, or approve what somebody else proposed.

        It is in force from the approval until the earlier of both times, for the same question of the same person, in
        the same role and purpose, and as long as nothing else speaks against it.

        Args:
            until: seconds since the epoch.
            proposal: the hash of the entry with the proposal that is approved, in hex; empty to propose.

        Raises:
            GuardianError: there is nothing to override, or this takes another person.
        """
        now, reason = self.clock(), mask(reason)
        if not now < until <= now + LONGEST:
            days = LONGEST // 86400
            raise GuardianError(GuardianReason.NOT_OVERRIDABLE, f"An override ends within {days} days from now.")
        if by == self.records.subject(decision_id):
            raise GuardianError(
                GuardianReason.SECOND_PERSON_REQUIRED, "Two people other than the one concerned override a veto."
            )

        def compose(newest: Opened, at: float) -> Draft | Opened:
            standing = self.records.standing(newest)
            if standing.active_until is not None:
                return newest
            if standing.outcome is Outcome.ALLOWED and not standing.vetoed:
                raise GuardianError(GuardianReason.NOT_OVERRIDABLE, "Nothing was vetoed here.")
            if newest.body.get("final"):
                raise GuardianError(
                    GuardianReason.NOT_OVERRIDABLE,
                    "Nobody may override this veto: do what its policy says, or mend the policy that failed.",
                )
            return self._proposed_or_approved(newest, standing.override, by, reason, until, at, proposal)

        opened = self._append(decision_id, compose)
        standing = self.records.standing(opened)
        if standing.active_until is not None:
            # After the ledger, so that nothing is let through that is not on record; a repeat does what a crash left.
            self.index.permit(opened.body["input"]["hash"], decision_id, standing.active_until)
            self.index.settled(decision_id)
        return opened

    def _proposed_or_approved(
        self, newest: Opened, made: Mapping[str, Any], by: str, reason: str, until: float, at: float, approves: str
    ) -> Draft | Opened:
        end = times.rfc3339(until)
        proposal = {"proposed_by": by, "reason": reason, "proposed_at": times.rfc3339(at), "until": end}
        is_open = bool(made) and "approved_by" not in made and at < times.from_rfc3339(made["proposed_at"]) + PATIENCE
        if not is_open or at >= times.from_rfc3339(made["until"]):
            return self._draft(PROPOSED, newest, override=proposal)
        if made["proposed_by"] == by:
            same = (made["reason"], made["until"]) == (reason, end)
            return newest if same else self._draft(PROPOSED, newest, override=proposal)
        if approves != newest.entry.hash.hex():
            raise GuardianError(
                GuardianReason.PROPOSAL_UNNAMED,
                "Somebody proposed to override this: read the decision, and send the hash of that entry as proposal.",
            )
        approved = {
            **made,
            "approved_by": by,
            "approval_reason": reason,
            "approved_at": times.rfc3339(at),
            "until": min(made["until"], end),
        }
        return self._draft(OVERRIDDEN, newest, override=approved)

    def _append(self, decision_id: str, compose: Callable[[Opened, float], Draft | Opened]) -> Opened:
        def after(newest: Opened | None, now: float) -> Draft | Opened:
            if newest is None:
                raise _unknown()
            if newest.record is None:
                raise GuardianError(GuardianReason.DECISION_UNKNOWN, "What this decision said was erased.")
            return compose(newest, now)

        return self.ledger.append_to(stream(decision_id), after)

    @staticmethod
    def _draft(kind: str, newest: Opened, **changes: Any) -> Draft:
        kept = ("outcome", "vetoed", "input", "caller", "purpose", "violations", "final")
        body = {name: newest.body[name] for name in kept if name in newest.body}
        return Draft(kind, {**body, **changes}, newest.entry.subject)


def _unknown() -> GuardianError:
    return GuardianError(GuardianReason.DECISION_UNKNOWN, UNKNOWN)
