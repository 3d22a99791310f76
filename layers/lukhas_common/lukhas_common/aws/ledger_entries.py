"""Entries of the ledger in DynamoDB: one item each, keyed by ``stream`` and ``seq``.

An entry that is not in the public log yet carries ``pending``, one of a few shards; the index of this name over the
shard and ``entry_id`` holds no others. The index lags, so it only says where to look.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError
from botocore.parsers import ResponseParserError

from lukhas_common.aws import dynamodb
from lukhas_common.aws.dynamodb import Item
from lukhas_common.ledger.entries import Entry, Leaf, LeafConflictError, OutcomeUnknownError

SHARDS = ("0", "1", "2", "3")

_INDEX = "pending"
_BATCH = 100
"""Keys that BatchGetItem takes."""

_PAGE = 1000
_THROTTLED = (
    "ThrottlingException",
    "ThrottledException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestTimeout",
    "RequestTimeoutException",
)

_SETTLE = "SET #leaf_index = :index REMOVE #pending"
_MAY_SETTLE = "#commitment = :commitment AND (attribute_not_exists(#leaf_index) OR #leaf_index = :index)"


@dataclass(frozen=True, slots=True)
class DynamoEntries:
    """The EntryStore and Inbox ports.

    Attributes:
        threads: calls at once when leaf indexes are written, one call each.
        sleep: waits for seconds.
    """

    client: Any
    table: str
    threads: int = 16
    sleep: Callable[[float], None] = time.sleep

    def put(self, entry: Entry) -> Entry:
        try:
            stored = dynamodb.put_new(self.client, self.table, "stream", _values(entry))
        except Exception as error:
            if outcome_unknown(error):
                raise OutcomeUnknownError("DynamoDB did not say whether the entry was stored") from error
            raise
        return entry if stored is None else entry_from(stored)

    def get(self, stream: str, seq: int) -> Entry | None:
        item = dynamodb.get(self.client, self.table, {"stream": stream, "seq": seq})
        return None if item is None else entry_from(item)

    def newest(self, stream: str) -> Entry | None:
        answer = self._query("#stream = :stream", {":stream": stream}, ScanIndexForward=False, Limit=1)
        return next((_entry(item) for item in answer["Items"]), None)

    def read(self, stream: str, start: int, limit: int) -> list[Entry]:
        entries: list[Entry] = []
        more: dict[str, Any] = {}
        while len(entries) < limit:
            values = {":stream": stream, ":start": start}
            answer = self._query("#stream = :stream AND seq >= :start", values, Limit=limit - len(entries), **more)
            entries += [_entry(item) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                break
            more = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
        return entries

    def many(self, places: Sequence[tuple[str, int]]) -> Iterator[Entry]:
        """The EntryReader port: entries at these places, in any order."""
        keys = [{"stream": stream, "seq": seq} for stream, seq in places]
        requests = [
            {"Keys": [dynamodb.to_item(key) for key in keys[start : start + _BATCH]], "ConsistentRead": True}
            for start in range(0, len(keys), _BATCH)
        ]
        with ThreadPoolExecutor(self.threads) as pool:
            for items in pool.map(
                lambda asked: dynamodb.read_all(self.client, self.table, asked, self.sleep), requests
            ):
                yield from map(_entry, items)

    def pending(self, limit: int) -> list[Leaf]:
        marked = heapq.merge(*(self._marked(shard, min(limit, _PAGE)) for shard in SHARDS), key=_by_id)
        found: dict[tuple[str, int], Leaf] = {}
        while len(found) < limit:
            keys = [(item["stream"], int(item["seq"])) for item in islice(marked, min(_BATCH, limit - len(found)))]
            if not keys:
                break
            found |= self._waiting(keys)
        return list(found.values())

    def settle(self, leaves: list[tuple[Leaf, int]]) -> None:
        with ThreadPoolExecutor(self.threads) as pool:
            written = [pool.submit(self._settle, leaf, index) for leaf, index in leaves]
        errors = [error for each in written if (error := each.exception()) is not None]
        # A contradiction must not hide behind a timeout.
        errors.sort(key=lambda error: not isinstance(error, LeafConflictError))
        for error in errors:
            raise error

    def _query(self, condition: str, values: dict[str, Any], **more: Any) -> Item:
        answer: Item = self.client.query(
            TableName=self.table,
            KeyConditionExpression=condition,
            ExpressionAttributeNames={"#stream": "stream"},
            ExpressionAttributeValues=dynamodb.to_item(values),
            ConsistentRead=True,
            **more,
        )
        return answer

    def _marked(self, shard: str, page: int) -> Iterator[Item]:
        """Keys of the entries that the index has in one shard, the oldest first."""
        more: dict[str, Any] = {}
        while True:
            answer = self.client.query(
                TableName=self.table,
                IndexName=_INDEX,
                KeyConditionExpression="#pending = :shard",
                ExpressionAttributeNames={"#pending": "pending"},
                ExpressionAttributeValues=dynamodb.to_item({":shard": shard}),
                Limit=page,
                **more,
            )
            yield from (dynamodb.from_item(item) for item in answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            more = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _waiting(self, keys: list[tuple[str, int]]) -> dict[tuple[str, int], Leaf]:
        """Those of these entries that have no leaf index, read consistently, in the order of the keys."""
        items = [dynamodb.from_item(item) for item in self._read([{"stream": name, "seq": seq} for name, seq in keys])]
        by_key = {(item["stream"], int(item["seq"])): item for item in items}
        return {
            key: Leaf(*key, bytes(by_key[key]["commitment"]))
            for key in keys
            if key in by_key and "leaf_index" not in by_key[key]
        }

    def _read(self, keys: list[dict[str, Any]]) -> list[Item]:
        request: dict[str, Any] = {
            "Keys": [dynamodb.to_item(key) for key in keys],
            "ConsistentRead": True,
            "ProjectionExpression": "#stream, seq, #commitment, #leaf_index",
            "ExpressionAttributeNames": {name: name[1:] for name in ("#stream", "#commitment", "#leaf_index")},
        }
        return dynamodb.read_all(self.client, self.table, request, self.sleep)

    def _settle(self, leaf: Leaf, index: int) -> None:
        try:
            self.client.update_item(
                TableName=self.table,
                Key=dynamodb.to_item({"stream": leaf.stream, "seq": leaf.seq}),
                UpdateExpression=_SETTLE,
                ConditionExpression=_MAY_SETTLE,
                ExpressionAttributeNames={name: name[1:] for name in ("#pending", "#commitment", "#leaf_index")},
                ExpressionAttributeValues=dynamodb.to_item({":index": index, ":commitment": leaf.commitment}),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            stored = dynamodb.refused(error)
            what = f"has index {stored.get('leaf_index')}, or another commitment" if stored else "is missing"
            raise LeafConflictError(f"{leaf.stream} {leaf.seq}, at {index} of the log, {what}") from error


def outcome_unknown(error: Exception) -> bool:
    """Whether a call that failed like this may have taken effect, or may take effect yet.

    A throttled call has no effect, but the SDK tries twice, and tells of the second try only.
    """
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= 500 or error.response["Error"]["Code"] in _THROTTLED
    return isinstance(error, (ConnectionError, HTTPClientError, ResponseParserError))


def entry_from(item: Item) -> Entry:
    """The entry in the plain values of an item."""
    index = item.get("leaf_index")
    return Entry(
        stream=item["stream"],
        seq=int(item["seq"]),
        entry_id=item["entry_id"],
        previous=bytes(item["previous"]),
        commitment=bytes(item["commitment"]),
        content=bytes(item["content"]),
        subject=item.get("subject"),
        key_id=item.get("key_id"),
        leaf_index=None if index is None else int(index),
    )


def _entry(item: Item) -> Entry:
    return entry_from(dynamodb.from_item(item))


def _values(entry: Entry) -> dict[str, Any]:
    return {
        "stream": entry.stream,
        "seq": entry.seq,
        "entry_id": entry.entry_id,
        "previous": entry.previous,
        "commitment": entry.commitment,
        "content": entry.content,
        "subject": entry.subject,
        "key_id": entry.key_id,
        "leaf_index": entry.leaf_index,
        "pending": _shard(entry.entry_id) if entry.leaf_index is None else None,
    }


def _shard(entry_id: str) -> str:
    """Taken from the end of the id, which is random, so that entries of one moment are spread."""
    return SHARDS[int(entry_id[-1], 16) % len(SHARDS)]


def _by_id(item: Item) -> str:
    return str(item["entry_id"])
