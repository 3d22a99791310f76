"""Whether a text is of a kind that the detector can judge."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lukhas_common.guardian.text.invisible import VISIBLE
from lukhas_common.guardian.text.judgement import Coverage
from lukhas_common.guardian.text.languages import around_codes, language_of
from lukhas_common.guardian.text.views import View, encodings, views

_SEGMENTS = frozenset({"base32", "base64", "binary", "decimal", "hex", "morse", "octal", "tags"})
_BINARY = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f\ufffd\ud800-\udfff\ue000-\uf8ff]")
_MAX_BINARY = 0.1


def coverage(text: str, examined: int | None = None, read: Sequence[View] | None = None) -> Coverage:
    """Say what of a text can be judged.

    Args:
        examined: how many code points will be looked at; all where it is left out.
        read: the text's views where they are at hand: hidden text is judged as it reads.
    """
    read = views(text) if read is None else read
    hidden = encodings(tuple(read))
    plain = read[-1].text if hidden else text
    seen = len(text) if examined is None else examined
    reasons: list[str] = []
    told = ""
    if len(_BINARY.findall(text)) > _MAX_BINARY * len(text):
        reasons.append("binary")
    elif not VISIBLE.search(text) and not hidden:
        reasons.append("empty")
    else:
        told = language_of(plain)
        if told == "en" and hidden and _SEGMENTS.issuperset(hidden):
            told = around_codes(text)
        if told not in {"en", ""}:
            reasons.append("language")
    if seen < len(text):
        reasons.append("length")
    return Coverage(not reasons, told or "und", len(text), seen, hidden, tuple(sorted(reasons)))
