"""The engine that needs no network: the text detector, and patterns for claims.

It leaves out, redacts, rewords and refuses; it writes nothing that the text does not say. What takes a language model
is named in ``needs_llm``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from lukhas_common.guardian.constitution import disclosure, evasion, hedging, sources
from lukhas_common.guardian.constitution.claims import Claim
from lukhas_common.guardian.constitution.engine import Critique, Flaw, Remedy, Revision
from lukhas_common.guardian.constitution.harm import Cut, Harm, examine
from lukhas_common.guardian.constitution.levels import SENSITIVE, Judge, Level, reaches
from lukhas_common.guardian.constitution.principles import (
    CATEGORIES,
    HARMLESSNESS,
    HELPFULNESS,
    HONESTY,
    TRANSPARENCY,
    ConstitutionalPrinciple,
)
from lukhas_common.guardian.constitution.revising import revised
from lukhas_common.guardian.constitution.sentences import Part, parts
from lukhas_common.guardian.constitution.wording import MARKS
from lukhas_common.guardian.text.judgement import Category, Coverage, Finding, Tier

Spans = Callable[[str], Sequence[Finding]]
"""Finds secrets and personal data in a text."""

EVIDENCE = 120
"""Characters of the text that evidence repeats at most."""

_SEVERITY = {Category.SECRET: 0.6, Category.PERSONAL_DATA: 0.35}
_CLAIM_SEVERITY = {"overclaim": 0.2, "source": 0.15, "disclosure": 0.4}


def _judge() -> Judge:
    from lukhas_common.guardian.text.judge import judge

    return judge


def _spans() -> Spans:
    from lukhas_common.guardian.text.spans import sensitive_spans

    return sensitive_spans


@dataclass(frozen=True, slots=True)
class EmbeddedEngine:
    """The Engine port in this process.

    Attributes:
        judge: of text; the detector unless another is given.
        spans: finds secrets and personal data.
        level: from which tier on a text is revised.
    """

    judge: Judge = field(default_factory=_judge)
    spans: Spans = field(default_factory=_spans)
    level: Level = field(default_factory=Level)

    def begin(self) -> EmbeddedEngine:
        return self

    def at_hand(self) -> EmbeddedEngine:
        return self

    def critique(self, text: str, constitution: Sequence[ConstitutionalPrinciple]) -> Critique:
        by_kind: dict[str, str] = {}
        for principle in constitution:
            by_kind.setdefault(principle.category, principle.id)
        harm = examine(text, self.judge, self.level)
        coverage = harm.judgement.coverage
        checked = tuple(principle.id for principle in constitution if principle.category in CATEGORIES)
        unchecked = tuple(principle.id for principle in constitution if principle.category not in CATEGORIES)
        if not coverage.judged:
            return Critique((), 0.0, Tier.CLEAR, coverage, (), checked + unchecked)
        flaws = sorted(self._flaws(text, harm, by_kind), key=lambda flaw: (flaw.start, flaw.end))
        said = (harm.harm, harm.injection) if HARMLESSNESS in by_kind else ()
        score = 1.0
        for weight in (*said, *(flaw.severity for flaw in flaws if flaw.remedy not in (Remedy.CUT, Remedy.REFUSE))):
            score *= 1 - weight
        tier = harm.tier if said else Tier.CLEAR
        return Critique(tuple(flaws), min(1.0, max(0.0, score)), tier, coverage, checked, unchecked)

    def revise(self, text: str, critique: Critique, constitution: Sequence[ConstitutionalPrinciple]) -> Revision:
        return revised(text, critique, lambda changed: self.critique(changed, constitution))

    def _flaws(self, text: str, harm: Harm, by_kind: dict[str, str]) -> Iterator[Flaw]:
        pieces = parts(text)
        if principle := by_kind.get(HARMLESSNESS):
            yield from (_harmful(text, cut, harm.whole, principle) for cut in harm.cuts)
            if not harm.acts and reaches(harm.tier, Tier.REVIEW):
                yield _unsure(text, harm, principle)
            yield from self._sensitive(text, harm, principle)
        if principle := by_kind.get(HONESTY):
            for claim in hedging.overclaims(text, pieces):
                yield _claimed(text, claim, principle, "Say it with its uncertainty.", "check whether the claim holds")
            for claim in sources.unsourced(text, pieces):
                yield _claimed(text, claim, principle, "Name the source, or say that there is none.", "find the source")
        if principle := by_kind.get(TRANSPARENCY):
            for claim in disclosure.disguises(text, pieces):
                yield _claimed(text, claim, principle, "Say that an AI wrote this.", "")
        if principle := by_kind.get(HELPFULNESS):
            yield from _evasive(text, pieces, principle)

    def _sensitive(self, text: str, harm: Harm, principle: str) -> Iterator[Flaw]:
        found = [*self.spans(text), *(each for each in harm.judgement.findings if each.category in SENSITIVE)]
        end = 0
        for each in sorted(found, key=lambda each: (each.start, -each.end)):
            start = max(each.start, end)
            if start >= each.end:
                continue
            end = each.end
            kind = each.rule.partition(":")[2] or each.category.value
            yield Flaw(
                principle,
                each.rule,
                start,
                end,
                f"{kind}, {end - start} characters",
                "Take it out: it gives away what is not for readers.",
                _SEVERITY.get(each.category, 0.35),
                Remedy.REDACT,
                MARKS[each.category],
            )


def quoted(text: str, start: int, end: int) -> str:
    """The words of a span, shortened."""
    words = " ".join(text[start : min(end, start + 2 * EVIDENCE)].split())
    return words if len(words) <= EVIDENCE else f"{words[: EVIDENCE - 1]}…"


def _harmful(text: str, cut: Cut, whole: bool, principle: str) -> Flaw:
    what = "instructions that somebody planted" if cut.planted else "harmful content"
    return Flaw(
        principle,
        cut.rule,
        cut.start,
        cut.end,
        quoted(text, cut.start, cut.end),
        f"Decline: the response itself is {what}." if whole else f"Leave it out: {what}.",
        max(cut.score, 0.01),
        Remedy.REFUSE if whole else Remedy.CUT,
        "planted" if cut.planted else "",
        "write what is of use in it without the harm",
    )


def _unsure(text: str, harm: Harm, principle: str) -> Flaw:
    found = max(
        (each for each in harm.judgement.findings if each.category not in SENSITIVE),
        key=lambda each: each.score,
        default=None,
    )
    start, end = (found.start, found.end) if found else (0, len(text))
    return Flaw(
        principle,
        found.rule if found else "classifier",
        start,
        end,
        quoted(text, start, end),
        "Have it reviewed: it may do harm.",
        0.0,
        needs_llm="decide by its context whether it does harm",
    )


def _claimed(text: str, claim: Claim, principle: str, change: str, needs_llm: str) -> Flaw:
    severity = _CLAIM_SEVERITY[claim.rule.partition(":")[0]]
    evidence = quoted(text, claim.start, claim.end)
    return Flaw(
        principle, claim.rule, claim.start, claim.end, evidence, change, severity, Remedy.REWORD, claim.words, needs_llm
    )


def _evasive(text: str, pieces: Sequence[Part], principle: str) -> Iterator[Flaw]:
    if evasion.is_bare_refusal(text, pieces):
        change = "Say why, and what can be done instead."
        yield Flaw(
            principle, "evasion:bare-refusal", 0, len(text), quoted(text, 0, len(text)), change, 0.05,
            needs_llm="write an answer that is of use",
        )  # fmt: skip


def unjudged(reasons: tuple[str, ...], length: int, constitution: Sequence[ConstitutionalPrinciple]) -> Critique:
    """What is said of something that could not even be looked at."""
    coverage = Coverage(False, "und", length, 0, (), tuple(sorted(reasons)))
    return Critique((), 0.0, Tier.CLEAR, coverage, (), tuple(principle.id for principle in constitution))
