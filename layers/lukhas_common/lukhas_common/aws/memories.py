"""Memories in DynamoDB, one item each.

Table key: ``owner`` and ``place``, which is slot and number (``<32 hex>#0000000007``), so that the values of a key lie
side by side. The local index ``time`` over ``memory_id`` has them in the order of time; the local index ``stage`` over
``step`` (``fresh#<due>#<id>``) finds consistently what is due for one person. The index ``due`` over ``lane``
(``fresh#7``: stage and shard) and ``due`` finds people, and may lag. Items without anything due are in neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from botocore.exceptions import ClientError

from lukhas_common.aws import dynamodb
from lukhas_common.aws.ledger_entries import outcome_unknown
from lukhas_common.memory.models import MemoryType, Retention
from lukhas_common.memory.ports import MemoryOutcomeUnknownError
from lukhas_common.memory.stored import Stage, Stored, shard_of
from lukhas_common.memory.vault import folder_of

_BATCH = 100
"""Keys that BatchGetItem takes."""


@dataclass(frozen=True, slots=True)
class DynamoMemories:
    """The MemoryStore port."""

    client: Any
    table: str

    def put(self, stored: Stored) -> Stored:
        try:
            there = dynamodb.put_new(self.client, self.table, "owner", _values(stored))
        except Exception as error:
            raise _unknown(error) from error
        return stored if there is None else _stored(there)

    def move(self, stored: Stored) -> bool:
        try:
            self.client.put_item(
                TableName=self.table,
                Item=dynamodb.to_item(_values(stored)),
                ConditionExpression="revision = :before AND memory_id = :id",
                ExpressionAttributeValues=dynamodb.to_item({":before": stored.revision - 1, ":id": stored.memory_id}),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except Exception as error:
            if not isinstance(error, ClientError) or outcome_unknown(error):
                raise _unknown(error) from error
            there = dynamodb.refused(error)
            return bool(there) and _stored(there) == stored
        return True

    def remove(self, stored: Stored) -> bool:
        try:
            self.client.delete_item(
                TableName=self.table,
                Key=dynamodb.to_item(_key(stored)),
                ConditionExpression="revision = :revision AND memory_id = :id",
                ExpressionAttributeValues=dynamodb.to_item({":revision": stored.revision, ":id": stored.memory_id}),
            )
        except ClientError as error:
            dynamodb.refused(error)  # it is gone, or another
            return False
        return True

    def versions(self, owner: str, slot: str, limit: int, before: int | None = None) -> list[Stored]:
        last = f"{slot}#{before - 1:010d}" if before else f"{slot}#~"
        if before == 0:
            return []
        answer = self.client.query(
            TableName=self.table,
            KeyConditionExpression="#owner = :owner AND place BETWEEN :first AND :last",
            ExpressionAttributeNames={"#owner": "owner"},
            ExpressionAttributeValues=dynamodb.to_item({":owner": owner, ":first": f"{slot}#", ":last": last}),
            ConsistentRead=True,
            ScanIndexForward=False,
            Limit=limit,
        )
        return [_stored(dynamodb.from_item(item)) for item in answer["Items"]]

    def get(self, owner: str, places: Sequence[tuple[str, int]]) -> list[Stored]:
        found: list[Stored] = []
        for start in range(0, len(places), _BATCH):
            keys = [{"owner": owner, "place": _place(*place)} for place in places[start : start + _BATCH]]
            found += [_stored(dynamodb.from_item(item)) for item in self._read(keys)]
        return found

    def waiting(self, owner: str, stage: Stage, until: float) -> list[Stored]:
        values = {":owner": owner, ":first": f"{stage}#", ":last": f"{_step(stage, until)}#~"}
        condition = "#owner = :owner AND step BETWEEN :first AND :last"
        return [_stored(item) for item in self._query(condition, values, IndexName="stage")]

    def every(self, owner: str) -> Iterator[Stored]:
        return (_stored(item) for item in self._query("#owner = :owner", {":owner": owner}))

    def survey(self, owner: str) -> Iterator[Stored]:
        return (_stored(item) for item in self._query("#owner = :owner", {":owner": owner}, ConsistentRead=False))

    def timeline(self, owner: str, after: str, until: str, limit: int) -> list[Stored]:
        values = {":owner": owner, ":after": after, ":until": until}
        answer = self.client.query(
            TableName=self.table,
            IndexName="time",
            KeyConditionExpression="#owner = :owner AND memory_id BETWEEN :after AND :until",
            ExpressionAttributeNames={"#owner": "owner"},
            ExpressionAttributeValues=dynamodb.to_item(values),
            ConsistentRead=True,
            Limit=limit + 1,  # the one that it begins after is among them
        )
        keys = [dynamodb.from_item(item) for item in answer["Items"]]
        places = [_split(key["place"]) for key in keys if key["memory_id"] != after][:limit]
        return sorted(self.get(owner, places), key=lambda each: each.memory_id)

    def due(self, stage: Stage, shard: int, until: float) -> Iterator[str]:
        values = {":lane": f"{stage}#{shard}", ":until": until}
        index: dict[str, Any] = {"IndexName": "due", "ConsistentRead": False}
        found = dynamodb.query_where(self.client, self.table, "lane = :lane AND due <= :until", values, **index)
        return (str(item["owner"]) for item in found)

    def _query(self, condition: str, values: dict[str, Any], **other: Any) -> Iterator[dynamodb.Item]:
        return dynamodb.query_where(self.client, self.table, condition, values, names={"#owner": "owner"}, **other)

    def _read(self, keys: list[dict[str, Any]]) -> list[dynamodb.Item]:
        request = {"Keys": [dynamodb.to_item(key) for key in keys], "ConsistentRead": True}
        return dynamodb.read_all(self.client, self.table, request)


def _place(slot: str, seq: int) -> str:
    return f"{slot}#{seq:010d}"


def _split(place: str) -> tuple[str, int]:
    slot, _, seq = place.partition("#")
    return slot, int(seq)


def _key(stored: Stored) -> dict[str, str]:
    return {"owner": stored.owner, "place": _place(stored.slot, stored.seq)}


def _step(stage: Stage, due: float) -> str:
    return f"{stage}#{round(due * 1000):015d}"


def _values(stored: Stored) -> dict[str, Any]:
    is_due = stored.due < inf
    retention = stored.retention
    return {
        **_key(stored),
        "memory_id": stored.memory_id,
        "memory_type": stored.memory_type.value,
        "stage": stored.stage.value,
        "due": stored.due if is_due else None,
        "step": f"{_step(stored.stage, stored.due)}#{stored.memory_id}" if is_due else None,
        "lane": f"{stored.stage}#{shard_of(stored.owner)}" if is_due else None,
        "valid_from": stored.valid_from,
        "key_id": stored.key_id,
        "content": stored.content,
        "pinned": retention.pinned or None,
        "expires_at": retention.expires_at,
        "half_life": retention.half_life,
        "worth": None if retention.worth == 1 else retention.worth,
        "fold": None if stored.fold is None else stored.fold.removeprefix(folder_of(stored.owner, stored.key_id)),
        "once": stored.once or None,
        "revision": stored.revision,
    }


def _stored(item: dynamodb.Item) -> Stored:
    slot, seq = _split(str(item["place"]))
    return Stored(
        owner=str(item["owner"]),
        slot=slot,
        seq=seq,
        memory_id=str(item["memory_id"]),
        memory_type=MemoryType(item["memory_type"]),
        stage=Stage(item["stage"]),
        due=float(item.get("due", inf)),
        valid_from=float(item["valid_from"]),
        key_id=str(item["key_id"]),
        content=bytes(item["content"]) if "content" in item else None,
        retention=Retention(
            pinned=bool(item.get("pinned", False)),
            expires_at=float(item["expires_at"]) if "expires_at" in item else None,
            half_life=float(item["half_life"]) if "half_life" in item else None,
            worth=float(item.get("worth", 1)),
        ),
        fold=_fold(item),
        once=str(item.get("once", "")),
        revision=int(item["revision"]),
    )


def _fold(item: dynamodb.Item) -> str | None:
    """The name of a fold. Its folder, which the item tells by itself, is not stored; older items have it in front."""
    if "fold" not in item:
        return None
    folder = folder_of(str(item["owner"]), str(item["key_id"]))
    return folder + str(item["fold"]).removeprefix(folder)


def _unknown(error: Exception) -> Exception:
    """What a failed write means: nobody knows, or what it says."""
    if outcome_unknown(error):
        return MemoryOutcomeUnknownError("DynamoDB did not say whether the write took effect")
    return error
