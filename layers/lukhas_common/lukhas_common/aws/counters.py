"""Counters in DynamoDB: rate windows and login lanes, one item each, keyed by ``counter_id``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from lukhas_common.aws import dynamodb
from lukhas_common.identity.login_throttle import Lane
from lukhas_common.identity.rate_limit import Window

_RESERVED = {"#count": "count", "#second": "second"}


def window_id(user_id: str) -> str:
    """The key of a user's rate window."""
    return f"rate#{user_id}"


@dataclass(frozen=True, slots=True)
class _Counters:
    """One conditional update of one counter."""

    client: Any
    table: str

    def _update(self, counter_id: str, update: str, condition: str, values: dynamodb.Item) -> dynamodb.Item | None:
        """None if the update was made, else the item that stands in its way (empty: there is none)."""
        used = {name: attribute for name, attribute in _RESERVED.items() if name in f"{update} {condition}"}
        names = {"ExpressionAttributeNames": used} if used else {}
        try:
            self.client.update_item(
                TableName=self.table,
                Key=dynamodb.to_item({"counter_id": counter_id}),
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeValues=dynamodb.to_item(values),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **names,
            )
        except ClientError as error:
            return dynamodb.refused(error)
        return None


class DynamoWindows(_Counters):
    """The WindowStore port."""

    def increment(self, user_id: str, window: Window, below: int) -> tuple[bool, Window | None]:
        return self._write(
            user_id,
            "SET #count = #count + :one",
            "#second = :second AND #count < :below",
            {":one": 1, ":second": window.second, ":below": below},
        )

    def advance(self, user_id: str, old: Window | None, new: Window) -> tuple[bool, Window | None]:
        values = {
            ":second": new.second,
            ":count": new.count,
            ":history": " ".join(f"{age}:{count}" for age, count in new.history),
            ":swept_at": dynamodb.sweep_after(new.second, 0),
        }
        condition = "attribute_not_exists(counter_id)"
        if old is not None:
            condition = "#second = :old_second AND #count = :old_count"
            values |= {":old_second": old.second, ":old_count": old.count}
        update = "SET #second = :second, #count = :count, history = :history, swept_at = :swept_at"
        return self._write(user_id, update, condition, values)

    def _write(self, user_id: str, update: str, condition: str, values: dynamodb.Item) -> tuple[bool, Window | None]:
        item = self._update(window_id(user_id), update, condition, values)
        return (True, None) if item is None else (False, window_from(item) if item else None)


class DynamoLanes(_Counters):
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
            ":swept_at": dynamodb.sweep_after(new.failed_at, 86400),
        }
        condition = "attribute_not_exists(counter_id)"
        if old.failures:
            condition = "failures = :old_failures AND failed_at = :old_failed_at"
            values |= {":old_failures": old.failures, ":old_failed_at": old.failed_at}
        update = "SET failures = :failures, failed_at = :failed_at, swept_at = :swept_at"
        item = self._update(lane_id, update, condition, values)
        if item is None:
            return True, new
        return False, _lane(item) if item else Lane()

    def clear(self, lane_id: str) -> None:
        self.client.delete_item(TableName=self.table, Key=dynamodb.to_item({"counter_id": lane_id}))


def window_from(item: dynamodb.Item) -> Window:
    """The window in an item."""
    pairs = (pair.split(":") for pair in item["history"].split())
    history = tuple((int(age), int(count)) for age, count in pairs)
    return Window(int(item["second"]), int(item["count"]), history)


def _lane(item: dynamodb.Item) -> Lane:
    return Lane(int(item["failures"]), float(item["failed_at"]))
