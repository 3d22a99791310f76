"""Series of drift scores in DynamoDB: one sealed item each, under its owner, written on condition of its version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lukhas_common.aws import dynamodb
from lukhas_common.consciousness.series import StoredSeries

KEPT = 90 * 86400
"""Seconds after its last score for which a series is kept."""


@dataclass(frozen=True, slots=True)
class DynamoSeries:
    """The SeriesStore port. Table key: ``owner`` and ``place``."""

    client: Any
    table: str

    def find(self, owner: str, place: str) -> StoredSeries | None:
        item = dynamodb.get(self.client, self.table, {"owner": owner, "place": place})
        return None if item is None else _stored(item)

    def put(self, series: StoredSeries, at: float) -> bool:
        item = {
            "owner": series.owner,
            "place": series.place,
            "version": series.version,
            "key_id": series.key_id,
            "sealed": series.sealed,
            "swept_at": int(at) + KEPT,
        }
        return dynamodb.put_version(self.client, self.table, item)

    def of_owner(self, owner: str) -> list[StoredSeries]:
        answer = self.client.query(
            TableName=self.table,
            KeyConditionExpression="#owner = :owner",
            ExpressionAttributeNames={"#owner": "owner"},
            ExpressionAttributeValues=dynamodb.to_item({":owner": owner}),
            ConsistentRead=True,
        )
        return [_stored(dynamodb.from_item(item)) for item in answer["Items"]]


def _stored(item: dynamodb.Item) -> StoredSeries:
    return StoredSeries(
        str(item["owner"]), str(item["place"]), int(item["version"]), str(item["key_id"]), bytes(item["sealed"])
    )
