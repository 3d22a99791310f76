"""Appeals to studies and experts that are not named."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lukhas_common.guardian.constitution.claims import Claim, Pattern, claims
from lukhas_common.guardian.constitution.sentences import Part

SAID = " (no source was given)"

_MANY = r"(?:many |several |numerous |recent |countless |clinical |scientific |new )?"
_SHOW = r"(?:shows?|proves?|proved|(?:have|has) (?:shown|proven|proved)|confirms?|demonstrates?)"
_APPEAL = re.compile(
    rf"\b(?:{_MANY}(?:studies|research|trials|science) {_SHOW}"
    r"|(?:scientists|experts|doctors|researchers) (?:agree|have proven|have proved|have shown|all agree)"
    r"|(?:it is|it has been|is|are|been) (?:scientifically|clinically) (?:proven|proved)"
    rf"|according to {_MANY}(?:studies|research|experts|scientists))\b(?! ?\(no source)",
    re.I,
)
# Anything that a reader could look up.
_SOURCE = re.compile(
    r"https?://|\bdoi\b|\barxiv\b|\bisbn\b|\bet al\b|\[\d{1,3}\]|\(\d{4}\)|\((?:[A-Z][\w&.\- ]{1,60}),? \d{4}[a-z]?\)"
    r"|\b(?:university|institute|journal|lancet|nature|who|cdc|nih|fda|nasa|cochrane|pew|gallup|harvard|stanford|oxford|mit)\b"
    r"|\baccording to (?:the )?[A-Z]|\b(?:by|in) the [A-Z]\w{2,30} [A-Z]",
)
_NAMED = re.compile(r"\b(?:university|institute|journal)\b", re.I)


def unsourced(text: str, parts: Sequence[Part]) -> list[Claim]:
    """The appeals in a text that names no source anywhere, each with the words that say so."""
    if _SOURCE.search(text) or _NAMED.search(text):
        return []
    pattern = Pattern("source:none", _APPEAL, lambda match: match[0] + SAID)
    return claims(text, parts, [pattern])
