"""The texts of an action: what is to be done, and what came with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from lukhas_common.guardian.text.judgement import Coverage, Judgement, Tier

Judge = Callable[[str], Judgement]

NODES = 10_000
"""Members and items of a context that are looked at."""

PROSE = 5
"""Words from which on a text of the context must be of a kind that can be judged."""

LETTERS = 8
"""Letters of a script that writes without spaces that count as as many words."""

SHORT = 1000
"""Code points up to which a text of fewer words is a mere value, such as the name of a place."""

JUDGED = 200_000
"""Code points of a context that are judged, so that the time is bounded; what has more was not judged."""

_EACH = 200
"""Code points that judging a text takes as long as, however short it is."""

_NAME = re.compile(r"[\w.:-]+")
_WORD = re.compile(r"[^\W_]{2,}")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]"
)
"""Thai, Lao, Tibetan, Burmese, Khmer, Japanese and Chinese."""

_JOINT = re.compile(r"[_.:-]+|(?<=[a-z])(?=[A-Z])")
_TIERS = list(Tier)


def judged(action: str, context: Mapping[str, Any], judge: Judge) -> Judgement:
    """What the detector says of an action and of all texts of its context: the worst of each.

    Findings have their places in the action; of those in the context only what and how sure is told, with an empty
    span. Short values, as names of places, need not be in a language that can be judged; sentences do.
    """
    # The name of a tool is read as the words that it is made of.
    words = _JOINT.sub(" ", action) if _NAME.fullmatch(action) else action
    said = judge(words)
    if words != action:
        said = replace(said, findings=tuple(replace(each, start=0, end=len(action)) for each in said.findings))
    texts, all_seen = texts_of(context)
    left = JUDGED
    prose: list[Judgement] = []
    values: list[str] = []
    for text in texts:
        left -= len(text) + _EACH
        if left < 0:
            all_seen = False
            break
        if _is_prose(text):
            prose.append(judge(text))
        else:
            values.append(text)
    hints = [judge("\n".join(values))] if any(value.strip() for value in values) else []
    return _worst(said, prose, hints, all_seen=all_seen)


def _is_prose(text: str) -> bool:
    return len(text) > SHORT or len(_WORD.findall(text)) >= PROSE or len(_UNSPACED.findall(text)) >= LETTERS


def texts_of(context: Mapping[str, Any]) -> tuple[list[str], bool]:
    """The texts of a context in its order, names of members included, and whether all of it was looked at."""
    found: list[str] = []
    pending: list[Any] = [context]
    for _ in range(NODES):
        if not pending:
            return found, True
        node = pending.pop()
        if isinstance(node, str):
            found.append(node)
        elif isinstance(node, Mapping):
            pending.extend(part for pair in reversed(list(node.items())) for part in reversed(pair))
        elif isinstance(node, list | tuple):
            pending.extend(reversed(node))
    return found, not pending


def _worst(said: Judgement, others: Sequence[Judgement], hints: Sequence[Judgement], *, all_seen: bool) -> Judgement:
    every = [said, *others, *hints]
    covered = [judgement.coverage for judgement in (said, *others)]
    reasons = {reason for coverage in covered for reason in coverage.reasons} | (set() if all_seen else {"length"})
    unjudged = [coverage for coverage in covered if not coverage.judged]
    return Judgement(
        harm=max(judgement.harm for judgement in every),
        injection=max(judgement.injection for judgement in every),
        harm_tier=max((judgement.harm_tier for judgement in every), key=_TIERS.index),
        injection_tier=max((judgement.injection_tier for judgement in every), key=_TIERS.index),
        findings=(
            *said.findings,
            *(replace(each, start=0, end=0) for other in every[1:] for each in other.findings),
        ),
        coverage=Coverage(
            judged=not unjudged and all_seen,
            language=(unjudged or covered)[0].language,
            length=sum(judgement.coverage.length for judgement in every),
            examined=sum(judgement.coverage.examined for judgement in every),
            encodings=tuple(sorted({name for judgement in every for name in judgement.coverage.encodings})),
            reasons=tuple(sorted(reasons)),
        ),
        version="; ".join(dict.fromkeys(judgement.version for judgement in every)),
    )
