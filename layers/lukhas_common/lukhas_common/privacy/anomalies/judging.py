"""Judging a principal's accesses by rules that hold without a model."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from lukhas_common.anomaly.accesses import Access
from lukhas_common.anomaly.detectors import Severity
from lukhas_common.privacy.anomalies.models import Raised, Seen
from lukhas_common.privacy.anomalies.ports import Judged

HOUR = 3600

MANY_REFUSED = 30
"""Refusals in an hour that are an alert whatever is usual."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The Judge port without a model.

    Attributes:
        many: refusals in an hour that are an alert.
    """

    many: int = MANY_REFUSED

    def judge(self, principal: str, accesses: Sequence[Access], profile: bytes | None) -> Judged:
        hours: dict[float, list[Access]] = {}
        for access in accesses:
            hours.setdefault(access.at.timestamp() // HOUR * HOUR, []).append(access)
        seen, alerts = [], []
        for start, within in sorted(hours.items()):
            refused = sum(not access.allowed for access in within)
            raised = [_burst(principal, start, refused)] if refused >= self.many else []
            ids = tuple(alert.alert_id for alert in raised)
            seen.append(Seen(start, len(within), refused, None, {"refused": refused}, ids))
            alerts += raised
        return Judged(tuple(seen), tuple(alerts), b"")


def _burst(principal: str, start: float, refused: int) -> Raised:
    alert_id = hashlib.sha256(f"{principal}\nrefusals\n{start}".encode()).hexdigest()[:32]
    summary = f"{principal}: {refused} refusals in an hour"
    return Raised(alert_id, principal, "refusals", Severity.HIGH, start, summary, 1.0, {"refused": refused})
