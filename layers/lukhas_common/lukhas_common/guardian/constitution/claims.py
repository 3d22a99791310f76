"""Finding claims by patterns, in statements alone: not in questions, quotations, denials and requests.

Patterns hold no repetition without a bound, so each takes time linear in the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lukhas_common.guardian.constitution.sentences import Part

BEFORE = 60
"""Characters before a claim in which a denial is looked for."""

_DENIED = re.compile(
    r"\b(?:not|never|no|nothing|nobody|none|neither|nor|without|cannot|hardly|rarely|if|whether|avoid|beware|claim|"
    r"claims|claimed|claiming|said|says|alleged|allegedly|myth|false|scam|scams)\b|n['’]t\b",
    re.I,
)
_REQUEST = re.compile(
    r"\s{0,4}(?:please\s|can you|could you|write|generate|create|compose|explain|describe|tell|give|list|make|act|"
    r"pretend|imagine|translate|classify|identify|rewrite|summari[sz]e|analy[sz]e|suppose|what|why|how|is|are|do|does|"
    r"did|which|who|when)\b",
    re.I,
)
_QUOTES = re.compile(r"[\"“”]")


@dataclass(frozen=True, slots=True)
class Claim:
    """A span of a text, and the words that say the same without claiming it."""

    rule: str
    start: int
    end: int
    words: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a claim looks like, and how it is said otherwise; None leaves it as it is."""

    rule: str
    shape: re.Pattern[str]
    reword: Callable[[re.Match[str]], str | None]


def claims(text: str, parts: Sequence[Part], patterns: Sequence[Pattern], deniable: bool = True) -> list[Claim]:
    """The claims in a text's statements, in its order, none overlapping another."""
    found: list[Claim] = []
    starts = [part.start for part in parts]
    for pattern in patterns:
        for match in pattern.shape.finditer(text):
            at = bisect_right(starts, match.start()) - 1
            if at < 0 or not _stated(text, parts[at], match.start(), deniable):
                continue
            words = pattern.reword(match)
            if words is not None:
                words = words[:1].upper() + words[1:] if match[0][:1].isupper() else words
                found.append(Claim(pattern.rule, match.start(), match.end(), words))
    return list(_apart(sorted(found, key=lambda claim: (claim.start, -claim.end))))


def _stated(text: str, part: Part, start: int, deniable: bool) -> bool:
    sentence = text[part.start : part.end]
    if sentence.rstrip("\"'”’)] ").endswith("?") or _REQUEST.match(sentence):
        return False
    if len(_QUOTES.findall(text[part.start : start])) % 2:
        return False
    return not (deniable and _DENIED.search(text[max(part.start, start - BEFORE) : start]))


def _apart(ordered: Sequence[Claim]) -> Iterator[Claim]:
    end = 0
    for claim in ordered:
        if claim.start >= end:
            yield claim
            end = claim.end
