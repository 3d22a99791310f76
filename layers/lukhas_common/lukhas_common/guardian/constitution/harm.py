"""Where in a text the harm is, and whether anything is left without it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lukhas_common.guardian.constitution.sentences import Part, is_item, opener, parts
from lukhas_common.guardian.text.judgement import Category, Finding, Judgement, Tier

Judge = Callable[[str], Judgement]
"""Judges a text; never raises because of what it holds."""

PLANTED = frozenset({Category.INJECTION, Category.JAILBREAK})
"""What gives the assistant orders in somebody else's place."""

SENSITIVE = frozenset({Category.SECRET, Category.PERSONAL_DATA})
"""What is redacted where it stands."""

REMARKS = SENSITIVE | {Category.ENCODING}
"""What does not make a text harmful by itself."""

LEAST_WORDS = 5
LEAST_SHARE = 0.3
"""Words, and their share of the text, that must be left for a response to stand without its harmful parts."""

_ORDER = (Tier.CLEAR, Tier.REVIEW, Tier.BLOCK)


def reaches(tier: Tier, level: Tier) -> bool:
    """Whether a tier is at least that level."""
    return _ORDER.index(tier) >= _ORDER.index(level)


def worst(judgement: Judgement) -> Tier:
    """The worse of harm and injection."""
    return max(judgement.harm_tier, judgement.injection_tier, key=_ORDER.index)


@dataclass(frozen=True, slots=True)
class Cut:
    """A span to be left out.

    Attributes:
        rule: of the finding that weighs most in it.
        planted: it is an instruction to the assistant rather than harm.
    """

    start: int
    end: int
    rule: str
    score: float
    planted: bool


@dataclass(frozen=True, slots=True)
class Harm:
    """What is harmful in a text.

    Attributes:
        judgement: of the whole text.
        harm: the worst of the whole and of the parts that count, 0 to 1, and 0 below the review tier, where scores say
            nothing; so is ``injection``.
        tier: the worst of both.
        acts: it is bad enough to be revised.
        cuts: what to leave out, in the order of the text; if ``whole``, one that spans it all.
        whole: the harm is the text itself: too little would be left.
    """

    judgement: Judgement
    harm: float
    injection: float
    tier: Tier
    acts: bool = False
    cuts: tuple[Cut, ...] = ()
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """From which tier on a text is revised.

    Attributes:
        plain: of harm.
        told: of harm where something else speaks for it: the text starts by complying with a request, or hides a part.
        planted: of instructions to the assistant, which a response has no use for.
    """

    plain: Tier = Tier.BLOCK
    told: Tier = Tier.REVIEW
    planted: Tier = Tier.REVIEW

    def met(self, said: Judgement, told: bool = False) -> bool:
        """Whether a judgement reaches it."""
        harm = reaches(said.harm_tier, self.told if told else self.plain)
        return harm or reaches(said.injection_tier, self.planted)


def examine(text: str, judge: Judge, level: Level) -> Harm:
    """Judge a text as a whole and sentence by sentence, and find what to leave out of it."""
    whole = judge(text)
    if not whole.coverage.judged:
        return Harm(whole, whole.harm, whole.injection, worst(whole))
    point = opener(text)
    seen = [whole, _moved(judge(text[point:]), point)] if point else [whole]
    told = bool(point or whole.coverage.encodings)
    pieces = parts(text)
    flagged = _flagged(text, pieces, point, judge, level)
    acts = bool(flagged) or any(level.met(said, told) for said in seen)
    counted = [*seen, *flagged.values()]
    harm = max((said.harm for said in counted if said.harm_tier is not Tier.CLEAR), default=0.0)
    injection = max((said.injection for said in counted if said.injection_tier is not Tier.CLEAR), default=0.0)
    tier = max((worst(said) for said in counted), key=_ORDER.index)
    if not acts:
        return Harm(whole, harm, injection, tier)
    cuts = _cuts(text, pieces, flagged, counted)
    all_of_it = not cuts or _is_whole(text, pieces, cuts, point)
    if all_of_it or not _stands(text, cuts, judge, level, told):
        rule, planted = _weightiest(counted)
        return Harm(whole, harm, injection, tier, True, (Cut(0, len(text), rule, max(harm, injection), planted),), True)
    return Harm(whole, harm, injection, tier, True, tuple(cuts))


def without(text: str, cuts: Sequence[Cut], mark: Callable[[Cut], str]) -> str:
    """The text with a mark in place of each cut."""
    done, at = [], 0
    for cut in cuts:
        done += [text[at : cut.start], mark(cut)]
        at = cut.end
    return "".join([*done, text[at:]])


