"""What goes over the wire: the requests and responses of the guardian's endpoints."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, model_validator

from lukhas_common import times
from lukhas_common.guardian.actions.context import ACTION_LENGTH
from lukhas_common.guardian.assessment import Violation
from lukhas_common.guardian.bundles import VERSION, Bundle, Mode, Policies, SignedBundle
from lukhas_common.guardian.bundles import Policy as PolicyFacts
from lukhas_common.guardian.decisions import Decision, is_for_review
from lukhas_common.guardian.health import Health
from lukhas_common.guardian.outcomes import Noted, Outcome
from lukhas_common.guardian.policy_book import Standing
from lukhas_common.guardian.replays import Replayed
from lukhas_common.guardian.text.judgement import Thresholds
from lukhas_common.guardian.vetoes import Standing as VetoStanding
from lukhas_common.guardian.wire_text import CoverageFacts, TextScores
from lukhas_common.ledger.ledger import Opened
from lukhas_common.strict_request import StrictRequest

SeverityName = Literal["low", "medium", "high", "critical"]
UserId = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
DecisionId = UserId
Reason = Annotated[str, Field(min_length=1, max_length=500)]
Probability = Annotated[float, Field(ge=0, le=1)]

_ID = "01a20334-8068-759b-90c6-2b25c56c2702"


class ActionRequest(StrictRequest):
    """What is to be done, for whom, and what is known of it."""

    action: str = Field(min_length=1, max_length=ACTION_LENGTH, examples=["Send the invoice to bob@example.org"])
    context: dict[str, Any] = Field(
        default_factory=dict,
        description="What is known: tool, arguments and their provenance, confirmed, the person's age … Its texts are "
        "judged; docs/design/guardian-actions.md lists the members that count as facts.",
        examples=[{"confirmed": True, "arguments": {"to": "bob@example.org"}, "provenance": {"to": "user"}}],
    )
    user_id: UserId | None = Field(None, description="For whom; without it, the caller.")
    purpose: Annotated[str, Field(max_length=64)] = Field("dpv:ServiceProvision", description="A DPV term.")


class ViolationFacts(BaseModel):
    """A policy that the action goes against."""

    policy: str
    name: str
    severity: SeverityName
    principle: str
    explanation: str

    @classmethod
    def of(cls, violation: Violation) -> ViolationFacts:
        return cls(
            policy=violation.policy,
            name=violation.name,
            severity=violation.severity.value,
            principle=violation.principle,
            explanation=violation.explanation,
        )


class ValidationResponse(BaseModel):
    """Whether it may be done, and why not."""

    valid: bool
    score: float = Field(description="0 to 1, higher is more compliant.")
    violations: list[str] = Field(description="Each names the policy and explains it.")
    explanation: str | None
    veto: bool = Field(description="True: not at all. False with valid false: not as it is, or it cannot be judged.")
    decision_id: str = Field(examples=[_ID])
    outcome: Outcome
    details: list[ViolationFacts]
    remedies: list[str] = Field(description="What would have made it allowed, each on its own.")
    text: TextScores
    coverage: CoverageFacts
    review: bool = Field(description="A person will look at it: it could not be judged, or there is a suspicion.")
    policies: str = Field(description="The version that decided.")
    detector: str = Field(description="The version that judged the text.")
    overridden_until: datetime | None = Field(description="Two people overrode a veto until then.")

    @classmethod
    def of(cls, decision: Decision) -> ValidationResponse:
        assessment = decision.assessment
        overridden = assessment.outcome is Outcome.OVERRIDDEN
        return cls(
            valid=assessment.valid or overridden,
            score=assessment.score,
            violations=[str(violation) for violation in assessment.violations],
            explanation=assessment.explanation,
            veto=assessment.outcome is Outcome.VETOED,
            decision_id=decision.decision_id,
            outcome=assessment.outcome,
            details=[ViolationFacts.of(violation) for violation in assessment.violations],
            remedies=[str(remedy) for remedy in assessment.remedies],
            text=TextScores.of(decision.judgement),
            coverage=CoverageFacts.of(decision.judgement.coverage),
            review=is_for_review(assessment, decision.judgement),
            policies=decision.policies.version,
            detector=decision.judgement.version,
            overridden_until=_time(decision.overridden_until),
        )


class Policy(BaseModel):
    """A policy of the version that decides."""

    policy_id: str
    name: str
    description: str
    active: bool = Field(description="False for policies on trial: what they would decide is logged, no more.")
    severity: SeverityName
    principle: str
    mode: Mode
    version: str

    @classmethod
    def of(cls, policy: PolicyFacts, version: str) -> Policy:
        return cls(
            policy_id=policy.policy_id,
            name=policy.name,
            description=policy.explanation,
            active=policy.mode is Mode.ENFORCE,
            severity=policy.severity.value,
            principle=policy.principle,
            mode=policy.mode,
            version=version,
        )


def listed(policies: Policies, *, active_only: bool) -> list[Policy]:
    """The policies of a version, by id."""
    every = [Policy.of(policy, policies.version) for _, policy in sorted(policies.policies.items())]
    return [policy for policy in every if policy.active or not active_only]


class PoliciesRequest(StrictRequest):
    """A version of the policies."""

    policies: dict[str, str] = Field(
        min_length=1, max_length=100, description="Cedar text by file name, as in payments.cedar."
    )
    shadow: list[str] = Field(
        [], max_length=1000, description="Ids of policies on trial: they are evaluated and logged, but do not decide."
    )
    activate: bool = Field(True, description="Whether it decides from now on.")


class PoliciesStanding(BaseModel):
    """Which version decides."""

    active: str | None
    sha256: str | None = Field(description="Of what was signed.")
    previous: list[str] = Field(description="Versions that a rollback goes back to, the first one first.")
    since: datetime | None = Field(description="Of the newest change.")

    @classmethod
    def of(cls, standing: Standing) -> PoliciesStanding:
        return cls(
            active=standing.active["version"] if standing.active else None,
            sha256=standing.active["sha256"] if standing.active else None,
            previous=[named["version"] for named in standing.previous],
            since=_time(standing.since or None),
        )


class PublishedPolicies(BaseModel):
    """A version that is signed and kept."""

    version: str
    sha256: str = Field(description="Of what was signed.")
    kid: str = Field(description="The key that signed it.")
    policies: list[Policy]
    standing: PoliciesStanding


class PoliciesFiles(BaseModel):
    """A version as it was signed."""

    version: str
    sha256: str
    kid: str
    policies: dict[str, str] = Field(description="Cedar text by file name.")
    shadow: list[str]
    made_by: str
    made_at: datetime

    @classmethod
    def of(cls, found: SignedBundle, bundle: Bundle) -> PoliciesFiles:
        return cls(
            version=bundle.version,
            sha256=found.digest,
            kid=found.kid,
            policies=dict(bundle.files),
            shadow=sorted(bundle.shadowed),
            made_by=bundle.made_by,
            made_at=times.utc(times.from_rfc3339(bundle.made_at)),
        )


class HealthStatus(BaseModel):
    """How the guardian is, as measured for this answer."""

    status: Literal["healthy", "degraded", "down"]
    active_policies: int
    last_check: datetime = Field(description="Of this measurement.")
    drift_detected: bool
    policies: str | None = Field(description="The version that decides; its signature is good.")
    detector: str | None
    last_decision: datetime | None
    drift: float | None = Field(description="Population stability index of the outcomes; null with too few to tell.")
    reasons: list[str] = Field(description="What is wrong.")

    @classmethod
    def of(cls, health: Health) -> HealthStatus:
        """What was measured. Without policies nothing is allowed, so the guardian is down."""
        down = health.policies is None
        last = health.last_decision
        return cls(
            status="down" if down else ("degraded" if health.reasons else "healthy"),
            active_policies=health.active_policies,
            last_check=times.utc(health.at),
            drift_detected=health.drift.detected,
            policies=None if health.policies is None else health.policies.version,
            detector=health.detector,
            last_decision=_time(last),
            drift=None if health.drift.psi is None else round(health.drift.psi, 4),
            reasons=list(health.reasons),
        )


class VetoRequest(StrictRequest):
    """A veto on an action that was judged."""

    action_id: DecisionId = Field(description="The decision_id of POST /guardian/validate.", examples=[_ID])
    reason: Reason = Field(examples=["wrong_recipient"])
    explanation: Annotated[str, Field(min_length=1, max_length=2000)] = Field(examples=["I do not know this person."])


class OverrideRequest(StrictRequest):
    """Why a veto is not to hold, and until when."""

    reason: Reason = Field(examples=["The recipient was verified by telephone."])
    expires_at: str = Field(max_length=40, description="RFC 3339; 30 days from now at most.")
    proposal: str = Field(
        "",
        pattern="^([0-9a-f]{64})?$",
        description="To approve what somebody else proposed: the entry_hash of the proposal. Empty to propose.",
    )


class ReviewRequest(StrictRequest):
    """What came of looking at a decision that is left as it is."""

    reason: Reason = Field(examples=["The person showed me the text; it is an ordinary letter."])


class DecisionStanding(BaseModel):
    """How a decision stands."""

    decision_id: str
    outcome: Outcome
    veto: bool
    override: Literal["none", "proposed", "in_force", "ended"]
    overridden_until: datetime | None
    entry_hash: str = Field(description="Of the ledger's newest entry on it.")

    @classmethod
    def of(cls, decision_id: str, opened: Opened, standing: VetoStanding) -> DecisionStanding:
        made = standing.override
        state: Literal["none", "proposed", "in_force", "ended"] = "none"
        if standing.active_until is not None:
            state = "in_force"
        elif made:
            state = "ended" if "approved_by" in made else "proposed"
        return cls(
            decision_id=decision_id,
            outcome=standing.outcome,
            veto=standing.vetoed and standing.active_until is None,
            override=state,
            overridden_until=_time(standing.active_until),
            entry_hash=opened.entry.hash.hex(),
        )


class DecisionEntry(BaseModel):
    """One entry of the ledger on a decision."""

    kind: str
    at: datetime
    hash: str
    leaf_index: int | None = Field(description="Its place in the public log, null until it is there.")
    body: dict[str, Any]

    @classmethod
    def of(cls, opened: Opened) -> DecisionEntry:
        """An entry that was not erased."""
        assert opened.record is not None  # noqa: S101 - whoever reads the first entry may read all
        return cls(
            kind=opened.record.kind,
            at=times.utc(opened.record.at),
            hash=opened.entry.hash.hex(),
            leaf_index=opened.entry.leaf_index,
            body=dict(opened.record.body),
        )


class DecisionRecord(BaseModel):
    """A decision as the ledger has it, with all that was made of it since."""

    decision_id: str
    user_id: str
    standing: DecisionStanding
    violations: list[str]
    entries: list[DecisionEntry]


class ReviewItem(BaseModel):
    """A decision that a person is to look at."""

    decision_id: str
    outcome: Outcome
    at: datetime

    @classmethod
    def of(cls, noted: Noted) -> ReviewItem:
        return cls(decision_id=noted.decision_id, outcome=noted.outcome, at=times.utc(noted.at))


class Reviews(BaseModel):
    """Decisions that a person is to look at, the first one first."""

    reviews: list[ReviewItem]
    next: str | None = Field(description="Ask for the next page with ?after=; null at the end.")


class Bounds(StrictRequest):
    """From which score on a text is reviewed, and from which it is blocked."""

    review: Probability
    block: Probability

    @model_validator(mode="after")
    def _in_order(self) -> Bounds:
        if self.review > self.block:
            raise ValueError("review is the lower bound: give block the higher one")
        return self

    def thresholds(self) -> Thresholds:
        return Thresholds(self.review, self.block)


class ReplayInput(StrictRequest):
    """What was asked then; the ledger has only a hash of it, which this must have."""

    action: str = Field(min_length=1, max_length=ACTION_LENGTH)
    context: dict[str, Any] = Field(default_factory=dict)


class ReplayRequest(StrictRequest):
    """Which decisions are to be made again, and what is to be otherwise."""

    decision_ids: list[DecisionId] | None = Field(None, max_length=200)
    since: str | None = Field(
        None, max_length=40, description="RFC 3339, 100 days ago at most; without ids, decisions made from then on."
    )
    limit: int = Field(100, ge=1, le=200)
    version: str | None = Field(None, pattern=VERSION, description="Of the policies; null: the one of then.")
    harm: Bounds | None = Field(None, description="Thresholds on the logged score of harm.")
    injection: Bounds | None = Field(None, description="Thresholds on the logged score of injection.")
    inputs: dict[DecisionId, ReplayInput] = Field(
        default_factory=dict,
        max_length=200,
        description="What was sent then, to be judged by the detector of today.",
    )


class ReplayedDecision(BaseModel):
    """A decision then and now."""

    decision_id: str
    changed: bool
    obstacle: str | None = Field(description="Why it cannot be made again.")
    before: Outcome | None
    after: Outcome | None
    violations_before: list[str]
    violations_after: list[str]
    policies_before: str
    policies_after: str
    detector: str

    @classmethod
    def of(cls, replayed: Replayed) -> ReplayedDecision:
        return cls(
            decision_id=replayed.decision_id,
            changed=replayed.changed,
            obstacle=replayed.obstacle,
            before=replayed.before,
            after=replayed.after,
            violations_before=list(replayed.violations_before),
            violations_after=list(replayed.violations_after),
            policies_before=replayed.policies_before,
            policies_after=replayed.policies_after,
            detector=replayed.detector,
        )


class ReplayResponse(BaseModel):
    """What would have changed."""

    replayed: int
    changed: int
    decisions: list[ReplayedDecision]


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else times.utc(seconds)
