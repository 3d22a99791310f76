"""A detector small enough to be read: it finds a few words, and speaks English alone."""

from __future__ import annotations

import base64
import binascii
import re

from lukhas_common.guardian.constitution.embedded import EmbeddedEngine
from lukhas_common.guardian.text.judgement import Category, Coverage, Finding, Judgement, Thresholds

SCORES = {"bomb": 0.95, "poison": 0.9, "fight": 0.6}
SECRET = "AKIA" + "Q7" * 8
EMAIL = "ann@example.com"

_THRESHOLDS = Thresholds(review=0.5, block=0.8)
_ORDERS = re.compile(r"ignore (?:all )?previous instructions", re.I)
_BLOB = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")


def judge(text: str) -> Judgement:
    """What is said of a text."""
    findings = [
        Finding(Category.WEAPONS, f"lexicon:{word}", found.start(), found.end(), score)
        for word, score in SCORES.items()
        for found in re.finditer(word, text, re.I)
    ]
    findings += [
        Finding(Category.INJECTION, "injection:override", found.start(), found.end(), 0.95)
        for found in _ORDERS.finditer(text)
    ]
    for blob in _BLOB.finditer(text):
        if "bomb" in _decoded(blob[0]):
            findings.append(Finding(Category.WEAPONS, "lexicon:bomb", blob.start(), blob.end(), 0.95, "base64"))
    harm = max([0.02, *(found.score for found in findings if found.category is Category.WEAPONS)])
    injection = max([0.01, *(found.score for found in findings if found.category is Category.INJECTION)])
    foreign = ("language",) if re.search(r"[а-яぁ-ん一-龯]", text) else ()
    reasons = foreign if text.strip() else ("empty",)
    return Judgement(
        harm,
        injection,
        _THRESHOLDS.tier(harm),
        _THRESHOLDS.tier(injection),
        tuple(sorted(findings, key=lambda found: found.start)),
        Coverage(not reasons, "und" if reasons else "en", len(text), len(text), (), reasons),
        "small",
    )


def spans(text: str) -> list[Finding]:
    """Secrets and personal data."""
    kinds = (
        (Category.SECRET, "secret:aws-key", r"AKIA\w{16}"),
        (Category.PERSONAL_DATA, "pii:email", r"\w+@\w+\.com"),
    )
    return [
        Finding(category, rule, found.start(), found.end(), 1.0)
        for category, rule, shape in kinds
        for found in re.finditer(shape, text)
    ]


def engine() -> EmbeddedEngine:
    """The embedded engine on this detector."""
    return EmbeddedEngine(judge, spans)


def _decoded(blob: str) -> str:
    try:
        return base64.b64decode(blob, validate=True).decode("utf-8", "replace")
    except binascii.Error:
        return ""
