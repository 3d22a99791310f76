"""Secrets and personal data in a text, by their form and, where they have one, their check digits."""

from __future__ import annotations

from lukhas_common.guardian.text.credentials import credentials
from lukhas_common.guardian.text.judgement import Finding
from lukhas_common.guardian.text.personal_data import personal_data


def sensitive_spans(text: str) -> tuple[Finding, ...]:
    """Return the secrets (``secret:<kind>``) and personal data (``pii:<kind>``) of a text, in its order.

    Of findings that overlap, the surer one is kept, or the longer.
    """
    found = [*credentials(text), *personal_data(text)]
    kept: list[Finding] = []
    for finding in sorted(found, key=lambda one: (one.start, -one.end)):
        if kept and finding.start < kept[-1].end:
            if _weight(finding) > _weight(kept[-1]):
                kept[-1] = finding
        else:
            kept.append(finding)
    return tuple(kept)


def _weight(finding: Finding) -> tuple[float, int]:
    return finding.score, finding.end - finding.start
