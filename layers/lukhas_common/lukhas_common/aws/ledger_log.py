"""The public log and its staging area in S3, and the lock in DynamoDB: one item, keyed by ``origin``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from botocore.exceptions import ClientError

from lukhas_common.aws import dynamodb
from lukhas_common.aws.ledger_entries import outcome_unknown
from lukhas_common.ledger.entries import OutcomeUnknownError
from lukhas_common.ledger.log_ports import Fork, LogForkError, LogHead
from lukhas_common.tlog.tree import TileMissingError

CHECKPOINT = "checkpoint"
"""The key of the public checkpoint (c2sp.org/tlog-tiles)."""

_FOR_EVER = "public, max-age=31536000, immutable"
_BRIEFLY = "public, max-age=10"
_TRIES = 5
_MISSING = ("NoSuchKey", "404")
_OTHER_VERSION = ("PreconditionFailed", "412")
_AT_ONCE = ("ConditionalRequestConflict", "409")
"""Another conditional write of the same object was under way; S3 wants this one to be repeated."""


@dataclass(frozen=True, slots=True)
class DynamoLogState:
    """The LogState port."""

    client: Any
    table: str
    origin: str

    def load(self) -> LogHead | None:
        item = dynamodb.get(self.client, self.table, {"origin": self.origin})
        return None if item is None else _head(item)

    def swap(self, old: LogHead | None, new: LogHead) -> bool:
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(origin)"}
        if old is not None:
            condition = {
                "ConditionExpression": "#size = :size AND #root = :root",
                "ExpressionAttributeNames": {"#size": "size", "#root": "root"},
                "ExpressionAttributeValues": dynamodb.to_item({":size": old.size, ":root": old.root}),
            }
        item = dynamodb.to_item({"origin": self.origin, **asdict(new)})
        try:
            self.client.put_item(
                TableName=self.table, Item=item, ReturnValuesOnConditionCheckFailure="ALL_OLD", **condition
            )
        except Exception as error:
            if outcome_unknown(error):
                return self._settled(old, new, error)
            if not isinstance(error, ClientError):
                raise
            stored = dynamodb.refused(error)
            return bool(stored) and _head(stored) == new
        return True

    def _settled(self, old: LogHead | None, new: LogHead, error: Exception) -> bool:
        """What became of a write whose answer was lost."""
        stored = self.load()
        if stored == old:
            raise OutcomeUnknownError("the lock may be written yet: run again") from error
        return stored == new


@dataclass(frozen=True, slots=True)
class S3LogObjects:
    """The LogObjects port. Every put brings a checksum, without which S3 takes no object that is to be locked."""

    client: Any
    bucket: str

    def read(self, path: str) -> bytes:
        found = self._get(path)
        if found is None:
            raise TileMissingError(path)
        return found[0]

    def put_new(self, path: str, data: bytes) -> None:
        for _ in range(_TRIES):
            if self._put(path, data, "application/octet-stream", _FOR_EVER, IfNoneMatch="*"):
                return
            found = self._get(path)
            if found is not None and found[0] != data:
                raise LogForkError(Fork.OBJECT_DIFFERS, f"{path} holds other bytes than it should")
            if found is not None:
                return
        raise OutcomeUnknownError(f"{path} is neither there nor can it be put")

    def checkpoint(self) -> tuple[bytes, str] | None:
        return self._get(CHECKPOINT)

    def put_checkpoint(self, note: bytes, etag: str | None) -> bool:
        match = {"IfNoneMatch": "*"} if etag is None else {"IfMatch": etag}
        return self._put(CHECKPOINT, note, "text/plain; charset=utf-8", _BRIEFLY, **match)

    def _get(self, key: str) -> tuple[bytes, str] | None:
        try:
            answer = self.client.get_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if _code(error) in _MISSING:
                return None
            raise
        return answer["Body"].read(), answer["ETag"]

    def _put(self, key: str, data: bytes, content_type: str, cache: str, **match: str) -> bool:
        """Put an object on a condition; answers whether it held."""
        for left in reversed(range(_TRIES)):
            try:
                self.client.put_object(
                    Bucket=self.bucket,
                    Key=key,
                    Body=data,
                    ContentType=content_type,
                    CacheControl=cache,
                    ChecksumAlgorithm="SHA256",
                    **match,
                )
            except ClientError as error:
                # An object that is gone matches no tag either.
                if _code(error) in _OTHER_VERSION or ("IfMatch" in match and _code(error) in _MISSING):
                    return False
                if _code(error) not in _AT_ONCE or not left:
                    raise
                continue
            return True
        return False


@dataclass(frozen=True, slots=True)
class S3Staging:
    """The Staging port on a bucket of its own."""

    client: Any
    bucket: str

    def put(self, name: str, data: bytes) -> None:
        self.client.put_object(
            Bucket=self.bucket, Key=name, Body=data, ContentType="application/json", ChecksumAlgorithm="SHA256"
        )

    def get(self, name: str) -> bytes | None:
        try:
            return bytes(self.client.get_object(Bucket=self.bucket, Key=name)["Body"].read())
        except ClientError as error:
            if _code(error) in _MISSING:
                return None
            raise

    def delete(self, name: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=name)

    def names(self) -> list[str]:
        # What lies in folders is not of the staging area.
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Delimiter="/")
        return [found["Key"] for page in pages for found in page.get("Contents", [])]


def _head(item: dynamodb.Item) -> LogHead:
    return LogHead(int(item["size"]), bytes(item["root"]), bytes(item["note"]))


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])
