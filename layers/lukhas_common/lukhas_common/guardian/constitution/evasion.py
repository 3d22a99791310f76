"""Refusing without a reason."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lukhas_common.guardian.constitution.sentences import Part

LONGEST = 200
"""Characters; a longer refusal says something more."""

_REFUSES = re.compile(
    r"\s{0,8}(?:(?:i(?:['’]m| am) )?(?:really |very )?sorry[,.]? (?:but )?)?"
    r"i (?:can(?:not|['’]t| ?not)|won['’]t|will not|am unable to|am not able to|['’]m unable to) "
    r"(?:help|assist|answer|do|provide|comply|discuss)\b",
    re.I,
)
_REASON = re.compile(r"\b(?:because|since|as it|due to|would|could|instead|principle|reason|but i can|however)\b", re.I)


def is_bare_refusal(text: str, pieces: Sequence[Part]) -> bool:
    """Whether the whole response declines and says neither why nor what else could be done."""
    return len(text) <= LONGEST and len(pieces) <= 2 and bool(_REFUSES.match(text)) and not _REASON.search(text)
