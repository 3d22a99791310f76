"""Judging an action: a function of what is passed to it, so that it can be done again and must come out the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lukhas_common.guardian.actions.remedies import Remedy
from lukhas_common.guardian.bundles import NOTHING_PERMITS, POLICY_FAILED, Policies, Severity
from lukhas_common.guardian.outcomes import Outcome
from lukhas_common.guardian.text.judgement import Judgement, Thresholds
from lukhas_common.policy.cedar import PolicyDecision, PolicyEngine
from lukhas_common.policy.requests import PolicyRequest

_FLOOR = {Severity.LOW: 0.75, Severity.MEDIUM: 0.5, Severity.HIGH: 0.25, Severity.CRITICAL: 0.0}
"""The score at most, by the worst severity among the violations."""

_ORDER = list(Severity)


@dataclass(frozen=True, slots=True)
class Violation:
    """A policy that the action goes against, in the words of its annotations."""

    policy: str
    name: str
    severity: Severity
    principle: str
    explanation: str

    def __str__(self) -> str:
        return f"{self.policy}: {self.explanation}"


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the policies say.

    Attributes:
        score: 0 to 1, higher is better: what the worst violation leaves, and no more than that of its texts.
        violations: the worst first.
        errors: the ids of policies that could not be evaluated.
        shadow: what would have come of it if the policies on trial decided too; None where none is on trial.
        shadow_violations: of those only that are on trial.
        shadow_errors: the ids of those on trial that could not be evaluated.
        remedies: what would have made it allowed.
    """

    outcome: Outcome
    score: float
    violations: tuple[Violation, ...]
    errors: tuple[str, ...]
    shadow: Outcome | None
    shadow_violations: tuple[Violation, ...]
    shadow_errors: tuple[str, ...] = ()
    remedies: tuple[Remedy, ...] = ()

    @property
    def valid(self) -> bool:
        return self.outcome is Outcome.ALLOWED

    @property
    def explanation(self) -> str:
        """For the person concerned."""
        if self.outcome is Outcome.ALLOWED:
            return "No policy speaks against it."
        if self.outcome is Outcome.UNJUDGED:
            return "Cannot judge: the text is of a kind that the detector does not know. A person has to look at it."
        return " ".join(violation.explanation for violation in self.violations)


def assess(request: PolicyRequest, policies: Policies, *, judged: bool, text: float) -> Assessment:
    """Hold an action against the policies.

    Args:
        judged: whether its text could be judged.
        text: the score of its texts, 0 to 1.

    Raises:
        PolicyError: the facts are none that Cedar can judge.
    """
    violations, errors = _against(request, policies.enforced, policies)
    outcome = outcome_of((violation.severity for violation in violations), judged=judged)
    shadow: Outcome | None = None
    tried: tuple[Violation, ...] = ()
    failed: tuple[str, ...] = ()
    if policies.tried is not None:
        all_of_them, all_errors = _against(request, policies.tried, policies)
        failed = tuple(name for name in all_errors if name not in errors)
        shadow = outcome_of((violation.severity for violation in all_of_them), judged=judged)
        tried = tuple(each for each in all_of_them if each not in violations)
    floor = min((_FLOOR[violation.severity] for violation in violations), default=1.0)
    return Assessment(outcome, round(min(floor, text), 4), violations, errors, shadow, tried, failed)


def text_score(judgement: Judgement, thresholds: Mapping[str, Thresholds]) -> float:
    """How well the texts of an action come off, 0 to 1: the worse of harm and injection.

    From 1 down to 0.8 a text is clear, to 0.4 it is for review, and below it is blocked.
    """
    scores = {"harm": judgement.harm, "injection": judgement.injection}
    return min(_between(risk, thresholds[name]) for name, risk in scores.items())


def _between(risk: float, thresholds: Thresholds) -> float:
    for low, high, best, worst in (
        (0.0, thresholds.review, 1.0, 0.8),
        (thresholds.review, thresholds.block, 0.8, 0.4),
        (thresholds.block, 1.0, 0.4, 0.0),
    ):
        if risk < high:
            return best - (best - worst) * (risk - low) / (high - low)
    return 0.0


def _against(
    request: PolicyRequest, engine: PolicyEngine, policies: Policies
) -> tuple[tuple[Violation, ...], tuple[str, ...]]:
    decision = engine.decide(request)
    found = [] if decision.allowed else _violations(decision, policies)
    return tuple(sorted(found, key=lambda each: (-_ORDER.index(each.severity), each.policy))), decision.errors


def _violations(decision: PolicyDecision, policies: Policies) -> list[Violation]:
    found: list[Violation] = []
    if decision.cedar == "Deny":
        for name in decision.reasons:
            policy = policies.policies[name]
            found.append(Violation(name, policy.name, policy.severity, policy.principle, policy.explanation))
    for name in decision.errors:
        text = f"The policy {name} could not be evaluated, so nothing is allowed until it is mended."
        found.append(Violation(POLICY_FAILED, "Policy failed", Severity.CRITICAL, "transparency", text))
    if not found:
        text = "No policy permits an action of this kind."
        found.append(Violation(NOTHING_PERMITS, "Not permitted", Severity.MEDIUM, "transparency", text))
    return found


def outcome_of(severities: Iterable[str], *, judged: bool) -> Outcome:
    """What comes of violations of these severities, whatever two people made of it."""
    found = set(severities)
    if not found.isdisjoint((Severity.HIGH, Severity.CRITICAL)):
        return Outcome.VETOED
    if not judged:
        return Outcome.UNJUDGED
    return Outcome.REFUSED if found else Outcome.ALLOWED


def said(violations: Sequence[Violation]) -> list[Mapping[str, Any]]:
    """Violations as the ledger has them: their words are in the bundle that it names."""
    return [{"policy": violation.policy, "severity": violation.severity} for violation in violations]
