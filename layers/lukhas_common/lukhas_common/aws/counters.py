"""Counters in DynamoDB, one item each, keyed by ``counter_id``; the rate windows among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from lukhas_common.aws import dynamodb
from lukhas_common.identity.rate_limit import Window


def window_id(user_id: str) -> str:
    """The key of a user's rate window."""
    return f"rate#{user_id}"


@dataclass(frozen=True, slots=True)
class Counters:
    """One conditional update of one counter."""

    client: Any
    table: str

    def update(self, counter_id: str, update: str, condition: str, values: dynamodb.Item) -> dynamodb.Item | None:
        """None if the update was made, else the item that stands in its way (empty: there is none)."""
        try:
            self.client.update_item(
                TableName=self.table,
                Key=dynamodb.to_item({"counter_id": counter_id}),
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeValues=dynamodb.to_item(values),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            return dynamodb.refused(error)
        return None


class DynamoWindows(Counters):
    """The WindowStore port."""

    def increment(self, user_id: str, window: Window, below: int) -> tuple[bool, Window | None]:
        return self._write(
            user_id,
            "SET requests = requests + :one",
            "in_second = :second AND requests < :below",
            {":one": 1, ":second": window.second, ":below": below},
        )

    def advance(self, user_id: str, old: Window | None, new: Window) -> tuple[bool, Window | None]:
        values = {
            ":second": new.second,
            ":count": new.count,
            ":history": " ".join(f"{age}:{count}" for age, count in new.history),
            ":swept_at": dynamodb.sweep_after(new.second),
        }
        condition = "attribute_not_exists(counter_id)"
        if old is not None:
            condition = "in_second = :old_second AND requests = :old_count"
            values |= {":old_second": old.second, ":old_count": old.count}
        update = "SET in_second = :second, requests = :count, history = :history, swept_at = :swept_at"
        return self._write(user_id, update, condition, values)

    def _write(self, user_id: str, update: str, condition: str, values: dynamodb.Item) -> tuple[bool, Window | None]:
        item = self.update(window_id(user_id), update, condition, values)
        return (True, None) if item is None else (False, window_from(item) if item else None)


def window_from(item: dynamodb.Item) -> Window:
    """The window in an item."""
    pairs = (pair.split(":") for pair in item["history"].split())
    history = tuple((int(age), int(count)) for age, count in pairs)
    return Window(int(item["in_second"]), int(item["requests"]), history)
