"""What is said of a text once it was judged."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Tier(StrEnum):
    """How sure the detector is that a text does harm."""

    CLEAR = "clear"
    REVIEW = "review"
    BLOCK = "block"


class Category(StrEnum):
    """What a finding is about."""

    VIOLENCE = "violence"
    WEAPONS = "weapons"
    EXTREMISM = "extremism"
    SELF_HARM = "self_harm"
    SEXUAL = "sexual"
    MINORS = "minors"
    HATE = "hate"
    HARASSMENT = "harassment"
    DRUGS = "drugs"
    CRIME = "crime"
    FRAUD = "fraud"
    CYBER = "cyber"
    PRIVACY = "privacy"
    MISINFORMATION = "misinformation"
    ADVICE = "advice"
    """Medical, legal or financial advice that only a professional may give."""
    INJECTION = "injection"
    """Text that gives orders to the assistant in the person's or the operator's place."""
    JAILBREAK = "jailbreak"
    """Text that talks the assistant out of its rules."""
    SECRET = "secret"
    """A password, key or token."""
    PERSONAL_DATA = "personal_data"
    ENCODING = "encoding"
    """Text that was hidden: in another script's letters, invisible characters, base64 and the like."""
    HARM = "harm"
    """What the classifier finds harmful as a whole."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found in a text.

    Attributes:
        rule: what found it, such as ``lexicon:weapons``, ``injection:override``, ``classifier`` or ``secret:aws-key``.
        start: of the span in the text as it was given, in code points.
        end: after the span's last code point; the whole text where no narrower span is known.
        score: how sure that rule is, 0 to 1.
        view: how the text had to be read for it, such as ``base64``; empty where it is plain to see.
    """

    category: Category
    rule: str
    start: int
    end: int
    score: float
    view: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What could be judged.

    Attributes:
        judged: False where the text is of a kind that the detector does not know: then clear means nothing.
        language: ISO 639-1, ``und`` where it cannot be told.
        length: code points of the text.
        examined: code points that were looked at.
        encodings: how parts of it were hidden, sorted.
        reasons: why it could not be judged, such as ``language``, ``length``, ``binary``, ``empty``; sorted.
    """

    judged: bool
    language: str
    length: int
    examined: int
    encodings: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which score on a text is reviewed, and from which it is blocked; 0 to 1."""

    review: float
    block: float

    def tier(self, score: float) -> Tier:
        if score >= self.block:
            return Tier.BLOCK
        return Tier.REVIEW if score >= self.review else Tier.CLEAR


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the detector says of a text.

    Attributes:
        harm: how likely it is that it does harm, 0 to 1: the worst of all views.
        injection: how likely it is that it gives orders in somebody else's place, 0 to 1.
        harm_tier: of ``harm``, by the thresholds of the detector.
        injection_tier: of ``injection``.
        findings: in the order of the text.
        version: of the detector: its rules, model and thresholds.
    """

    harm: float
    injection: float
    harm_tier: Tier
    injection_tier: Tier
    findings: tuple[Finding, ...]
    coverage: Coverage
    version: str
