"""The little of DynamoDB that all stores share: items as dicts, and writes that may be refused."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

Item = dict[str, Any]

_ROUNDS = 10
"""How often BatchGetItem is asked for keys that it left unread."""

_SERIALIZE = TypeSerializer().serialize
_DESERIALIZE = TypeDeserializer().deserialize


class StorageError(Exception):
    """DynamoDB did not do all of what was asked; nothing may be concluded from what it did answer."""


def to_item(values: Mapping[str, Any]) -> Item:
    """A DynamoDB item of the values that are not None; floats keep milliseconds."""
    return {name: _SERIALIZE(_number(value)) for name, value in values.items() if value is not None}


def from_item(item: Item) -> Item:
    """The plain values of an item."""
    return {name: _DESERIALIZE(value) for name, value in item.items()}


def get(client: Any, table: str, key: Mapping[str, Any], attributes: str = "") -> Item | None:
    """One item, read consistently, or only these attributes of it."""
    wanted = {"ProjectionExpression": attributes} if attributes else {}
    answer = client.get_item(TableName=table, Key=to_item(key), ConsistentRead=True, **wanted)
    return from_item(answer["Item"]) if "Item" in answer else None


def query(client: Any, table: str, key_name: str, key: str) -> list[Item]:
    """All items of one partition, read consistently."""
    return list(query_where(client, table, "#key = :key", {":key": key}, names={"#key": key_name}))


def query_where(
    client: Any,
    table: str,
    condition: str,
    values: Mapping[str, Any],
    *,
    names: Mapping[str, str] | None = None,
    **other: Any,
) -> Iterator[Item]:
    """The items of a table that a condition on their keys lets through, read consistently page by page.

    Args:
        names: what placeholders in the condition stand for.
        other: further arguments of Query, such as another ``ConsistentRead``.
    """
    arguments = {
        "TableName": table,
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": to_item(values),
        "ConsistentRead": True,
        **({"ExpressionAttributeNames": names} if names else {}),
        **other,
    }
    pages = client.get_paginator("query").paginate(**arguments)
    return (from_item(item) for page in pages for item in page["Items"])


def put_new(client: Any, table: str, key_name: str, values: Mapping[str, Any]) -> Item | None:
    """Put an item that must not exist yet; answers the one that does, or None if it was put."""
    try:
        client.put_item(
            TableName=table,
            Item=to_item(values),
            ConditionExpression="attribute_not_exists(#key)",
            ExpressionAttributeNames={"#key": key_name},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        return refused(error)
    return None


def put_if(client: Any, table: str, values: Mapping[str, Any], condition: str, held_against: Mapping[str, Any]) -> bool:
    """Put an item if the condition holds; answers whether it did."""
    arguments = {"ExpressionAttributeValues": to_item(held_against)} if held_against else {}
    try:
        client.put_item(TableName=table, Item=to_item(values), ConditionExpression=condition, **arguments)
    except ClientError as error:
        refused(error)
        return False
    return True


def put_version(client: Any, table: str, values: Mapping[str, Any]) -> bool:
    """Put an item whose ``version`` follows the stored one's, or is 1 where there is none; answers whether it did."""
    before = values["version"] - 1
    if not before:
        return put_if(client, table, values, "attribute_not_exists(version)", {})
    return put_if(client, table, values, "version = :before", {":before": before})


def refused(error: ClientError) -> Item:
    """The item that a condition was held against, empty where there is none; raises any other error."""
    if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
        raise error
    return from_item(error.response.get("Item", {}))


def one(key: Mapping[str, Any], attributes: str = "") -> Item:
    """What batch_get asks of one table: one item, or only these attributes of it."""
    wanted = {"ProjectionExpression": attributes} if attributes else {}
    return {"Keys": [to_item(key)], "ConsistentRead": True, **wanted}


def batch_get(client: Any, requests: Mapping[str, Mapping[str, Any]]) -> dict[str, list[Item]]:
    """Items of several tables, read consistently in one round trip.

    Raises:
        StorageError: DynamoDB left some keys unread.
    """
    answer = client.batch_get_item(RequestItems=requests)
    if any(answer.get("UnprocessedKeys", {}).values()):
        raise StorageError("some keys were not read")
    return {table: [from_item(item) for item in items] for table, items in answer["Responses"].items()}


def read_all(
    client: Any, table: str, request: Mapping[str, Any], sleep: Callable[[float], None] = time.sleep
) -> list[Item]:
    """Items of one table as they are stored, asked for again, after a pause, until all of ``request`` were answered.

    Raises:
        StorageError: some were left unread, however often.
    """
    items: list[Item] = []
    for each in range(_ROUNDS):
        answer = client.batch_get_item(RequestItems={table: request})
        items += answer["Responses"].get(table, [])
        left = answer.get("UnprocessedKeys", {}).get(table)
        if not left:
            return items
        request = left
        sleep(0.02 * 2**each)
    raise StorageError("DynamoDB left some keys unread")


def sweep_after(expiry: float) -> int:
    """A TTL attribute: only sweeps, long after readers have begun to ignore the item."""
    return int(expiry) + 86400


def _number(value: Any) -> Any:
    """Floats as Decimals of whole milliseconds, at any depth."""
    match value:
        case float():
            return Decimal(str(round(value, 3)))
        case dict():
            return {name: _number(part) for name, part in value.items()}
        case list() | tuple():
            return [_number(part) for part in value]
    return value
