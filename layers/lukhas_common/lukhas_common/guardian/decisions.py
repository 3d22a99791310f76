"""Decisions on actions, each of which is a stream of the ledger: the decision, and what people made of it later."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lukhas_common import times
from lukhas_common.consent.engine import ConsentDecision, ConsentEngine
from lukhas_common.consent.models import stream_of
from lukhas_common.consent.vocabulary import ConsentScope, Purpose
from lukhas_common.guardian.actions.facts import ActionFacts, read_action
from lukhas_common.guardian.actions.kinds import ActionError
from lukhas_common.guardian.actions.remedies import remedies_for
from lukhas_common.guardian.actions.text_facts import TextFacts
from lukhas_common.guardian.assessment import Assessment, assess, said, text_score
from lukhas_common.guardian.bundles import Policies, facts_of
from lukhas_common.guardian.errors import GuardianError, GuardianReason
from lukhas_common.guardian.outcomes import DecisionIndex, DecisionLog, Noted, Outcome
from lukhas_common.guardian.policy_book import PolicyBook
from lukhas_common.guardian.text.judgement import Judgement, Thresholds, Tier
from lukhas_common.guardian.texts import Judge, judged
from lukhas_common.ids import uuid7
from lukhas_common.ledger.ledger import Ledger, Opened, Receipt
from lukhas_common.policy.model import Role
from lukhas_common.times import Clock

DECIDED = "guardian.decided"
"""The kind of a decision's first entry."""

_ALL_SCOPES = tuple(ConsentScope)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """May this be done?

    Attributes:
        action: what is to be done: a sentence, or the name of a tool.
        context: what is known of it, as JSON; docs/design/guardian-actions.md lists the members that count.
        person: for whom it is done: the account.
        caller: the account that asks, and in which role.
    """

    action: str
    context: Mapping[str, Any]
    person: str
    caller: str
    role: Role
    purpose: Purpose = Purpose.SERVICE_PROVISION
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision, and where it is on record."""

    decision_id: str
    assessment: Assessment
    judgement: Judgement
    policies: Policies
    receipt: Receipt
    overridden_by: str | None = None
    overridden_until: float | None = None


def stream(decision_id: str) -> str:
    """The ledger's stream of one decision."""
    return f"decision/{decision_id}"


