"""Data keys in DynamoDB, one item a subject, wrapped by a symmetric key of KMS.

Table key: ``subject``. ``owed`` is there only while an erasure is still to be logged, so that its index holds no more
than these.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from lukhas_common.aws import dynamodb
from lukhas_common.aws.tags import STACK_TAG
from lukhas_common.ledger.data_keys import StoredKey
from lukhas_common.ledger.ledger_audit import STRANGERS
from lukhas_common.ledger.rewrapping import NotRewrappableError

KEPT_FOR = 90 * 86400
"""Seconds for which the keys of subjects are kept that are no person."""

_OWED = "erasure"
_ANOTHER = "IncorrectKeyException"

_ADD = "SET #key_id = :key_id, #wrapped = :wrapped"
_MAY_ADD = "attribute_not_exists(#key_id) AND (attribute_not_exists(#erased_key) OR #erased_key <> :key_id)"

_ERASE = "SET #erased_at = :now, #erased_key = #key_id, #unlogged = :erasure_id, #owed = :owed REMOVE #key_id, #wrapped"
_MAY_ERASE = (
    "attribute_exists(#key_id) AND attribute_not_exists(#unlogged) "
    "AND (attribute_not_exists(#erased_at) OR #erased_at < :now)"
)


@dataclass(frozen=True, slots=True)
class DynamoDataKeys:
    """The DataKeyStore and WrappedKeys ports."""

    client: Any
    table: str

    def load(self, subject: str) -> StoredKey:
        return _stored(subject, dynamodb.get(self.client, self.table, {"subject": subject}) or {})

    def add(self, subject: str, key_id: str, wrapped: bytes) -> StoredKey:
        values: dict[str, Any] = {":key_id": key_id, ":wrapped": wrapped}
        change = _ADD
        if subject.startswith(STRANGERS):
            change, values[":swept_at"] = f"{_ADD}, #swept_at = :swept_at", _made_at(key_id) + KEPT_FOR
        return self._update(subject, change, _MAY_ADD, values)

    def erase(self, subject: str, erasure_id: str, now: float) -> StoredKey:
        return self._update(subject, _ERASE, _MAY_ERASE, {":erasure_id": erasure_id, ":now": now, ":owed": _OWED})

    def logged(self, subject: str, erasure_id: str) -> None:
        self._update(subject, "REMOVE #unlogged, #owed", "#unlogged = :erasure_id", {":erasure_id": erasure_id})

    def unlogged(self) -> list[str]:
        index: dict[str, Any] = {"IndexName": "owed", "ConsistentRead": False}
        owing = dynamodb.query_where(self.client, self.table, "owed = :owed", {":owed": _OWED}, **index)
        return [item["subject"] for item in owing]

    def wrapped(self) -> Iterator[StoredKey]:
        pages = self.client.get_paginator("scan").paginate(
            TableName=self.table,
            FilterExpression="attribute_exists(#wrapped)",
            ExpressionAttributeNames={"#wrapped": "wrapped"},
            ConsistentRead=True,
        )
        for page in pages:
            for item in page["Items"]:
                found = dynamodb.from_item(item)
                yield _stored(found["subject"], found)

    def exchange(self, stored: StoredKey, wrapped: bytes) -> bool:
        values = {":new": wrapped, ":key_id": stored.key_id, ":old": stored.wrapped}
        condition = "#key_id = :key_id AND #wrapped = :old"
        return self._update(stored.subject, "SET #wrapped = :new", condition, values).wrapped == wrapped

    def _update(self, subject: str, change: str, condition: str, values: dict[str, Any]) -> StoredKey:
        """What is stored after the update, or untouched where the condition failed."""
        try:
            answer = self.client.update_item(
                TableName=self.table,
                Key=dynamodb.to_item({"subject": subject}),
                UpdateExpression=change,
                ConditionExpression=condition,
                ExpressionAttributeNames={name: name[1:] for name in re.findall(r"#\w+", f"{change} {condition}")},
                ExpressionAttributeValues=dynamodb.to_item(values),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            return _stored(subject, dynamodb.refused(error))
        return _stored(subject, dynamodb.from_item(answer["Attributes"]))


@dataclass(frozen=True, slots=True)
class KmsWrapper:
    """The Wrapper and Rewrapper ports. What KMS wrapped opens in the same stack only, for the same subject and key id.

    Attributes:
        client: makes the client of KMS, which a process needs only where it meets a key for the first time.
        key_id: of the symmetric key that wraps.
        older: those that wrapped before, and still unwrap. A key that is not named is never asked: KMS would use any
            that the caller may use, also one of whoever can write to the table.
    """

    client: Callable[[], Any]
    key_id: str
    stack: str
    older: tuple[str, ...] = ()

    def wrap(self, subject: str, key_id: str) -> tuple[bytes, bytes]:
        context = self._context(subject, key_id)
        made = self.client().generate_data_key(KeyId=self.key_id, KeySpec="AES_256", EncryptionContext=context)
        return bytes(made["Plaintext"]), bytes(made["CiphertextBlob"])

    def unwrap(self, subject: str, key_id: str, wrapped: bytes) -> bytes:
        sent = {"CiphertextBlob": wrapped, "EncryptionContext": self._context(subject, key_id)}
        answer, _ = self._by_its_key(lambda kms, source: kms.decrypt(KeyId=source, **sent))
        return bytes(answer["Plaintext"])

    def rewrap(self, subject: str, key_id: str, wrapped: bytes) -> bytes | None:
        context = self._context(subject, key_id)
        sent = {
            "CiphertextBlob": wrapped,
            "SourceEncryptionContext": context,
            "DestinationKeyId": self.key_id,
            "DestinationEncryptionContext": context,
        }
        try:
            answer, source = self._by_its_key(lambda kms, source: kms.re_encrypt(SourceKeyId=source, **sent))
        except ClientError as error:
            if error.response["Error"]["Code"] in (_ANOTHER, "InvalidCiphertextException"):
                raise NotRewrappableError(subject) from None
            raise
        return None if source == self.key_id else bytes(answer["CiphertextBlob"])

    def _by_its_key(self, ask: Callable[[Any, str], Any]) -> tuple[Any, str]:
        """The answer for that key of ours which wrapped it, and the key: the newest is asked first."""
        kms, (*others, last) = self.client(), (self.key_id, *self.older)
        for source in others:
            try:
                return ask(kms, source), source
            except ClientError as error:
                if error.response["Error"]["Code"] != _ANOTHER:
                    raise
        return ask(kms, last), last

    def _context(self, subject: str, key_id: str) -> dict[str, str]:
        return {STACK_TAG: self.stack, "lukhas:subject": subject, "lukhas:key": key_id}


def _made_at(key_id: str) -> int:
    """When a UUIDv7 was made, in whole seconds since the epoch."""
    return (uuid.UUID(key_id).int >> 80) // 1000


def _stored(subject: str, item: dynamodb.Item) -> StoredKey:
    """The key in an item, empty where there is none."""
    return StoredKey(
        subject,
        key_id=item.get("key_id"),
        wrapped=bytes(item["wrapped"]) if "wrapped" in item else None,
        erased_at=float(item["erased_at"]) if "erased_at" in item else None,
        erased_key=item.get("erased_key"),
        unlogged=item.get("unlogged"),
    )
