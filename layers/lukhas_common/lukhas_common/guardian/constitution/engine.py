"""The port of engines: what they find in a text, and what they make of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from lukhas_common.guardian.constitution.principles import ConstitutionalPrinciple
from lukhas_common.guardian.text.judgement import Coverage, Tier


class Remedy(StrEnum):
    """What is to be done about a flaw."""

    REFUSE = "refuse"
    """The harm is the response itself: another stands in its place."""
    CUT = "cut"
    """The span is left out, and the text says so."""
    REDACT = "redact"
    """A mark stands in the span's place."""
    REWORD = "reword"
    """Other words stand in the span's place."""
    REWRITE = "rewrite"
    """Only a language model can say it otherwise; without one it stays, and the text stays invalid."""
    NONE = "none"
    """It is said, and nothing is changed."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing in a text that goes against a principle.

    Attributes:
        principle: its id.
        rule: what found it, such as ``lexicon:weapons`` or ``overclaim:certain-effect``.
        start: of the span in the text, in code points.
        end: after the span's last code point.
        evidence: the span's words, shortened; of secrets and personal data only what kind they are.
        change: what to change, in a sentence.
        severity: 0 to 1.
        remedy: how it is revised.
        words: what takes the span's place, where the remedy is REDACT or REWORD.
        needs_llm: what only a language model, or a person, could do about it; empty if nothing.
    """

    principle: str
    rule: str
    start: int
    end: int
    evidence: str
    change: str
    severity: float
    remedy: Remedy = Remedy.NONE
    words: str = ""
    needs_llm: str = ""

    @property
    def violates(self) -> bool:
        """Whether it makes the text invalid; what has no remedy is a remark."""
        return self.remedy is not Remedy.NONE


@dataclass(frozen=True, slots=True)
class Critique:
    """What an engine says of a text.

    Attributes:
        flaws: in the order of the text.
        score: 1 where nothing speaks against the text, down to 0.
        tier: the worse of the detector's tiers of harm and injection.
        coverage: what could be judged; where ``judged`` is False, no flaws means nothing.
        checked: ids of the principles that were checked.
        unchecked: ids of the principles that this engine cannot check.
        engine: which answered.
        fallback: why it was not the engine that was asked; empty if it was.
    """

    flaws: tuple[Flaw, ...]
    score: float
    tier: Tier
    coverage: Coverage
    checked: tuple[str, ...]
    unchecked: tuple[str, ...] = ()
    engine: str = "embedded"
    fallback: str = ""

    @property
    def judged(self) -> bool:
        """Whether the text could be judged by every principle."""
        return self.coverage.judged and not self.unchecked

    @property
    def violations(self) -> tuple[Flaw, ...]:
        return tuple(flaw for flaw in self.flaws if flaw.violates)

    @property
    def clean(self) -> bool:
        return self.coverage.judged and not self.violations


@dataclass(frozen=True, slots=True)
class Revision:
    """What an engine made of a text.

    Attributes:
        improvements: what was changed, a sentence each.
        needs_llm: what only a language model could have done.
        refused: another response stands in the whole text's place.
    """

    text: str
    improvements: tuple[str, ...] = ()
    needs_llm: tuple[str, ...] = ()
    refused: bool = False
    engine: str = "embedded"
    fallback: str = ""


@dataclass(frozen=True, slots=True)
class Moderation:
    """What a moderation service says of a text.

    Attributes:
        intervened: whether it would have blocked or masked something.
        flaws: what it found, with spans where it gives them, otherwise the whole text.
        units: text units that it charged.
    """

    intervened: bool
    flaws: tuple[Flaw, ...] = ()
    units: int = 0


class Engine(Protocol):
    """Finds flaws in a text and revises it.

    ``begin`` answers the engine for one request, whose costs are counted from zero, and ``at_hand`` the one that costs
    nothing, for the many short texts of a context. ``critique`` never raises because
    of what a text holds, and says by ``coverage`` what it could not judge. ``revise`` removes every violation that the
    critique names, invents no fact and no source, and leaves a text as it is, to the byte, where there is none or where
    it could not be judged.
    """

    def begin(self) -> Engine: ...
    def at_hand(self) -> Engine: ...
    def critique(self, text: str, constitution: Sequence[ConstitutionalPrinciple]) -> Critique: ...
    def revise(self, text: str, critique: Critique, constitution: Sequence[ConstitutionalPrinciple]) -> Revision: ...


class Moderator(Protocol):
    """Asks a moderation service. ``source`` is ``INPUT`` for what people say, ``OUTPUT`` for what a model says."""

    def moderate(self, text: str, source: str) -> Moderation: ...
