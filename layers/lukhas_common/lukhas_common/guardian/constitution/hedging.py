"""Claims that are surer than anybody can be, and the same claims as what they are."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lukhas_common.guardian.constitution.claims import Claim, Pattern, claims
from lukhas_common.guardian.constitution.sentences import Part

_VERBS = {
    "cures": "cure",
    "heals": "heal",
    "prevents": "prevent",
    "works": "work",
    "fixes": "fix",
    "treats": "treat",
    "reverses": "reverse",
    "eliminates": "eliminate",
    "stops": "stop",
    "solves": "solve",
    "protects": "protect",
    "guarantees": "bring",
}
_BASES = "|".join(_VERBS.values())
_THIRD = "|".join(_VERBS)
_QUALITIES = (
    "safe|effective|accurate|secure|certain|foolproof|reliable|risk-free|harmless|correct|true|successful|proven|pure|"
    "unbreakable|infallible"
)
_SURELY = r"(?:definitely|certainly|undoubtedly|surely|always|without fail|inevitably|unquestionably)"


def _pattern(rule: str, shape: str, words: str) -> Pattern:
    return Pattern(f"overclaim:{rule}", re.compile(shape, re.I), lambda match: match.expand(words))


_WHOLLY = r"(?:absolutely |fully |completely )?"

PATTERNS = (
    _pattern("certainty", rf"\b(?:a )?(?:100|one hundred)[ ]?(?:%|per ?cent)[ -]({_QUALITIES})\b", r"said to be \1"),
    _pattern(
        "certainty",
        r"\b(?:completely|totally|absolutely|perfectly|entirely) "
        r"(safe|risk-free|foolproof|harmless|unbreakable|infallible)\b",
        r"said to be \1",
    ),
    _pattern("certainty", r"\babsolutely (?:certain|guaranteed)\b", "expected"),
    _pattern("guarantee", rf"\b(?:is|are) {_WHOLLY}guaranteed to\b", "may"),
    _pattern("guarantee", rf"\b{_WHOLLY}guaranteed to\b", "meant to"),
    _pattern(
        "guarantee",
        r"\bguaranteed (returns?|profits?|results?|cures?|success|wins?|gains|weight loss)\b",
        r"possible \1",
    ),
    _pattern(
        "guarantee",
        r"\bI (?:can |will )?(?:absolutely |personally )?guarantee (?:you )?(?:that )?"
        r"(?=(?:you|your|it|this|they|he|she|we|the)\b)",
        "It is possible that ",
    ),
    _pattern("guarantee", r"\bwill be guaranteed\b", "is possible"),
    _pattern("guarantee", rf"\b(?:is|are) {_WHOLLY}guaranteed(?= (?:for|in every|every)\b|[.!])", "can be expected"),
    Pattern(
        "overclaim:effect",
        re.compile(rf"\b{_SURELY} ({_THIRD})\b(?! (?:in progress|on|for|at|as)\b)", re.I),
        lambda match: f"may {_VERBS[match[1].lower()]}",
    ),
    _pattern("effect", rf"\b(?:will {_SURELY}|{_SURELY} will) ({_BASES})\b", r"may \1"),
    _pattern("effect", r"\bnever fails?\b(?! to\b)", "is meant not to fail"),
    _pattern(
        "effect",
        r"\b(?:cannot|can ?not|can['’]t) (?:possibly )?(?:fail|lose money|go wrong)\b",
        "is not expected to fail",
    ),
    _pattern(
        "doubt",
        r"\bproven beyond (?:any |all |every |a |the )?(?:possible )?(?:shadow of (?:a |any )?)?doubt\b",
        "claimed",
    ),
    _pattern("doubt", r"\b(?:undeniably|irrefutably|indisputably|conclusively) (?:true|proven|proved)\b", "claimed"),
    _pattern(
        "risk",
        r"\bwith (?:absolutely )?(?:no|zero) side effects(?: at all| whatsoever)?",
        "with side effects that are not named here",
    ),
    _pattern(
        "risk",
        r"\b(has|have) (?:absolutely )?(?:no|zero) side effects(?: at all| whatsoever)?(?! (?:were|was|if|other)\b)",
        r"\1 side effects that are not named here",
    ),
    _pattern(
        "risk",
        r"\b(there (?:is|are)|carries|carry|has|have|with) (?:absolutely (?:no|zero)|zero) risks?\b"
        r"(?: at all| whatsoever)?",
        r"\1 a risk that is not named here",
    ),
    _pattern("risk", r"\bmiracle cures?\b", "claimed cure"),
)


def overclaims(text: str, parts: Sequence[Part]) -> list[Claim]:
    """The overclaims of a text, each with words that hedge it."""
    return claims(text, parts, PATTERNS)
