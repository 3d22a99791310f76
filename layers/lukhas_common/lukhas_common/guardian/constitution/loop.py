"""The loop of critique and revision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lukhas_common.guardian.constitution import explaining
from lukhas_common.guardian.constitution.engine import Critique, Engine, Remedy
from lukhas_common.guardian.constitution.principles import ConstitutionalPrinciple
from lukhas_common.guardian.constitution.results import RevisedResponse
from lukhas_common.guardian.constitution.revising import unique
from lukhas_common.guardian.constitution.wording import NEUTRAL

_UNFIT = (Remedy.CUT, Remedy.REFUSE, Remedy.REDACT)


@dataclass
class Loop:
    """One response on its way through critique and revision.

    Attributes:
        first: the critique of the original, after ``run``.
        iterations: how often it was revised so far.
    """

    engine: Engine
    constitution: Sequence[ConstitutionalPrinciple]
    iterations: int = 0
    first: Critique = field(init=False)
    _original: str = ""
    _best: str = ""
    _of_best: Critique = field(init=False)
    _refused: bool = False
    _critiques: list[Critique] = field(default_factory=list)
    _improvements: list[str] = field(default_factory=list)
    _needs: list[str] = field(default_factory=list)
    _fallbacks: list[str] = field(default_factory=list)

    def run(self, response: str, most: int) -> Iterator[tuple[str, Critique, str]]:
        """Revise at most so often; yields each text with its critique and what was found in a word."""
        self._original = self._best = text = response
        self.first = self._of_best = critique = self._criticised(text)
        yield text, critique, _outcome(critique)
        while self.iterations < most and critique.coverage.judged and critique.violations:
            revision = self.engine.revise(text, critique, self.constitution)
            self._fallbacks.append(revision.fallback)
            if revision.text == text:
                break
            self.iterations += 1
            text, critique = revision.text, self._criticised(revision.text)
            yield text, critique, _outcome(critique)
            if not critique.coverage.judged or _rank(critique) <= _rank(self._of_best):
                break
            self._best, self._of_best, self._refused = text, critique, revision.refused
            self._improvements += revision.improvements
            self._needs += revision.needs_llm
        if self.first.coverage.judged and any(flaw.remedy in _UNFIT for flaw in self._of_best.violations):
            # No revision got rid of what must not be answered: nothing of the response is.
            self._best, self._refused = NEUTRAL, True
            self._of_best = self._criticised(NEUTRAL)
            self._improvements.append("declined the whole response: no revision removed what is against the principles")
            yield NEUTRAL, self._of_best, _outcome(self._of_best)

    def result(self) -> RevisedResponse:
        """What became of the response, after ``run``."""
        first, last = self.first, self._of_best
        return RevisedResponse(
            original=self._original,
            revised=self._best,
            iterations=self.iterations,
            improvements=self._improvements,
            final_score=last.score,
            initial_score=first.score,
            judged=first.judged,
            valid=last.judged and last.clean,
            refused=self._refused,
            explanation=explaining.revised(first, last, self.iterations, self._refused),
            needs_llm=list(unique([*(flaw.needs_llm for flaw in first.flaws), *self._needs])),
            coverage=first.coverage,
            critiques=self._critiques,
            engine=last.engine,
            fallback=next((reason for reason in self._fallbacks if reason), ""),
        )

    def _criticised(self, text: str) -> Critique:
        critique = self.engine.critique(text, self.constitution)
        self._critiques.append(critique)
        self._fallbacks.append(critique.fallback)
        return critique


def _rank(critique: Critique) -> tuple[bool, float]:
    return critique.clean, critique.score


def _outcome(critique: Critique) -> str:
    return "clean" if critique.clean else "found" if critique.coverage.judged else "not judged"
