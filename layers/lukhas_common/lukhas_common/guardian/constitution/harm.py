"""Where in a text the harm is, and whether anything is left without it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lukhas_common.guardian.constitution.flagging import flagged, moved, uncovered
from lukhas_common.guardian.constitution.levels import ORDER, PLANTED, REMARKS, Judge, Level, weightiest, worst
from lukhas_common.guardian.constitution.sentences import Part, is_item, opener, parts
from lukhas_common.guardian.text.judgement import Judgement, Tier

LEAST_WORDS = 5
LEAST_SHARE = 0.3
"""Words, and their share of the text, that must be left for a response to stand without its harmful parts."""


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
        harm: the worst of the whole and of the parts that count, 0 to 1; below the review tier scores say nothing and
            are 0, but for those that the text is revised for. So is ``injection``.
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


def examine(text: str, judge: Judge, level: Level) -> Harm:
    """Judge a text as a whole and sentence by sentence, and find what to leave out of it."""
    whole = judge(text)
    if not whole.coverage.judged:
        return Harm(whole, whole.harm, whole.injection, worst(whole))
    point, encodings = opener(text), whole.coverage.encodings
    told = level.counts_whole(bool(point), bool(encodings))
    aside = [moved(judge(text[point:]), point)] if point else []
    aside += uncovered(text, judge, level) if encodings and level.passage is not None else []
    pieces = parts(text)
    bad = flagged(text, pieces, point, judge, level)
    suspect = [said for said in aside if level.suspects(said)]
    counted = [whole, *aside, *bad.values()]
    acts = bool(bad or suspect) or level.met(whole, told)
    harm = max((said.harm for said in counted if said.harm_tier is not Tier.CLEAR), default=0.0)
    harm = max([harm, *(said.harm for said in suspect)])
    injection = max((said.injection for said in counted if said.injection_tier is not Tier.CLEAR), default=0.0)
    tier = max([*map(worst, counted), Tier.REVIEW if acts else Tier.CLEAR], key=ORDER.index)
    if not acts:
        return Harm(whole, harm, injection, tier)
    cuts = _cuts(text, pieces, bad, counted)
    all_of_it = not cuts or _is_whole(text, pieces, cuts, point)
    if all_of_it or not _stands(text, cuts, judge, level, told):
        rule, planted = weightiest(counted)
        return Harm(whole, harm, injection, tier, True, (Cut(0, len(text), rule, max(harm, injection), planted),), True)
    return Harm(whole, harm, injection, tier, True, tuple(cuts))


def without(text: str, cuts: Sequence[Cut], mark: Callable[[Cut], str]) -> str:
    """The text with a mark in place of each cut."""
    done, at = [], 0
    for cut in cuts:
        done += [text[at : cut.start], mark(cut)]
        at = cut.end
    return "".join([*done, text[at:]])


def _cuts(text: str, pieces: Sequence[Part], bad: dict[int, Judgement], counted: Sequence[Judgement]) -> list[Cut]:
    """The parts that are bad by themselves, those in which something was found, and the steps that follow them."""
    chosen: dict[int, tuple[str, float, bool]] = {}
    for at, said in bad.items():
        rule, planted = weightiest([said])
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
