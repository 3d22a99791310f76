"""Validating actions, revising responses and constraining prompts by a constitution."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Iterable
from typing import Any

from lukhas_common.audit import Audit, StandardAudit
from lukhas_common.guardian.constitution import constraints as fencing
from lukhas_common.guardian.constitution import explaining, records
from lukhas_common.guardian.constitution.contexts import spoken, told
from lukhas_common.guardian.constitution.embedded import EmbeddedEngine
from lukhas_common.guardian.constitution.engine import Critique, Engine, Flaw, Remedy
from lukhas_common.guardian.constitution.levels import RESPONSES
from lukhas_common.guardian.constitution.loop import Loop
from lukhas_common.guardian.constitution.principles import ConstitutionalPrinciple, checked
from lukhas_common.guardian.constitution.results import ConstrainedPrompt, RevisedResponse, ValidationResult
from lukhas_common.guardian.constitution.validation import Held, counted, held
from lukhas_common.guardian.text.judgement import Tier

MAX_ITERATIONS = 10


class ConstitutionalAISafety:
    """Holds actions, responses and prompts against a constitution.

    Attributes:
        constitution: the principles.
        violation_log: what was found and decided, the newest last; hashes of texts, never the texts.
    """

    def __init__(
        self,
        constitution: list[ConstitutionalPrinciple],
        *,
        engine: Engine | None = None,
        reviser: Engine | None = None,
        clock: Callable[[], float] = time.time,
        fence: Callable[[], str] = lambda: secrets.token_hex(16),
        digest: Callable[[bytes], str] = lambda text: hashlib.sha256(text).hexdigest(),
        audit: Audit | None = None,
    ) -> None:
        """Take a constitution.

        Args:
            engine: finds flaws in actions and prompts; the embedded one unless another is given.
            reviser: finds them in responses, and revises; the engine, if one was given, or the embedded one at the
                level of responses.
            fence: draws the word that fences prompts; nobody may be able to guess it.
            digest: of a text, for the log; give a keyed one where texts are short enough to be guessed.
            audit: takes each decision.

        Raises:
            ValueError: the constitution has no principle, or some without id or text, or with the same id.
        """
        checked(constitution)
        self.constitution = constitution
        self.violation_log: list[dict[str, Any]] = []
        self._engine = engine or EmbeddedEngine()
        self._reviser = reviser or engine or EmbeddedEngine(level=RESPONSES)
        self._clock = clock
        self._fence = fence
        self._digest = digest
        self._audit = audit or StandardAudit("lukhas.guardian")

    def validate_action(self, action: str, context: dict[str, Any]) -> ValidationResult:
        """Hold an action, and every text in its context, against the constitution.

        Raises:
            ValueError: the constitution has become empty.
        """
        checked(self.constitution)
        engine = self._engine.begin()
        own = engine.critique(spoken(action), self.constitution)
        texts, complete = told(context)
        short = engine.at_hand()
        others = [
            Held(it.path, it.text, it.prose, (engine if it.prose else short).critique(it.text, self.constitution))
            for it in texts
        ]
        result = held(own, others, complete)
        outcome = "valid" if result.valid else "invalid" if result.judged else "not judged"
        self._log("validate_action", "action", action, own, own.violations, outcome)
        for other in others:
            flaws = counted(other.critique)
            if flaws or other.prose:
                self._log("validate_action", other.path, other.text, other.critique, flaws, outcome)
        self._record("validate_action", outcome, own, len(result.violations))
        return result

    def critique_and_revise(self, response: str, max_iterations: int = 3) -> RevisedResponse:
        """Revise a response until nothing speaks against it, or a revision changes nothing or makes it worse.

        The best of all iterations is answered. A response that cannot be judged is answered as it is, and not as valid.

        Raises:
            ValueError: ``max_iterations`` is not from 1 to 10, or the constitution has become empty.
        """
        if isinstance(max_iterations, bool) or not isinstance(max_iterations, int):
            raise ValueError(f"max_iterations must be a whole number from 1 to {MAX_ITERATIONS}")
        if not 1 <= max_iterations <= MAX_ITERATIONS:
            raise ValueError(f"max_iterations must be from 1 to {MAX_ITERATIONS}")
        checked(self.constitution)
        loop = Loop(self._reviser.begin(), self.constitution)
        for text, critique, outcome in loop.run(response, max_iterations):
            self._log(
                "critique_and_revise", f"iteration {loop.iterations}", text, critique, critique.violations, outcome
            )
        result = loop.result()
        outcome = "refused" if result.refused else "revised" if result.revised != response else "unchanged"
        self._record("critique_and_revise", outcome, loop.first, len(loop.first.violations))
        return result

    def enforce_safety_constraints(self, prompt: str) -> ConstrainedPrompt:
        """Put a prompt under the constitution before it is executed, or block it.

        Raises:
            ValueError: the constitution has become empty, or no fence could be drawn.
        """
        checked(self.constitution)
        critique = self._engine.begin().critique(prompt, self.constitution)
        # What else is against a principle in a response, such as personal data, is no reason not to answer a prompt.
        against = [flaw for flaw in critique.violations if flaw.remedy in (Remedy.CUT, Remedy.REFUSE)]
        blocked = bool(against) and critique.tier is Tier.BLOCK
        judged = critique.coverage.judged
        body, imitations = fencing.neutralised(prompt)
        word = fencing.fence(prompt, self._fence)
        system = fencing.constraints(self.constitution, word, judged)
        user = "" if blocked else fencing.fenced(body, word)
        outcome = "blocked" if blocked else "constrained" if judged else "not judged"
        self._log("enforce_safety_constraints", "prompt", prompt, critique, against, outcome)
        self._record("enforce_safety_constraints", outcome, critique, len(against))
        return ConstrainedPrompt(
            original=prompt,
            constrained="" if blocked else f"{system}\n\n{user}",
            constraints=[principle.id for principle in self.constitution],
            blocked=blocked,
            score=critique.score,
            violations=[explaining.violation(flaw) for flaw in against],
            explanation=explaining.constrained(blocked, critique, imitations),
            system=system,
            user=user,
            fence=word,
            neutralised=imitations,
            judged=judged,
            coverage=critique.coverage,
            tier=critique.tier,
            engine=critique.engine,
            fallback=critique.fallback,
        )

    def _log(
        self, operation: str, where: str, text: str, critique: Critique, flaws: Iterable[Flaw], outcome: str
    ) -> None:
        text_hash = records.hashed(text, self._digest)
        new = records.entries(operation, where, text_hash, critique, flaws, outcome, self._clock())
        records.keep(self.violation_log, new)

    def _record(self, operation: str, outcome: str, critique: Critique, violations: int) -> None:
        self._audit.record(
            f"guardian.{operation}",
            outcome=outcome,
            violations=violations,
            score_ppm=round(critique.score * 1_000_000),
            tier=critique.tier.value,
            engine=critique.engine,
            fallback=critique.fallback or None,
            language=critique.coverage.language,
            length=critique.coverage.length,
        )
