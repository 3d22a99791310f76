"""Logged decisions, decided again: by other policies, other thresholds, or the detector of today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from lukhas_common.guardian.actions.text_facts import TextFacts
from lukhas_common.guardian.assessment import Assessment, assess, outcome_of, text_score
from lukhas_common.guardian.bundles import Policies
from lukhas_common.guardian.decisions import DECIDED, Guardian, facts_of_action, input_bytes, stream
from lukhas_common.guardian.errors import GuardianError
from lukhas_common.guardian.outcomes import Outcome
from lukhas_common.guardian.policy_book import Named
from lukhas_common.guardian.text.judgement import Judgement, Thresholds
from lukhas_common.guardian.texts import JUDGED, Judge, judged
from lukhas_common.ledger.ledger import Opened
from lukhas_common.policy.requests import PolicyError, PolicyRequest


class Obstacle(StrEnum):
    """Why a decision cannot be made again."""

    UNKNOWN = "unknown"
    ERASED = "erased"
    OTHER_INPUT = "other_input"
    """What was sent is not what was judged then."""
    POLICIES_GONE = "policies_gone"
    """The version that decided then was deleted, or is not to be trusted: name another."""
    NOT_REACHED = "not_reached"
    """There was too much to judge at once: ask for it by itself."""
    OTHER_SCHEMA = "other_schema"
    """The facts of then do not fit the policies of now: send the input."""


@dataclass(frozen=True, slots=True)
class Input:
    """What was asked then, sent again by whoever kept it; the ledger has a keyed hash of it only."""

    action: str
    context: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be otherwise.

    Attributes:
        version: of the policies; None for the version that decided then.
        harm, injection: thresholds on the scores that were logged; None for the tiers of then.
    """

    version: str | None = None
    harm: Thresholds | None = None
    injection: Thresholds | None = None


@dataclass(frozen=True, slots=True)
class Replayed:
    """A decision then and now.

    Attributes:
        before: as it was decided, before anybody overrode it.
        after: None where there is an obstacle.
        detector: the version of the detector whose scores were used.
    """

    decision_id: str
    obstacle: Obstacle | None = None
    before: Outcome | None = None
    after: Outcome | None = None
    violations_before: tuple[str, ...] = ()
    violations_after: tuple[str, ...] = ()
    policies_before: str = ""
    policies_after: str = ""
    detector: str = ""

    @property
    def changed(self) -> bool:
        return self.after is not None and (self.before, self.violations_before) != (self.after, self.violations_after)


@dataclass(frozen=True)
class Replay:
    """Decides again. Nothing that comes of it is in force, and nothing is stored."""

    guardian: Guardian

    def run(self, ids: Iterable[str], changes: Changes, inputs: Mapping[str, Input]) -> list[Replayed]:
        """The decisions of these ids, each made again.

        Raises:
            GuardianError: the version of the policies that is asked for is not there, or not to be trusted.
        """
        wanted = None if changes.version is None else self.guardian.book.find(changes.version)
        judge, left = self.guardian.detector(), JUDGED
        replayed = []
        for decision_id in ids:
            sent = inputs.get(decision_id)
            left -= 0 if sent is None else len(input_bytes(sent.action, sent.context))
            if sent is not None and left < 0:
                replayed.append(Replayed(decision_id, Obstacle.NOT_REACHED))
            else:
                replayed.append(self._one(decision_id, changes, wanted, sent, judge))
        return replayed

    def _one(
        self, decision_id: str, changes: Changes, wanted: Policies | None, sent: Input | None, judge: Judge
    ) -> Replayed:
        opened = self.guardian.ledger.get(stream(decision_id), 0)
        if opened is None or opened.entry.subject is None:
            return Replayed(decision_id, Obstacle.UNKNOWN)
        if opened.record is None:
            return Replayed(decision_id, Obstacle.ERASED)
        if opened.record.kind != DECIDED:
            return Replayed(decision_id, Obstacle.UNKNOWN)
        then = opened.body
        try:
            policies = wanted or self._of_then(then["policies"])
        except GuardianError:
            return Replayed(decision_id, Obstacle.POLICIES_GONE, policies_before=then["policies"]["version"])
        before = Replayed(
            decision_id,
            before=_without_override(then),
            violations_before=_ids(then["violations"]),
            policies_before=then["policies"]["version"],
            policies_after=policies.version,
        )
        if sent is not None and self._hash(opened, sent) != then["input"]["hash"]:
            return replace(before, obstacle=Obstacle.OTHER_INPUT)
        try:
            assessment, detector = self._again(opened, policies, changes, sent, judge)
        except (PolicyError, GuardianError):
            return replace(before, obstacle=Obstacle.OTHER_SCHEMA)
        after = tuple(sorted(violation.policy for violation in assessment.violations))
        return replace(before, after=assessment.outcome, violations_after=after, detector=detector)

    def _again(
        self, opened: Opened, policies: Policies, changes: Changes, sent: Input | None, judge: Judge
    ) -> tuple[Assessment, str]:
        then, person = opened.body, str(opened.entry.subject)
        if sent is not None:
            judgement = _tiered(judged(sent.action, sent.context, judge), changes)
            consent = frozenset(scope["__entity"]["id"] for scope in then["facts"]["context"]["consent"])
            request = facts_of_action(sent.action, sent.context).request(person, TextFacts.of(judgement), consent)
            again = assess(
                request,
                policies,
                judged=judgement.coverage.judged,
                text=text_score(judgement, self.guardian.thresholds),
            )
            return again, judgement.version
        said = then["detector"]
        request = PolicyRequest.from_facts(_by_thresholds(then["facts"], said, changes))
        again = assess(request, policies, judged=said["judged"], text=1.0)
        return again, said["version"]

    def _of_then(self, named: Named) -> Policies:
        return self.guardian.book.load({"version": named["version"], "sha256": named["sha256"]})

    def _hash(self, opened: Opened, sent: Input) -> str:
        return self.guardian.input_hash(str(opened.entry.subject), sent.action, sent.context)


def _tiered(judgement: Judgement, changes: Changes) -> Judgement:
    """The judgement by other thresholds."""
    return replace(
        judgement,
        harm_tier=changes.harm.tier(judgement.harm) if changes.harm else judgement.harm_tier,
        injection_tier=changes.injection.tier(judgement.injection) if changes.injection else judgement.injection_tier,
    )


def _by_thresholds(facts: Mapping[str, Any], scores: Mapping[str, Any], changes: Changes) -> dict[str, Any]:
    """Logged facts with the tiers that the logged scores have by other thresholds."""
    text = dict(facts["context"]["text"])
    for name, thresholds in (("harm", changes.harm), ("injection", changes.injection)):
        if thresholds is not None:
            text[name] = {"__entity": {"type": "Tier", "id": thresholds.tier(scores[name])}}
    return {**facts, "context": {**facts["context"], "text": text}}


def _without_override(then: Mapping[str, Any]) -> Outcome:
    """What the policies said, whatever two people made of it."""
    outcome = Outcome(then["outcome"])
    if outcome is not Outcome.OVERRIDDEN:
        return outcome
    return outcome_of((violation["severity"] for violation in then["violations"]), judged=then["detector"]["judged"])


def _ids(violations: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(sorted(violation["policy"] for violation in violations))
