"""What follows for an action from what was found in it and in its context."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lukhas_common.guardian.constitution import explaining
from lukhas_common.guardian.constitution.engine import Critique, Flaw, Remedy
from lukhas_common.guardian.constitution.results import ValidationResult
from lukhas_common.guardian.constitution.revising import unique
from lukhas_common.guardian.text.judgement import Tier

_ORDER = (Tier.CLEAR, Tier.REVIEW, Tier.BLOCK)


@dataclass(frozen=True, slots=True)
class Held:
    """A text of the context and what was found in it."""

    path: str
    text: str
    prose: bool
    critique: Critique


def counted(critique: Critique) -> list[Flaw]:
    """The violations of a text in a context: personal data is what actions are about, overclaims are their authors'."""
    return [
        flaw
        for flaw in critique.violations
        if flaw.remedy in (Remedy.CUT, Remedy.REFUSE) or flaw.rule.startswith("secret")
    ]


def held(own: Critique, others: Sequence[Held], complete: bool) -> ValidationResult:
    """The decision on an action.

    Args:
        own: of the action itself.
        complete: the whole context could be looked at.
    """
    unjudged = explaining.reasons(own) + ([] if complete else ["context"])
    unjudged += [f"context {reason}" for it in others if it.prose for reason in explaining.reasons(it.critique)]
    found = [("", flaw) for flaw in own.violations]
    found += [(it.path, flaw) for it in others for flaw in counted(it.critique)]
    violations = [explaining.violation(flaw, where) for where, flaw in found]
    looked = [own, *(it.critique for it in others if it.critique.coverage.judged)]
    tier = max((critique.tier for critique in looked), key=_ORDER.index)
    scores = [own.score, *(it.critique.score for it in others if counted(it.critique))]
    return ValidationResult(
        valid=not unjudged and not violations,
        constitutional_score=min(scores) if not unjudged else 0.0,
        violations=violations,
        principles_checked=list(own.checked),
        explanation=explaining.validated(own, len(found), (flaw.principle for _, flaw in found), unjudged, tier),
        judged=not unjudged,
        coverage=own.coverage,
        flaws=[*own.flaws, *(flaw for it in others for flaw in it.critique.flaws)],
        needs_llm=list(unique(flaw.needs_llm for critique in looked for flaw in critique.flaws)),
        tier=tier,
        review=bool(unjudged) or tier is not Tier.CLEAR,
        engine=own.engine,
        fallback=own.fallback or next((it.critique.fallback for it in others if it.critique.fallback), ""),
    )
