"""The guardian's decisions by time, in DynamoDB.

Table key: ``part`` and ``id``. A decision lies in one of a few parts of its day, ``2026-11-22#3``, which its id tells,
so that many may be written at once; ``mix#3`` counts its outcomes day by day. The index ``review`` holds those
that a person is to look at. An overridden input lies in ``override`` under its hash. Nothing here names anybody.
"""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain, groupby
from typing import Any

from botocore.exceptions import ClientError

from lukhas_common import times
from lukhas_common.aws import dynamodb
from lukhas_common.guardian.outcomes import Day, Noted, Outcome
from lukhas_common.ids import least_uuid7

PARTS = 4
"""Parts of a day."""

KEPT = 400 * 86400
"""Seconds for which decisions can be found by time; by their id they are found in the ledger for ever."""

LOOKED_BACK = 100
"""Days that are looked back for decisions."""

REVIEWS = "review"
_DAY = 86400


@dataclass(frozen=True, slots=True)
class DynamoDecisions:
    """The DecisionIndex port."""

    client: Any
    table: str
    clock: Callable[[], float] = times.now

    def add(self, noted: Noted) -> None:
        key = _key(noted.decision_id)
        item = {
            **key,
            "outcome": noted.outcome.value,
            "review": "open" if noted.review else None,
            "swept_at": dynamodb.sweep_after(noted.at + KEPT),
        }
        self.client.put_item(TableName=self.table, Item=dynamodb.to_item(item))
        self.client.update_item(
            TableName=self.table,
            Key=dynamodb.to_item({"part": f"mix#{key['part'].partition('#')[2]}", "id": key["part"]}),
            UpdateExpression="ADD #outcome :one SET last_at = :at, swept_at = :swept",
            ExpressionAttributeNames={"#outcome": noted.outcome.value},
            ExpressionAttributeValues=dynamodb.to_item({":one": 1, ":at": noted.at, ":swept": item["swept_at"]}),
        )

    def days(self, count: int) -> list[Day]:
        first = _date(int(self.clock() // _DAY) - count + 1)
        items = [item for part in range(PARTS) for item in self._mix(f"mix#{part}", first)]
        items.sort(key=lambda item: str(item["id"]))
        by_day = groupby(items, key=lambda item: str(item["id"]).partition("#")[0])
        return [_summed(date, list(parts)) for date, parts in by_day]

    def _mix(self, part: str, first: str) -> list[dynamodb.Item]:
        answer = self.client.query(
            TableName=self.table,
            KeyConditionExpression="part = :part AND id >= :first",
            ExpressionAttributeValues=dynamodb.to_item({":part": part, ":first": first}),
            ConsistentRead=True,
        )
        return [dynamodb.from_item(item) for item in answer["Items"]]

    def since(self, at: float, limit: int) -> list[Noted]:
        days = [day.number for day in self.days(LOOKED_BACK) if day.number >= int(at // _DAY)]
        return self._taken(days, limit, forward=True, least=at)

    def newest(self, limit: int) -> list[Noted]:
        days = [day.number for day in reversed(self.days(LOOKED_BACK))]
        return self._taken(days, limit, forward=False, least=0)

    def reviews(self, limit: int, after: str = "") -> list[Noted]:
        answer = self.client.query(
            TableName=self.table,
            IndexName=REVIEWS,
            KeyConditionExpression="review = :open AND id > :after",
            ExpressionAttributeValues=dynamodb.to_item({":open": "open", ":after": after or "0"}),
            Limit=limit,
        )
        return [_noted(dynamodb.from_item(item)) for item in answer["Items"]]

    def settled(self, decision_id: str) -> None:
        try:
            self.client.update_item(
                TableName=self.table,
                Key=dynamodb.to_item(_key(decision_id)),
                UpdateExpression="REMOVE review",
                ConditionExpression="attribute_exists(review)",
            )
        except ClientError as error:
            dynamodb.refused(error)  # nobody was to look at it

    def permit(self, input_hash: str, decision_id: str, until: float) -> None:
        item = {
            "part": "override",
            "id": input_hash,
            "decision": decision_id,
            "swept_at": dynamodb.sweep_after(until),
        }
        self.client.put_item(TableName=self.table, Item=dynamodb.to_item(item))

    def permitted(self, input_hash: str) -> str | None:
        item = dynamodb.get(self.client, self.table, {"part": "override", "id": input_hash})
        return None if item is None else str(item["decision"])

    def _taken(self, days: Iterable[int], limit: int, *, forward: bool, least: float) -> list[Noted]:
        """Decisions of these days, one after the other, until there are enough."""
        found: list[Noted] = []
        for day in days:
            parts = [self._part(f"{_date(day)}#{part}", limit, forward, least) for part in range(PARTS)]
            found += sorted(chain(*parts), key=lambda noted: noted.decision_id, reverse=not forward)
            if len(found) >= limit:
                break
        return found[:limit]

    def _part(self, part: str, limit: int, forward: bool, least: float) -> list[Noted]:
        answer = self.client.query(
            TableName=self.table,
            KeyConditionExpression="part = :part AND id >= :least",
            ExpressionAttributeValues=dynamodb.to_item({":part": part, ":least": least_uuid7(least)}),
            ScanIndexForward=forward,
            ConsistentRead=True,
            Limit=limit,
        )
        return [_noted(dynamodb.from_item(item)) for item in answer["Items"]]


def _key(decision_id: str) -> dict[str, str]:
    """Where a decision lies: its id is a UUIDv7, so it tells the day."""
    part = zlib.crc32(decision_id.encode()) % PARTS
    return {"part": f"{_date(int(_time(decision_id) // _DAY))}#{part}", "id": decision_id}


def _time(decision_id: str) -> float:
    return (uuid.UUID(decision_id).int >> 80) / 1000


def _date(day: int) -> str:
    return times.rfc3339(day * _DAY)[:10]


def _summed(date: str, parts: list[dynamodb.Item]) -> Day:
    counts = {outcome: sum(int(part.get(outcome.value, 0)) for part in parts) for outcome in Outcome}
    number = int(times.from_rfc3339(f"{date}T00:00:00Z") // _DAY)
    return Day(number, counts, max(float(part["last_at"]) for part in parts))


def _noted(item: dynamodb.Item) -> Noted:
    return Noted(item["id"], Outcome(item["outcome"]), _time(item["id"]), "review" in item)
