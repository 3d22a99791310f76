"""Which parts of a text are bad: paragraphs, sentences, and passages that were hidden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lukhas_common.guardian.constitution.hidden import MOST, hidden
from lukhas_common.guardian.constitution.levels import ORDER, REMARKS, Judge, Level, weightiest, worst
from lukhas_common.guardian.constitution.sentences import MAX_PARTS, Part, paragraphs, parts
from lukhas_common.guardian.text.judgement import Category, Finding, Judgement


def flagged(text: str, pieces: Sequence[Part], point: int, judge: Judge, level: Level) -> dict[int, Judgement]:
    """The parts that are bad: in a paragraph that is, or by themselves and beside a neighbour."""
    found: dict[int, Judgement] = {}
    groups = [range(len(pieces))] if level.passage is None else paragraphs(text, pieces)
    for group in groups if len(pieces) > 1 else ():
        if len(groups) > 1:
            start = max(point, pieces[group[0]].start)
            said = moved(judge(text[start : pieces[group[-1]].end]), start)
            if not level.passes(said):
                found.update(dict.fromkeys(_found_in(text, pieces, group, said, judge, level), said))
                continue
            if len(group) == 1:
                continue
        found.update(_sentences(text, pieces, group, point, judge, level))
    return found


def _found_in(
    text: str, pieces: Sequence[Part], group: range, said: Judgement, judge: Judge, level: Level
) -> Sequence[int]:
    """The parts of a bad paragraph in which something was found; all of them, if the others are bad as well."""
    spans = [(found.start, found.end) for found in said.findings if found.category not in REMARKS]
    touched = [at for at in group if any(pieces[at].start < end and start < pieces[at].end for start, end in spans)]
    others = " ".join(text[pieces[at].start : pieces[at].end] for at in group if at not in touched)
    return touched if touched and (not others or level.passes(judge(others))) else group


def _sentences(
    text: str, pieces: Sequence[Part], group: range, point: int, judge: Judge, level: Level
) -> dict[int, Judgement]:
    """The parts that are bad alone or beside a neighbour, and at least unsure both ways: a few words say little."""
    found: dict[int, Judgement] = {}
    for at in group:
        piece = pieces[at]
        start = point if piece.start < point < piece.end else piece.start
        said = moved(judge(text[start : piece.end]), start)
        if not said.coverage.judged or not level.met(said, True):
            continue
        before = text[max(point, pieces[at - 1].start) : piece.end] if at > group[0] else ""
        after = text[start : pieces[at + 1].end] if at < group[-1] else ""
        beside = [judge(pair) for pair in (before, after) if pair]
        if any(level.met(pair, level.met(said)) for pair in beside):
            found[at] = said
    return found


def uncovered(text: str, judge: Judge, level: Level) -> list[Judgement]:
    """Judgements of the hidden passages that are bad by themselves or in a sentence, with the spans that hide them."""
    found: list[Judgement] = []
    for passage in hidden(text):
        said = judge(passage.text)
        if not said.coverage.judged or not level.suspects(said):
            inner = flagged(passage.text, parts(passage.text, MAX_PARTS // MOST), 0, judge, level)
            if not inner:
                continue
            said = max(inner.values(), key=lambda one: (ORDER.index(worst(one)), one.harm, one.injection))
        rule, planted = weightiest([said])
        category = Category.INJECTION if planted else Category.HARM
        score = said.injection if planted else said.harm
        finding = Finding(category, rule, passage.start, passage.end, score, passage.view)
        found.append(replace(said, findings=(finding,)))
    return found


def moved(judgement: Judgement, by: int) -> Judgement:
    """A judgement of a text's part, with its spans in the text."""
    if not by:
        return judgement
    findings = tuple(replace(found, start=found.start + by, end=found.end + by) for found in judgement.findings)
    return replace(judgement, findings=findings)
