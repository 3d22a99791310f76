"""Passing oneself off as a person or a licensed professional."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lukhas_common.guardian.constitution.claims import Claim, Pattern, claims
from lukhas_common.guardian.constitution.sentences import Part

_LICENCE = (
    r"(?:(?:licensed|certified|board[- ]certified|registered|qualified|chartered|practi[cs]ing|professional|trained|"
    r"accredited)[ ,]{1,2}){0,2}"
)
_PROFESSION = (
    r"(?:medical )?(?:doctor|physician|surgeon|nurse|psychiatrist|psychologist|psychotherapist|therapist|pharmacist|"
    r"dentist|lawyer|attorney|solicitor|barrister|accountant|financial advis[eo]r|investment advis[eo]r)"
)
_PERSON = r"(?:(?:real|actual|living|human)[ ,]{1,2}){0,2}(?:human being|human|person)"
_MACHINE = r"(?:AI|artificial intelligence|bot|chatbot|robot|machine|computer program|language model)"
_I_AM = r"\bI(?: am|['’]m)"
_ADVISES = r"(?:can|would|will|have|recommend|advise|assure|suggest|know|see|tell|promise)"

PATTERNS = (
    Pattern(
        "disclosure:person",
        # "I am a person who …" says no more than that.
        re.compile(
            rf"{_I_AM} (?:actually |really )?(an? {_PERSON})\b(?!['’-]|[ ](?:who|with|that|of|in|from|rights?)\b)", re.I
        ),
        lambda match: f"I am an AI, not {match[1]}",
    ),
    Pattern(
        "disclosure:person",
        re.compile(
            rf"{_I_AM} (?:definitely |certainly )?not (?:an? {_MACHINE}|AI)\b(?: (?:system|model|assistant)\b)?", re.I
        ),
        lambda match: "I am an AI",
    ),
    Pattern(
        "disclosure:profession",
        re.compile(rf"{_I_AM} (?:actually |also )?(an? {_LICENCE}{_PROFESSION})\b(?!['’-])", re.I),
        lambda match: f"I am an AI, not {match[1]}",
    ),
    Pattern(
        "disclosure:profession",
        re.compile(rf"\b(?:speaking )?as (an?|your) ({_LICENCE}{_PROFESSION}), I(?= {_ADVISES}\b|['’])", re.I),
        lambda match: f"as an AI and not {match[1]} {match[2]}, I",
    ),
)


def disguises(text: str, parts: Sequence[Part]) -> list[Claim]:
    """The claims to be a person or professional, each with words that say it is an AI."""
    return claims(text, parts, PATTERNS, deniable=False)
