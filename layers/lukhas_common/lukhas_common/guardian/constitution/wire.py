"""What goes over the wire: the requests and responses of revision and constraint."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from lukhas_common.guardian.constitution.engine import Flaw
from lukhas_common.guardian.constitution.results import ConstrainedPrompt, RevisedResponse
from lukhas_common.guardian.text.judgement import Tier
from lukhas_common.guardian.wire_text import CoverageFacts
from lukhas_common.strict_request import StrictRequest

LONGEST = 1_000_000


def _bounded(text: str) -> str:
    if len(text) > LONGEST:
        raise ValueError(f"at most {LONGEST} code points are taken: send a part")
    return text


Text = Annotated[str, AfterValidator(_bounded)]


class ReviseRequest(StrictRequest):
    """A response of an assistant."""

    response: Text = Field(examples=["This is 100% guaranteed to cure you."])
    max_iterations: int = Field(3, ge=1, le=10)


class FlawFacts(BaseModel):
    """What goes against a principle, and where."""

    principle: str
    rule: str = Field(examples=["overclaim:certain-effect"])
    start: int = Field(description="Of the span in the response as it was sent, in code points.")
    end: int
    evidence: str = Field(description="The words; of secrets and personal data only what kind they are.")
    change: str = Field(description="What to change.")
    severity: float
    remedy: str
    needs_llm: str = Field(description="What only a language model could do about it; empty if nothing.")

    @classmethod
    def of(cls, flaw: Flaw) -> FlawFacts:
        return cls(
            principle=flaw.principle,
            rule=flaw.rule,
            start=flaw.start,
            end=flaw.end,
            evidence=flaw.evidence,
            change=flaw.change,
            severity=round(flaw.severity, 4),
            remedy=flaw.remedy,
            needs_llm=flaw.needs_llm,
        )


class RevisionResponse(BaseModel):
    """What became of a response."""

    revised: str
    changed: bool
    valid: bool = Field(description="Nothing in it goes against a principle any more.")
    judged: bool = Field(description="False: cannot judge; it stands as it was.")
    refused: bool = Field(description="A refusal stands in its place.")
    iterations: int
    improvements: list[str]
    initial_score: float
    final_score: float
    explanation: str
    needs_llm: list[str] = Field(description="What only a language model could do, and was not done.")
    critique: list[FlawFacts] = Field(description="Of the response as it was sent.")
    coverage: CoverageFacts | None
    engine: str
    fallback: str = Field(description="Why the engine that was asked did not answer; empty if it did.")

    @classmethod
    def of(cls, result: RevisedResponse) -> RevisionResponse:
        first = result.critiques[0].flaws if result.critiques else ()
        return cls(
            revised=result.revised,
            changed=result.revised != result.original,
            valid=result.valid,
            judged=result.judged,
            refused=result.refused,
            iterations=result.iterations,
            improvements=result.improvements,
            initial_score=round(result.initial_score, 4),
            final_score=round(result.final_score, 4),
            explanation=result.explanation,
            needs_llm=result.needs_llm,
            critique=[FlawFacts.of(flaw) for flaw in first],
            coverage=None if result.coverage is None else CoverageFacts.of(result.coverage),
            engine=result.engine,
            fallback=result.fallback,
        )


class ConstrainRequest(StrictRequest):
    """A prompt that is about to be executed."""

    prompt: Text = Field(examples=["Summarise this page for me."])


class ConstraintResponse(BaseModel):
    """A prompt with the constraints that it may be executed under."""

    blocked: bool = Field(description="It must not be executed.")
    constrained: str = Field(description="What to send where there is one field only; empty if it is blocked.")
    system: str = Field(description="The constraints alone, for a field that people cannot write to.")
    user: str = Field(description="The fenced prompt alone.")
    constraints: list[str] = Field(description="Principles that it was put under.")
    score: float
    tier: Tier
    violations: list[str]
    explanation: str
    judged: bool
    neutralised: int = Field(description="Imitations of our own marks that were made harmless.")
    coverage: CoverageFacts | None
    engine: str
    fallback: str

    @classmethod
    def of(cls, result: ConstrainedPrompt) -> ConstraintResponse:
        return cls(
            blocked=result.blocked,
            constrained=result.constrained,
            system=result.system,
            user=result.user,
            constraints=result.constraints,
            score=round(result.score, 4),
            tier=result.tier,
            violations=result.violations,
            explanation=result.explanation,
            judged=result.judged,
            neutralised=result.neutralised,
            coverage=None if result.coverage is None else CoverageFacts.of(result.coverage),
            engine=result.engine,
            fallback=result.fallback,
        )
