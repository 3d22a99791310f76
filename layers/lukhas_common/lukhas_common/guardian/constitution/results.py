"""What is answered."""

from __future__ import annotations

from dataclasses import dataclass, field

from lukhas_common.guardian.constitution.engine import Critique, Flaw
from lukhas_common.guardian.text.judgement import Coverage, Tier


@dataclass
class ValidationResult:
    """Whether an action or text goes with the constitution.

    Attributes:
        constitutional_score: 0 to 1.
        violations: a sentence each; they name principle, rule and span, and never repeat the text.
        principles_checked: ids.
        explanation: the decision in words.
        judged: False where it could not be judged; ``valid`` then is False, too.
        coverage: of the action's text; its reasons hold ``context`` and ``principle`` where that was the cause.
        flaws: all that was found, remarks included; their evidence repeats the text.
        needs_llm: what only a language model, or a person, could decide.
        review: somebody should look at it, be it valid or not.
    """

    valid: bool
    constitutional_score: float
    violations: list[str]
    principles_checked: list[str]
    explanation: str
    judged: bool = True
    coverage: Coverage | None = None
    flaws: list[Flaw] = field(default_factory=list)
    needs_llm: list[str] = field(default_factory=list)
    tier: Tier = Tier.CLEAR
    review: bool = False
    engine: str = "embedded"
    fallback: str = ""


@dataclass
class RevisedResponse:
    """A response and what became of it.

    Attributes:
        iterations: how often it was revised; 0 where nothing had to be, or could be.
        improvements: what was changed, a sentence each.
        final_score: of ``revised``, 0 to 1.
        initial_score: of ``original``.
        judged: False where it could not be judged; it then stands as it was, and is not said to be valid.
        valid: nothing in ``revised`` goes against a principle any more.
        refused: ``revised`` is a refusal.
        explanation: what happened, in words.
        needs_llm: what only a language model could do, and was not done.
        critiques: of each iteration, the original's first.
    """

    original: str
    revised: str
    iterations: int
    improvements: list[str]
    final_score: float
    initial_score: float = 0.0
    judged: bool = True
    valid: bool = False
    refused: bool = False
    explanation: str = ""
    needs_llm: list[str] = field(default_factory=list)
    coverage: Coverage | None = None
    critiques: list[Critique] = field(default_factory=list)
    engine: str = "embedded"
    fallback: str = ""


@dataclass
class ConstrainedPrompt:
    """A prompt with the constraints that it may be executed under.

    Attributes:
        constrained: what to send where there is one field only; empty if it is blocked.
        constraints: ids of the principles that it was put under.
        blocked: it must not be executed.
        score: of the prompt, 0 to 1.
        system: the constraints alone, for a field that people cannot write to.
        user: the fenced prompt alone.
        fence: the random word that both ends of the prompt carry.
        neutralised: how many imitations of our own marks were made harmless.
        judged: False where the prompt could not be judged; it is constrained all the same.
    """

    original: str
    constrained: str
    constraints: list[str]
    blocked: bool
    score: float
    violations: list[str] = field(default_factory=list)
    explanation: str = ""
    system: str = ""
    user: str = ""
    fence: str = ""
    neutralised: int = 0
    judged: bool = True
    coverage: Coverage | None = None
    tier: Tier = Tier.CLEAR
    engine: str = "embedded"
    fallback: str = ""
