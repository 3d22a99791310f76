"""What an audit of the ledger reads, from S3 and DynamoDB; it writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from lukhas_common.aws import dynamodb
from lukhas_common.aws.dynamodb import Item
from lukhas_common.aws.ledger import ledger
from lukhas_common.aws.ledger_entries import SHARDS, entry_from
from lukhas_common.aws.ledger_log import CHECKPOINT, DynamoLogState
from lukhas_common.aws.log_keys import log_origin, log_verifiers
from lukhas_common.ledger.auditing.audit import Audited
from lukhas_common.ledger.auditing.ports import Row, Stored, Unreadable
from lukhas_common.settings import settings
from lukhas_common.tlog.merkle import HASH_SIZE
from lukhas_common.tlog.verifiers import Verifier

_THREADS = 32
_READING = Config(
    connect_timeout=5,
    read_timeout=30,
    retries={"mode": "standard", "total_max_attempts": 8},
    max_pool_connections=_THREADS,
)
"""An audit waits: what is slow now may be read a little later."""

_CHAINED = ("stream", "seq", "entry_id", "previous", "commitment", "leaf_index", "pending")
_SAID = ("content", "subject", "key_id")


@cache
def reader(service: str) -> Any:
    """The client of a service, for reading much."""
    return boto3.client(service, config=_READING)


@dataclass(frozen=True, slots=True)
class S3Archive:
    """The LogArchive port."""

    client: Any
    bucket: str

    def notes(self) -> Iterator[tuple[str, bytes | None]]:
        with ThreadPoolExecutor(_THREADS) as pool:
            for page in self._pages(Prefix=CHECKPOINT):
                found = [version["VersionId"] for version in page.get("Versions", []) if version["Key"] == CHECKPOINT]
                yield from zip(found, pool.map(self._note, found), strict=True)
                for marker in page.get("DeleteMarkers", []):
                    if marker["Key"] == CHECKPOINT:
                        yield marker["VersionId"], None

    def listing(self) -> Iterator[Stored]:
        for page in self._pages():
            for kind, is_deletion in (("Versions", False), ("DeleteMarkers", True)):
                for found in page.get(kind, []):
                    if found["Key"] != CHECKPOINT:
                        yield Stored(found["Key"], found["IsLatest"], is_deletion)

    def read_all(self, paths: Sequence[str]) -> list[bytes | None]:
        with ThreadPoolExecutor(_THREADS) as pool:
            return list(pool.map(self._latest, paths))

    def _pages(self, **arguments: str) -> Iterator[Item]:
        pages: Iterator[Item] = self.client.get_paginator("list_object_versions").paginate(
            Bucket=self.bucket, **arguments
        )
        return iter(pages)

    def _note(self, version: str) -> bytes:
        # An object that was written before the bucket had versions has this one.
        wanted = {} if version == "null" else {"VersionId": version}
        return bytes(self.client.get_object(Bucket=self.bucket, Key=CHECKPOINT, **wanted)["Body"].read())

    def _latest(self, path: str) -> bytes | None:
        try:
            return bytes(self.client.get_object(Bucket=self.bucket, Key=path)["Body"].read())
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return None
            raise


@dataclass(frozen=True, slots=True)
class DynamoTable:
    """The EntryTable port.

    Attributes:
        with_contents: whether contents are read, and whose they are.
    """

    client: Any
    table: str
    with_contents: bool

    def scan(self) -> Iterator[Row | Unreadable]:
        return self._rows(self.client.scan)

    def stream(self, name: str) -> Iterator[Row | Unreadable]:
        values = dynamodb.to_item({":stream": name})
        return self._rows(
            self.client.query, KeyConditionExpression="#stream = :stream", ExpressionAttributeValues=values
        )

    def _rows(self, read: Any, **arguments: Any) -> Iterator[Row | Unreadable]:
        wanted = (*_CHAINED, *_SAID) if self.with_contents else _CHAINED
        arguments |= {
            "TableName": self.table,
            "ConsistentRead": True,
            "ProjectionExpression": ", ".join(f"#{name}" for name in wanted),
            "ExpressionAttributeNames": {f"#{name}": name for name in wanted},
        }
        while True:
            answer = read(**arguments)
            yield from (_row(dynamodb.from_item(item)) for item in answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            arguments["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def stack_to_audit(*, with_contents: bool, known: Sequence[bytes], keys: Sequence[Verifier] = ()) -> Audited:
    """The ledger of the stack whose variables this process has.

    Args:
        keys: of the log, from elsewhere than the stack itself.

    Raises:
        ValueError: the keys are of another log.
    """
    if any(key.name != log_origin() for key in keys):
        raise ValueError(f"the keys are not of {log_origin()}")
    config = settings()
    client = reader("dynamodb")
    return Audited(
        log_origin(),
        keys or log_verifiers(),
        S3Archive(reader("s3"), config.required("log_bucket")),
        DynamoLogState(client, config.required("checkpoints_table"), log_origin()),
        DynamoTable(client, config.required("ledger_table"), with_contents),
        ledger().open if with_contents else None,
        known,
    )


def bucket_to_audit(bucket: str, keys: Sequence[Verifier], known: Sequence[bytes]) -> Audited:
    """A log of which there is only a bucket; its name is that of its keys."""
    return Audited(keys[0].name, keys, S3Archive(reader("s3"), bucket), known=known)


def _row(item: Item) -> Row | Unreadable:
    """The entry in the plain values of an item; whatever they are, the table's key is always there."""
    place = str(item["stream"]), int(item["seq"])
    try:
        entry = entry_from({"content": b"", **item})
        numbers = [item[name] for name in ("seq", "leaf_index") if name in item]
        sizes = len(entry.previous), len(entry.commitment)
        is_whole = sizes == (HASH_SIZE, HASH_SIZE) and all(number == int(number) for number in numbers)
    except (KeyError, TypeError, ValueError, OverflowError):
        is_whole = False
    if not is_whole or not isinstance(entry.entry_id, str):
        return Unreadable(*place)
    return Row(entry, item.get("pending") in SHARDS)
