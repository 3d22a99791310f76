"""Judging a principal's accesses by what is known of it, with the detector there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lukhas_common.anomaly.accesses import Access
from lukhas_common.anomaly.alerts import Alert, judge
from lukhas_common.anomaly.detectors import Detector
from lukhas_common.anomaly.features import FEATURES, Window, windows
from lukhas_common.anomaly.kinds import plain
from lukhas_common.anomaly.profiles import HOUR, Profile, by_window
from lukhas_common.privacy.anomalies.models import NETWORK, Seen, alert_id
from lukhas_common.privacy.anomalies.ports import Judged


@dataclass(frozen=True, slots=True)
class ByDetector:
    """The Judge port; without a detector, by the rules that need none. Networks are judged by these alone."""

    detector: Detector | None = None

    def judge(self, principal: str, accesses: Sequence[Access], profile: bytes | None) -> Judged:
        known = Profile() if profile is None else Profile.from_json(profile)
        found = windows(accesses, {principal: known}, HOUR)
        detector = None if principal.startswith(NETWORK) else self.detector
        alerts = {window.start: judge(window, detector) for window in found}
        within = by_window(accesses, HOUR)
        raised = tuple(alert for alert in alerts.values() if alert is not None)
        seen = tuple(_seen(window, within[window.start], alerts[window.start], detector) for window in found)
        # What a rule knows for misuse is not to become usual.
        is_usual = [not principal.startswith(NETWORK) and plain(window) is None for window in found]
        rows = tuple(window.features for window, usual in zip(found, is_usual, strict=True) if usual)
        return Judged(seen, raised, known.seen(accesses).to_json().encode(), rows)


def _seen(window: Window, accesses: Sequence[Access], alert: Alert | None, detector: Detector | None) -> Seen:
    return Seen(
        window.start.timestamp(),
        len(accesses),
        sum(not access.allowed for access in accesses),
        None if detector is None else detector.score(window.features).score,
        dict(zip(FEATURES, window.features, strict=True)),
        () if alert is None else (alert_id(alert),),
    )
