"""What is asked about anomalies, answered from what is kept."""

from __future__ import annotations

from lukhas_common import routes, times
from lukhas_common.aws.anomalies import keeping
from lukhas_common.http import Admit
from lukhas_common.privacy.anomalies.models import NETWORK, Raised
from lukhas_common.privacy.anomalies.ports import StoredAlert
from lukhas_common.privacy.anomalies.wire import Anomalies, Anomaly, Timeline
from lukhas_common.problems import moment

_DAY = 86400


def anomalies(since: str, severity: str, principal: str, limit: int, after: str) -> Anomalies:
    """Alerts from the newest to the oldest."""
    begin = moment(since, "since") if since else times.now() - _DAY
    told, _, last = after.partition(",")
    before = (moment(told, "after"), last) if told else None

    def wanted(alert: StoredAlert) -> bool:
        return (
            (not severity or alert.severity == severity)
            and (not principal or alert.principal == principal)
            and (before is None or (alert.at, alert.alert_id) < before)
        )

    found: list[Raised] = []
    for alert, _ in keeping().alerts(begin, wanted):
        found.append(alert)
        if len(found) > limit:
            break
    page = found[:limit]
    following = f"{times.rfc3339(page[-1].alert.at.timestamp())},{page[-1].alert_id}" if len(found) > limit else None
    return Anomalies(anomalies=[Anomaly.of(alert) for alert in page], next=following)


def timeline(principal: str, admit: Admit, limit: int, before: int | None) -> Timeline:
    """One principal's windows; that somebody looked at a person's is put on record as that person's, first."""
    if not principal.startswith(NETWORK):
        admit(routes.GET_ANOMALIES, principal)
    pages = keeping().pages(principal, before, limit)
    starts = [seen.start for page in pages for seen in page.seen]
    alerts: list[Raised] = []
    if starts:
        ids = {alert for page in pages for seen in page.seen for alert in seen.alerts}
        found = keeping().alerts(min(starts), lambda alert: alert.alert_id in ids) if ids else iter(())
        alerts = [alert for alert, _ in found]
    following = pages[-1].until if len(pages) == limit else None
    return Timeline.of(principal, pages, alerts, following)