def _flagged(text: str, pieces: Sequence[Part], point: int, judge: Judge, level: Level) -> dict[int, Judgement]:
    """The parts that are bad alone or beside a neighbour, and at least unsure both ways: a few words say little."""
    flagged: dict[int, Judgement] = {}
    for at, piece in enumerate(pieces if len(pieces) > 1 else ()):
        start = point if piece.start < point < piece.end else piece.start
        said = _moved(judge(text[start : piece.end]), start)
        if not said.coverage.judged or not level.met(said, True):
            continue
        before = text[max(point, pieces[at - 1].start) : piece.end] if at else ""
        after = text[start : pieces[at + 1].end] if at + 1 < len(pieces) else ""
        beside = [judge(pair) for pair in (before, after) if pair]
        if any(level.met(pair, level.met(said)) for pair in beside):
            flagged[at] = said
    return flagged


def _moved(judgement: Judgement, by: int) -> Judgement:
    """A judgement of a text's part, with its spans in the text."""
    if not by:
        return judgement
    moved = tuple(replace(found, start=found.start + by, end=found.end + by) for found in judgement.findings)
    return replace(judgement, findings=moved)


def _cuts(text: str, pieces: Sequence[Part], flagged: dict[int, Judgement], counted: Sequence[Judgement]) -> list[Cut]:
    """The parts that are bad by themselves, those in which something was found, and the steps that follow them."""
    chosen: dict[int, tuple[str, float, bool]] = {}
    for at, said in flagged.items():
        rule, planted = _weightiest([said])
        chosen[at] = (rule, max(said.harm, said.injection), planted)
    for said in counted:
        for found in said.findings:
            if found.category in REMARKS or found.end <= found.start:
                continue
            touched = [at for at, piece in enumerate(pieces) if piece.start < found.end and found.start < piece.end]
            # A span of many sentences says only that the harm is somewhere among them.
            if len(touched) > 1 and not found.view and any(at in chosen for at in touched):
                continue
            if len(touched) == len(pieces) > 1 and not found.view:
                continue
            for at in touched:
                chosen.setdefault(at, (found.rule, found.score, found.category in PLANTED))
    for at, piece in enumerate(pieces):
        if at and at not in chosen and at - 1 in chosen and is_item(text, piece):
            chosen[at] = chosen[at - 1]
    return _merged(pieces, chosen)


def _merged(pieces: Sequence[Part], chosen: dict[int, tuple[str, float, bool]]) -> list[Cut]:
    """One cut for neighbours of the same kind."""
    cuts: list[Cut] = []
    before = -2
    for at in sorted(chosen):
        rule, score, planted = chosen[at]
        if cuts and before == at - 1 and cuts[-1].planted == planted:
            last = cuts[-1]
            cuts[-1] = Cut(last.start, pieces[at].end, last.rule, max(last.score, score), planted)
        else:
            cuts.append(Cut(pieces[at].start, pieces[at].end, rule, score, planted))
        before = at
    return cuts


def _is_whole(text: str, pieces: Sequence[Part], cuts: Sequence[Cut], point: int) -> bool:
    """Whether too little is left, or the very answer to a harmful request was cut."""
    if point and any(cut.start <= pieces[0].start and not cut.planted for cut in cuts):
        return True
    kept = without(text, cuts, lambda _: " ")[point if cuts[0].start >= point else 0 :].split()
    return len(kept) < LEAST_WORDS or len(kept) < LEAST_SHARE * len(text.split())


def _stands(text: str, cuts: Sequence[Cut], judge: Judge, level: Level, told: bool) -> bool:
    """Whether what is left is harmless."""
    said = judge(without(text, cuts, lambda _: ""))
    return said.coverage.judged and not level.met(said, told)


def _weightiest(counted: Sequence[Judgement]) -> tuple[str, bool]:
    """The rule that says most, and whether it is about planted instructions."""
    said = max(counted, key=lambda each: (_ORDER.index(worst(each)), each.harm, each.injection))
    planted = _ORDER.index(said.injection_tier) > _ORDER.index(said.harm_tier)
    findings: list[Finding] = [
        found for found in said.findings if found.category not in REMARKS and (found.category in PLANTED) == planted
    ]
    best = max(findings, key=lambda found: found.score, default=None)
    return (best.rule if best else "injection" if planted else "classifier"), planted
