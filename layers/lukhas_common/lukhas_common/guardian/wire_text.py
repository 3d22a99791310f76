"""What goes over the wire of a judged text."""

from __future__ import annotations

from pydantic import BaseModel, Field

from lukhas_common.guardian.text.judgement import Coverage, Judgement, Tier


class CoverageFacts(BaseModel):
    """What could be judged."""

    judged: bool = Field(description="False: cannot judge. Then valid is false, which says nothing against it.")
    language: str = Field(description="ISO 639-1, or und.")
    length: int
    examined: int
    encodings: list[str] = Field(description="How parts of the text were hidden.")
    reasons: list[str] = Field(description="Why it could not be judged.", examples=[["language"]])

    @classmethod
    def of(cls, coverage: Coverage) -> CoverageFacts:
        return cls(
            judged=coverage.judged,
            language=coverage.language,
            length=coverage.length,
            examined=coverage.examined,
            encodings=list(coverage.encodings),
            reasons=list(coverage.reasons),
        )


class TextScores(BaseModel):
    """What the detector says of the texts of an action, the worst of all."""

    harm: float = Field(description="0 to 1: how likely they do harm.")
    harm_tier: Tier
    injection: float = Field(description="0 to 1: how likely they give orders in somebody else's place.")
    injection_tier: Tier

    @classmethod
    def of(cls, judgement: Judgement) -> TextScores:
        return cls(
            harm=round(judgement.harm, 4),
            harm_tier=judgement.harm_tier,
            injection=round(judgement.injection, 4),
            injection_tier=judgement.injection_tier,
        )
