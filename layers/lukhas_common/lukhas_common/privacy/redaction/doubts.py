"""What the tagger takes for personal data and cannot be: too few digits, a number that nobody's age is, no name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lukhas_common.privacy.redaction.features import Token, form
from lukhas_common.privacy.redaction.spans import Kind, Span
from lukhas_common.privacy.redaction.words import ROLES, TITLES, hints, rank

_MARGIN = 120
"""By how much more than for nothing the weights must speak for personal data where only a capital does."""

_HEADS = frozenset('.!?:;\n>*-•#"“')
"""What stands before the first word of a sentence or a line."""

_LONG, _SHORT = 5, 6
"""Digits that a telephone, a card or an id has at least, and those that a postal code has at most."""

_NUMBERS = frozenset({Kind.PHONE, Kind.CARD, Kind.NATIONAL_ID})

_AGED = re.compile(
    r"\b(?:age[ds]?|turn(?:s|ed|ing)?|birthday|alter|edad|età|âge|"
    r"(?:s?he|I|you|who) (?:was|is|am|are)|I['’]?m|s?he['’]s)"
    r"\W+(?:[^\W\d_]+\W+)?$",
    re.I,
)
_OLD = re.compile(
    r"\W{0,2}(?:years?[ -]old|y/?o\b|yrs?\b|years? of age|jahre alt|jährig|"
    r"(?:ans|años|anos|anni|jaar oud|år gammal|lat)\b)",
    re.I,
)
_OF = re.compile(r"\W{1,3}|,? (?:is|was|turns|turned) ")
"""What stands between a name and an age."""

_POST = re.compile(r"\b(?:zip|post|postal|plz|cap|cp)\b", re.I)
_WHERE = frozenset({Kind.PERSON, Kind.PLACE, Kind.ADDRESS, Kind.ORGANISATION})
_NEAR = 24

_WORD = re.compile(r"[^\W\d_]+")
_NAMES = frozenset("gfGFcC")
"""What ``hints`` says of a name, a country or a large city; of others most words are common ones, too."""

_CAPITAL = frozenset({"Aa", "AA", "AaA", "aA"})
_COMMON = frozenset("12345")
"""What ``rank`` says of a common word; one made of two may be a family's name."""


def margins(words: Sequence[Token]) -> list[int]:
    """For each token what is added to the score of none: where a word of no list has a capital that tells little.

    Such are one at the head of a sentence with none after it, and those of short forms and names of programs.
    """
    forms = [form(word.text) for word in words]
    spelt = "a" in forms or "Aa" in forms
    found = []
    for at, (word, shape) in enumerate(zip(words, forms, strict=True)):
        head = at == 0 or words[at - 1].text in _HEADS
        weak = head and forms[at + 1 : at + 2] not in (["Aa"], ["AA"], ["A"]) if shape == "Aa" else spelt
        weak = weak and shape in _CAPITAL and _NAMES.isdisjoint(hints(word.text.lower()))
        found.append(_MARGIN if weak else 0)
    return found


def credible(text: str, span: Span, others: Sequence[Span]) -> bool:
    """Whether a span can be what the tagger takes it for, given all that it found."""
    value = text[span.start : span.end]
    if span.kind is Kind.AGE:
        return _is_age(text, span, others)
    if span.kind is Kind.PERSON:
        return any(_may_name(word.lower()) for word in _WORD.findall(value))
    digits = sum(map(str.isdigit, value))
    if digits and any(map(str.isalpha, value)):
        return True
    if span.kind in _NUMBERS:
        return digits >= _LONG
    if span.kind is Kind.ADDRESS and 0 < digits <= _SHORT:
        return _POST.search(text) is not None or any(other.kind in _WHERE and other != span for other in others)
    return True


def _may_name(word: str) -> bool:
    """Whether a word is in a list of names or places, or in none of common words."""
    known = hints(word)
    if word in ROLES or word in TITLES or len(word) < 2:
        return False
    return not _NAMES.isdisjoint(known) or not ("e" in known or rank(word) in _COMMON)


def _is_age(text: str, span: Span, others: Sequence[Span]) -> bool:
    if _AGED.search(text[max(0, span.start - _NEAR) : span.start]) or _OLD.match(text, span.end):
        return True
    return any(
        other.kind in {Kind.PERSON, Kind.PLACE} and _OF.fullmatch(text, other.end, span.start) for other in others
    )
