"""Families of QRG tokens in DynamoDB: one item each, keyed by ``family_id``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from botocore.exceptions import ClientError

from lukhas_common.aws import dynamodb
from lukhas_common.qrg.families import Family

_ROTATE = (
    "SET #current = :successor, kid = :kid, scopes = :scopes, issued_at = :issued_at, expires_at = :expires_at, "
    "rotations = :rotations, rotated_by = :rotated_by, swept_at = :swept_at"
)

_MAY_ROTATE = "#current = :presented AND attribute_not_exists(revoked_for) AND expires_at > :now"


@dataclass(frozen=True, slots=True)
class DynamoFamilies:
    """The FamilyStore port."""

    client: Any
    table: str

    def add(self, family: Family) -> Family:
        item = {**asdict(family), "swept_at": dynamodb.sweep_after(family.expires_at)}
        stored = dynamodb.put_new(self.client, self.table, "family_id", item)
        return family if stored is None else family_from(stored)

    def find(self, family_id: str) -> Family | None:
        item = dynamodb.get(self.client, self.table, {"family_id": family_id})
        return None if item is None else family_from(item)

    def rotate(self, family: Family, rotated: Family, now: float) -> Family | None:
        values = {
            ":presented": family.current,
            ":now": now,
            ":successor": rotated.current,
            ":kid": rotated.kid,
            ":scopes": rotated.scopes,
            ":issued_at": rotated.issued_at,
            ":expires_at": rotated.expires_at,
            ":rotations": rotated.rotations,
            ":rotated_by": rotated.rotated_by,
            ":swept_at": dynamodb.sweep_after(rotated.expires_at),
        }
        return self._update(
            family.family_id,
            UpdateExpression=_ROTATE,
            ConditionExpression=_MAY_ROTATE,
            ExpressionAttributeNames={"#current": "current"},
            ExpressionAttributeValues=dynamodb.to_item(values),
        )

    def revoke(self, family_id: str, reason: str) -> Family | None:
        return self._update(
            family_id,
            UpdateExpression="SET revoked_for = :reason",
            ConditionExpression="attribute_exists(family_id) AND attribute_not_exists(revoked_for)",
            ExpressionAttributeValues=dynamodb.to_item({":reason": reason}),
        )

    def count_live(self, kid: str, now: float) -> tuple[int, int]:
        """How many tokens by this key are good, and how many users hold them. Reads the whole table."""
        pages = self.client.get_paginator("scan").paginate(
            TableName=self.table,
            FilterExpression="kid = :kid AND expires_at > :now AND attribute_not_exists(revoked_for)",
            ExpressionAttributeValues=dynamodb.to_item({":kid": kid, ":now": now}),
            ProjectionExpression="user_id",
        )
        users = [dynamodb.from_item(item)["user_id"] for page in pages for item in page["Items"]]
        return len(users), len(set(users))

    def _update(self, family_id: str, **arguments: Any) -> Family | None:
        """The family as it is after the update, or untouched where the condition failed."""
        try:
            answer = self.client.update_item(
                TableName=self.table,
                Key=dynamodb.to_item({"family_id": family_id}),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **arguments,
            )
        except ClientError as error:
            item = dynamodb.refused(error)
            return family_from(item) if item else None
        return family_from(dynamodb.from_item(answer["Attributes"]))


def family_from(item: dynamodb.Item) -> Family:
    """The family in an item."""
    return Family(
        family_id=item["family_id"],
        user_id=item["user_id"],
        epoch=int(item["epoch"]),
        started_at=int(item["started_at"]),
        current=item["current"],
        kid=item["kid"],
        scopes=tuple(item["scopes"]),
        issued_at=int(item["issued_at"]),
        expires_at=int(item["expires_at"]),
        ends_at=int(item["ends_at"]),
        rotations=int(item["rotations"]),
        rotated_by=item.get("rotated_by"),
        revoked_for=item.get("revoked_for"),
    )
