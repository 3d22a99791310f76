"""Coordinates, as pairs of numbers that are no other pair of numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lukhas_common.privacy.redaction.rules import CUE_REACH
from lukhas_common.privacy.redaction.spans import Kind, Span

_PAIR = re.compile(
    r"(?<![\w.])([-+]?\d{1,3}\.\d{2,10})(°?\s?[NS]?)(?:\s*[,;/]\s*|\s+)([-+]?\d{1,3}\.\d{2,10})(°?(?:\s?[EWO]\b)?)"
    r"(?![\w.]?\d)"
)
_LABELLED = re.compile(
    r"\blat(?:itude)?\b\W{1,5}?([-+]?\d{1,2}\.\d{2,})\W{1,6}?\bl(?:on(?:g(?:itude)?)?|ng)\b\W{1,5}?([-+]?\d{1,3}\.\d{2,})",
    re.I,
)
_NAMED = re.compile(r"\b(?:latitude|longitude)\b(?:\W{1,5}?| (?:is|of|was) )([-+]?\d{1,3}\.\d{2,})", re.I)
_DEGREES = re.compile(
    r"\d{1,2}° ?\d{1,2}(?:\.\d+)?['′’] ?(?:\d{1,2}(?:\.\d+)?(?:[\"″”]|'') ?)?[NS][,;\s]{0,3}"
    r"\d{1,3}° ?\d{1,2}(?:\.\d+)?['′’] ?(?:\d{1,2}(?:\.\d+)?(?:[\"″”]|'') ?)?[EWO]\b"
)
_CUE = re.compile(r"\b(?:lat|latitude|lon|lng|longitude|gps|geo|coord\w*|koordinaten|standort|location)\b", re.I)
_MORE_BEFORE, _MORE_AFTER = re.compile(r"\d[,;\s]\s*$"), re.compile(r"°?[,;\s]\s*[-+]?\d")


def places(seen: str) -> Iterator[Span]:
    """Coordinates in a view of a text: the pair as one, or both numbers where each has its own name."""
    for match in _LABELLED.finditer(seen):
        for group in (1, 2):
            yield Span(match.start(group), match.end(group), Kind.COORDINATES)
    for match in _NAMED.finditer(seen):
        yield Span(match.start(1), match.end(1), Kind.COORDINATES)
    for match in _DEGREES.finditer(seen):
        yield Span(match.start(), match.end(), Kind.COORDINATES)
    for match in _PAIR.finditer(seen):
        if _is_place(match, seen):
            yield Span(match.start(), match.end(), Kind.COORDINATES)


def _is_place(match: re.Match[str], seen: str) -> bool:
    """Whether a pair is on the globe and something says so, or it is as exact as places are, and no longer list."""
    one, other = sorted((abs(float(match[1])), abs(float(match[3]))))
    if one > 90 or other > 180:
        return False
    decimals = min(len(match[group].partition(".")[2]) for group in (1, 3))
    if match[2].strip() or match[4].strip():
        return True
    if decimals >= 3 and _CUE.search(seen, max(0, match.start() - CUE_REACH), match.start()):
        return True
    apart = any(sign in match[0] for sign in ",;")
    alone = not (
        _MORE_BEFORE.search(seen[max(0, match.start() - 4) : match.start()]) or _MORE_AFTER.match(seen, match.end())
    )
    return other >= 1 and decimals >= (4 if apart else 5) and alone
