"""Pages, alerts and progress of the watch over accesses in DynamoDB, in the table of series.

Table key: ``owner`` and ``place``. Pages: ``anomaly/<principal>`` and the size of the log. Alerts:
``anomalies/<month>`` and their day and id. Progress: ``anomaly`` and ``progress``. Ids of people never begin so.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from lukhas_common import times
from lukhas_common.anomaly.detectors import Severity
from lukhas_common.aws import dynamodb
from lukhas_common.privacy.anomalies.keeping import KEPT
from lukhas_common.privacy.anomalies.models import Progress
from lukhas_common.privacy.anomalies.ports import StoredAlert, StoredPage

_PROGRESS = {"owner": "anomaly", "place": "progress"}
_KEPT = KEPT * 86400


@dataclass(frozen=True, slots=True)
class DynamoAnomalies:
    """The AnomalyStore port."""

    client: Any
    table: str

    def progress(self) -> Progress | None:
        item = dynamodb.get(self.client, self.table, _PROGRESS)
        return None if item is None else Progress(int(item["done"]), int(item["until"]), int(item["version"]))

    def advance(self, progress: Progress) -> bool:
        stored = dynamodb.put_version(self.client, self.table, {**_PROGRESS, **asdict(progress)})
        # A repeated write that was refused may be refused by itself.
        return stored or self.progress() == progress

    def pages(self, principal: str, before: int | None, limit: int) -> list[StoredPage]:
        condition = "#owner = :owner" + ("" if before is None else " AND place < :before")
        values = {":owner": _pages_of(principal), **({} if before is None else {":before": _place(before)})}
        answer = self.client.query(
            TableName=self.table,
            KeyConditionExpression=condition,
            ExpressionAttributeNames={"#owner": "owner"},
            ExpressionAttributeValues=dynamodb.to_item(values),
            ConsistentRead=True,
            ScanIndexForward=False,
            Limit=limit,
        )
        return [_page(principal, dynamodb.from_item(item)) for item in answer["Items"]]

    def add_page(self, page: StoredPage, now: float) -> None:
        item = {"owner": _pages_of(page.principal), "place": _place(page.until), "swept_at": int(now) + _KEPT}
        kept = {"subject": page.subject, "key_id": page.key_id, "sealed": page.sealed}
        dynamodb.put_new(self.client, self.table, "place", {**item, **kept})

    def add_alert(self, alert: StoredAlert) -> StoredAlert:
        kept = {**asdict(alert), "swept_at": int(alert.at) + _KEPT}
        found = dynamodb.put_new(self.client, self.table, "place", {**_key(alert), **kept})
        return alert if found is None else _alert(found)

    def alerts(self, since: float, now: float) -> list[StoredAlert]:
        first, month, found = times.rfc3339(since)[:10], times.rfc3339(now)[:7], list[StoredAlert]()
        while month >= first[:7]:
            values = {":owner": _alerts_of(month), ":first": first}
            condition, names = "#owner = :owner AND place >= :first", {"#owner": "owner"}
            found += map(_alert, dynamodb.query_where(self.client, self.table, condition, values, names=names))
            month = _before(month)
        return found

    def told(self, alert: StoredAlert) -> None:
        self.client.update_item(
            TableName=self.table,
            Key=dynamodb.to_item(_key(alert)),
            UpdateExpression="SET told = :told",
            ConditionExpression="attribute_exists(alert_id)",
            ExpressionAttributeValues=dynamodb.to_item({":told": True}),
        )


def _pages_of(principal: str) -> str:
    return f"anomaly/{principal}"


def _alerts_of(month: str) -> str:
    return f"anomalies/{month}"


def _key(alert: StoredAlert) -> dict[str, str]:
    day = times.rfc3339(alert.at)[:10]
    return {"owner": _alerts_of(day[:7]), "place": f"{day}#{alert.alert_id}"}


def _before(month: str) -> str:
    """The month before, such as ``2026-12`` of ``2027-01``."""
    count = int(month[:4]) * 12 + int(month[5:]) - 2
    return f"{count // 12:04}-{count % 12 + 1:02}"


def _place(until: int) -> str:
    """With leading zeros, so that places sort as numbers do."""
    return f"{until:020}"


def _page(principal: str, item: dynamodb.Item) -> StoredPage:
    return StoredPage(principal, int(item["place"]), str(item["subject"]), str(item["key_id"]), bytes(item["sealed"]))


def _alert(item: dynamodb.Item) -> StoredAlert:
    return StoredAlert(
        alert_id=str(item["alert_id"]),
        principal=str(item["principal"]),
        severity=Severity(item["severity"]),
        at=float(item["at"]),
        recorded_at=float(item["recorded_at"]),
        subject=str(item["subject"]),
        key_id=str(item["key_id"]),
        sealed=bytes(item["sealed"]),
        told=bool(item["told"]),
    )
