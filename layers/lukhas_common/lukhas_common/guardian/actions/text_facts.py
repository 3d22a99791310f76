"""What the policies know of the text that belongs to an action."""

from __future__ import annotations

from dataclasses import dataclass

from lukhas_common.guardian.text.judgement import Category, Judgement, Tier


@dataclass(frozen=True, slots=True)
class TextFacts:
    """The part of a judgement that policies decide by.

    Attributes:
        judged: False where the detector does not know this kind of text; then clear means nothing.
        categories: of everything that was found.
    """

    harm: Tier
    injection: Tier
    judged: bool
    categories: frozenset[Category] = frozenset()

    @classmethod
    def of(cls, judgement: Judgement) -> TextFacts:
        return cls(
            judgement.harm_tier,
            judgement.injection_tier,
            judgement.coverage.judged,
            frozenset(finding.category for finding in judgement.findings),
        )


UNJUDGED = TextFacts(Tier.CLEAR, Tier.CLEAR, judged=False)
"""For an action whose text nobody looked at."""
