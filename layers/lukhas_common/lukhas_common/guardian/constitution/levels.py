"""From which judgement on a text is revised."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lukhas_common.guardian.text.judgement import Category, Finding, Judgement, Tier

Judge = Callable[[str], Judgement]
"""Judges a text; never raises because of what it holds."""

PLANTED = frozenset({Category.INJECTION, Category.JAILBREAK})
"""What gives the assistant orders in somebody else's place."""

SENSITIVE = frozenset({Category.SECRET, Category.PERSONAL_DATA})
"""What is redacted where it stands."""

REMARKS = SENSITIVE | {Category.ENCODING}
"""What does not make a text harmful by itself."""

ORDER = (Tier.CLEAR, Tier.REVIEW, Tier.BLOCK)


def reaches(tier: Tier, level: Tier) -> bool:
    """Whether a tier is at least that level."""
    return ORDER.index(tier) >= ORDER.index(level)


def worst(judgement: Judgement) -> Tier:
    """The worse of harm and injection."""
    return max(judgement.harm_tier, judgement.injection_tier, key=ORDER.index)


@dataclass(frozen=True, slots=True)
class Level:
    """From which tier on a text is revised.

    Attributes:
        plain: of harm.
        told: of harm where something else speaks for it: the text starts by complying with a request, or hides a part.
        planted: of instructions to the assistant, which a response has no use for.
        passage: of harm of a paragraph among others, or of a passage that was hidden, judged as a text of its own; None
            judges sentences alone.
        suspect: of harm as a score, where something else speaks for it, in a text's point or hidden passage by itself;
            None knows tiers alone.
    """

    plain: Tier = Tier.BLOCK
    told: Tier = Tier.REVIEW
    planted: Tier = Tier.REVIEW
    passage: Tier | None = None
    suspect: float | None = None

    def met(self, said: Judgement, told: bool = False) -> bool:
        """Whether a judgement reaches it."""
        harm = reaches(said.harm_tier, self.told if told else self.plain)
        return harm or reaches(said.injection_tier, self.planted)

    def passes(self, passage: Judgement) -> bool:
        """Whether a passage by itself stays below it."""
        harm = self.passage is not None and reaches(passage.harm_tier, self.passage)
        return not passage.coverage.judged or not (harm or reaches(passage.injection_tier, self.planted))

    def suspects(self, said: Judgement) -> bool:
        """Whether what a response gets to after its opening, or hides, is bad enough by itself."""
        return said.coverage.judged and (
            self.met(said, True) or (self.suspect is not None and said.harm >= self.suspect)
        )

    def counts_whole(self, opens: bool, hides: bool) -> bool:
        """Whether the whole is held to ``told``: with a score not for an opening, which sounds suspicious by itself."""
        return hides or (opens and self.suspect is None)


ACTIONS = Level()
"""Of actions and prompts."""

RESPONSES = Level(passage=Tier.REVIEW, suspect=0.56)
"""Of responses: to leave out a paragraph costs their readers less than to refuse it all, so less is asked for it."""


def weightiest(counted: Sequence[Judgement]) -> tuple[str, bool]:
    """The rule that says most, and whether it is about planted instructions."""
    said = max(counted, key=lambda each: (ORDER.index(worst(each)), each.harm, each.injection))
    planted = ORDER.index(said.injection_tier) > ORDER.index(said.harm_tier)
    findings: list[Finding] = [
        found for found in said.findings if found.category not in REMARKS and (found.category in PLANTED) == planted
    ]
    best = max(findings, key=lambda found: found.score, default=None)
    return (best.rule if best else "injection" if planted else "classifier"), planted
