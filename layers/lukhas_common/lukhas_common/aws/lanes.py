"""Login lanes in DynamoDB."""

from __future__ import annotations

from lukhas_common.aws import dynamodb
from lukhas_common.aws.counters import Counters
from lukhas_common.identity.login_throttle import Lane

DAY = 86400
"""Seconds after its last failure in which a lane is kept at least; at the default pace it is forgotten before."""


class DynamoLanes(Counters):
    """The LaneStore port."""

    def load(self, lane_ids: list[str]) -> dict[str, Lane]:
        keys = [dynamodb.to_item({"counter_id": lane_id}) for lane_id in lane_ids]
        found = dynamodb.batch_get(self.client, {self.table: {"Keys": keys, "ConsistentRead": True}})
        lanes = {item["counter_id"]: _lane(item) for item in found.get(self.table, [])}
        return {lane_id: lanes.get(lane_id, Lane()) for lane_id in lane_ids}

    def advance(self, lane_id: str, *, old: Lane, new: Lane) -> tuple[bool, Lane]:
        values = {
            ":failures": new.failures,
            ":failed_at": new.failed_at,
            ":swept_at": dynamodb.sweep_after(new.failed_at + DAY),
        }
        condition = "attribute_not_exists(counter_id)"
        if old.failures:
            condition = "failures = :old_failures AND failed_at = :old_failed_at"
            values |= {":old_failures": old.failures, ":old_failed_at": old.failed_at}
        update = "SET failures = :failures, failed_at = :failed_at, swept_at = :swept_at"
        item = self.update(lane_id, update, condition, values)
        if item is None:
            return True, new
        return False, _lane(item) if item else Lane()

    def add_failure(self, lane_id: str, now: float) -> None:
        self.client.update_item(
            TableName=self.table,
            Key=dynamodb.to_item({"counter_id": lane_id}),
            UpdateExpression="SET failed_at = :now, swept_at = :swept_at ADD failures :one",
            ExpressionAttributeValues=dynamodb.to_item(
                {":now": now, ":swept_at": dynamodb.sweep_after(now + DAY), ":one": 1}
            ),
        )

    def clear(self, lane_id: str) -> None:
        self.client.delete_item(TableName=self.table, Key=dynamodb.to_item({"counter_id": lane_id}))


def _lane(item: dynamodb.Item) -> Lane:
    return Lane(int(item["failures"]), float(item["failed_at"]))