def input_bytes(action: str, context: Mapping[str, Any]) -> bytes:
    """What was asked, as bytes that are the same whenever the same is asked."""
    return json.dumps([action, context], sort_keys=True, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Guardian:
    """Decides whether actions may be done, and puts every decision on record before it is told.

    Attributes:
        detector: answers the judge of one request, whose costs are counted from zero.
        thresholds: of its judges, by what is judged: ``harm`` and ``injection``; they are logged with each decision.
    """

    ledger: Ledger
    consent: ConsentEngine
    book: PolicyBook
    detector: Callable[[], Judge]
    thresholds: Mapping[str, Thresholds]
    index: DecisionIndex
    log: DecisionLog
    clock: Clock

    def validate(self, question: Question) -> Decision:
        """Decide, and log it.

        Raises:
            GuardianError: the action cannot be read, or the policies that decide are not to be had; nothing is allowed.
            LedgerError: it could not be logged; nothing is allowed.
        """
        policies = self.book.active()
        facts = facts_of_action(question.action, question.context)
        judgement = judged(question.action, question.context, self.detector())
        consent = self.consent.check_consent(
            question.person, _for_consent(question.role), _ALL_SCOPES, purpose=question.purpose
        )
        request = facts.request(question.person, TextFacts.of(judgement), given(consent))
        assessment = assess(
            request,
            policies,
            judged=judgement.coverage.judged,
            text=text_score(judgement, self.thresholds),
        )
        if assessment.violations and not assessment.errors:
            assessment = replace(assessment, remedies=remedies_for(policies.enforced, request))
        input_hash = self.input_hash(question.person, question.action, question.context)
        override = self._override(question, assessment, input_hash)
        if override is not None:
            assessment = replace(assessment, outcome=Outcome.OVERRIDDEN)
        decision_id = uuid7(self.clock())
        body = {
            **({"request_id": question.request_id} if question.request_id else {}),
            "caller": {"id": question.caller, "role": question.role},
            "purpose": question.purpose,
            "outcome": assessment.outcome,
            "score": assessment.score,
            "violations": said(assessment.violations),
            "errors": list(assessment.errors),
            "policies": {**facts_of(policies), "engine": policies.enforced.version},
            "facts": request.as_facts(),
            "detector": detector_facts(judgement, self.thresholds),
            "consent": {"stream": stream_of(question.person), "seq": consent.seq},
            "input": {"hash": input_hash, "length": len(question.action)},
            "final": bool(assessment.errors) or any(each.policy in policies.final for each in assessment.violations),
        }
        if assessment.shadow is not None:
            body["shadow"] = {
                "outcome": assessment.shadow,
                "violations": said(assessment.shadow_violations),
                "errors": list(assessment.shadow_errors),
            }
        if override is not None:
            body["override"] = {"decision": override[0], "until": times.rfc3339(override[1])}
        # Nobody else knows the stream, so its first place is free.
        entry = self.ledger.extend(None, stream(decision_id), DECIDED, body, question.person)
        receipt = Receipt(entry.stream, entry.seq, entry.hash)
        self._note(decision_id, assessment, judgement, body)
        return Decision(decision_id, assessment, judgement, policies, receipt, *(override or ()))

    def input_hash(self, person: str, action: str, context: Mapping[str, Any]) -> str:
        """A hash by which the same question of the same person is known, for as long as their data key exists."""
        return self.ledger.keys.keyed_hash(person, b"lukhas guardian input v1", input_bytes(action, context))

    def _override(self, question: Question, assessment: Assessment, input_hash: str) -> tuple[str, float] | None:
        """The decision by which two people overrode a veto of the same question, and until when.

        They decided on what spoke against it then, for that role and purpose: whatever else does now is not overridden.
        """
        if assessment.valid or assessment.errors:
            return None
        decision_id = self.index.permitted(input_hash)
        newest = self.ledger.newest(stream(decision_id)) if decision_id else None
        if decision_id is None or newest is None:
            return None
        until = in_force(newest, input_hash, self.clock())
        then = newest.body
        known = {violation["policy"] for violation in then.get("violations", [])}
        same = (then.get("caller", {}).get("role"), then.get("purpose")) == (question.role, question.purpose)
        if until is None or not same or any(each.policy not in known for each in assessment.violations):
            return None
        return decision_id, until

    def _note(self, decision_id: str, assessment: Assessment, judgement: Judgement, body: Mapping[str, Any]) -> None:
        review = is_for_review(assessment, judgement)
        self.log(
            decision=decision_id,
            outcome=assessment.outcome,
            score=assessment.score,
            violations=[violation.policy for violation in assessment.violations],
            errors=[*assessment.errors, *assessment.shadow_errors],
            shadow=assessment.shadow,
            policies=body["policies"]["version"],
            detector=judgement.version,
            judged=judgement.coverage.judged,
            review=review,
        )
        try:
            self.index.add(Noted(decision_id, assessment.outcome, self.clock(), review))
        except Exception:  # noqa: BLE001 - the decision is on record; that it is not found by time wakes someone
            self.log(decision=decision_id, errors=["not indexed"])


def is_for_review(assessment: Assessment, judgement: Judgement) -> bool:
    """Whether a person is to look at it: it could not be judged, or a mere suspicion is against it."""
    if assessment.outcome in (Outcome.VETOED, Outcome.OVERRIDDEN):
        return False
    return assessment.outcome is Outcome.UNJUDGED or Tier.REVIEW in (judgement.harm_tier, judgement.injection_tier)


def in_force(newest: Opened, input_hash: str, now: float) -> float | None:
    """Until when this entry overrides a veto of this input, None where it does not."""
    override = newest.body.get("override") or {}
    if newest.body.get("input", {}).get("hash") != input_hash or "approved_by" not in override:
        return None
    until = times.from_rfc3339(override["until"])
    return until if now < until else None


def facts_of_action(action: str, context: Mapping[str, Any]) -> ActionFacts:
    """What the policies know of an action.

    Raises:
        GuardianError: ACTION_INVALID.
    """
    try:
        return read_action(action, context)
    except ActionError as error:
        raise GuardianError(GuardianReason.ACTION_INVALID, str(error)) from None


def given(consent: ConsentDecision) -> frozenset[str]:
    """The scopes that the person consented to."""
    return frozenset(verdict.scope.value for verdict in consent.verdicts if verdict.allowed)


def detector_facts(judgement: Judgement, thresholds: Mapping[str, Thresholds]) -> dict[str, Any]:
    """What the detector said, without a word of the text."""
    coverage = judgement.coverage
    return {
        "version": judgement.version,
        "thresholds": {name: {"review": each.review, "block": each.block} for name, each in thresholds.items()},
        "harm": round(judgement.harm, 4),
        "injection": round(judgement.injection, 4),
        "harm_tier": judgement.harm_tier,
        "injection_tier": judgement.injection_tier,
        "rules": sorted({finding.rule for finding in judgement.findings})[:20],
        "categories": sorted({finding.category for finding in judgement.findings}),
        "judged": coverage.judged,
        "language": coverage.language,
        "length": coverage.length,
        "examined": coverage.examined,
        "encodings": list(coverage.encodings),
        "reasons": list(coverage.reasons),
    }


def _for_consent(role: Role) -> Role:
    """Whoever speaks for the person does so through an assistant."""
    return role if role in (Role.CLINICIAN, Role.SERVICE) else Role.AGENT
