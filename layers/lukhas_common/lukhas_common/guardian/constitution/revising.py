"""Carrying out the remedies of a critique, and seeing that nothing of what it found is left."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from lukhas_common.guardian.constitution.engine import Critique, Flaw, Remedy, Revision
from lukhas_common.guardian.constitution.wording import CUT, NEUTRAL, PLANTED, refusal

_DONE = {
    Remedy.REFUSE: "declined",
    Remedy.CUT: "left out",
    Remedy.REDACT: "withheld",
    Remedy.REWORD: "reworded",
}
_WEIGHT = {Remedy.REFUSE: 0, Remedy.CUT: 1, Remedy.REDACT: 2, Remedy.REWORD: 3}


def revised(text: str, critique: Critique, again: Callable[[str], Critique]) -> Revision:
    """The text with every remedy carried out.

    Args:
        again: judges what came out of it; if that is still harmful, the text is refused as a whole.
    """
    needs = unique(flaw.needs_llm for flaw in critique.flaws)
    if not critique.coverage.judged:
        return Revision(text, (), ("judge a text that the detector cannot",))
    if not critique.violations:
        return Revision(text, (), needs)
    improvements = tuple(_improvement(flaw) for flaw in critique.violations if flaw.remedy is not Remedy.REWRITE)
    if any(flaw.remedy is Remedy.REFUSE for flaw in critique.flaws):
        return Revision(refused(critique, again), improvements, needs, True)
    changed = applied(text, critique.violations)
    after = again(changed)
    harmful = any(flaw.remedy in (Remedy.REFUSE, Remedy.CUT) for flaw in after.flaws)
    if harmful or not after.coverage.judged or survives(text, critique.flaws, changed):
        improvements += ("declined the whole response: what was left of it was harmful or could not be judged",)
        return Revision(refused(critique, again), improvements, needs, True)
    return Revision(changed, improvements, needs)


def applied(text: str, flaws: Sequence[Flaw]) -> str:
    """The text with each span replaced."""
    done, at = [], 0
    for flaw in _apart(flaws):
        done += [text[at : flaw.start], _words(flaw)]
        at = flaw.end
    return "".join([*done, text[at:]])


def survives(text: str, flaws: Iterable[Flaw], changed: str) -> bool:
    """Whether anything that was to be left out is still there, word by word."""
    gone = {text[flaw.start : flaw.end] for flaw in flaws if flaw.remedy in (Remedy.CUT, Remedy.REDACT, Remedy.REFUSE)}
    # Within a longer word it is another word: Ann is not in Annual.
    return any(span in changed and re.search(rf"(?<!\w){re.escape(span)}(?!\w)", changed) for span in gone)


def refused(critique: Critique, again: Callable[[str], Critique]) -> str:
    """A refusal that names the principles, unless their names would be judged harmful themselves."""
    harmful = [flaw.principle for flaw in critique.flaws if flaw.remedy in (Remedy.REFUSE, Remedy.CUT)]
    text = refusal(harmful or [flaw.principle for flaw in critique.violations])
    return text if again(text).clean else NEUTRAL


def unique(sentences: Iterable[str]) -> tuple[str, ...]:
    """Each of them once, the empty one left out, in their order."""
    return tuple(dict.fromkeys(sentence for sentence in sentences if sentence))


def _apart(flaws: Sequence[Flaw]) -> list[Flaw]:
    """The flaws without overlaps: a cut takes in all that it touches; to withhold outweighs to reword."""
    chosen: list[Flaw] = []
    for flaw in sorted(flaws, key=lambda each: (each.start, -each.end)):
        if flaw.remedy not in _WEIGHT:
            continue
        if not chosen or flaw.start >= chosen[-1].end:
            chosen.append(flaw)
            continue
        last = chosen[-1]
        weightier = min(last, flaw, key=lambda each: _WEIGHT[each.remedy])
        if weightier.remedy is not Remedy.REWORD:
            chosen[-1] = replace(weightier, start=last.start, end=max(last.end, flaw.end))
    return chosen


def _words(flaw: Flaw) -> str:
    if flaw.remedy is Remedy.CUT:
        return PLANTED if flaw.words == "planted" else CUT.format(name=flaw.principle)
    return flaw.words


def _improvement(flaw: Flaw) -> str:
    return f"{flaw.principle}: {_DONE[flaw.remedy]} {flaw.start}–{flaw.end} ({flaw.rule})"
