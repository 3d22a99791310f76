"""Sessions in DynamoDB: one item each, keyed by ``session_id``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from botocore.exceptions import ClientError

from lukhas_common.aws import dynamodb
from lukhas_common.identity.sessions import Session

_ROTATE = (
    "SET previous = #current, #current = :successor, rotated_at = :now, renew_by = :renew_by, swept_at = :swept_at"
)
_MAY_ROTATE = "#current = :presented AND attribute_not_exists(revoked_for) AND renew_by > :now AND ends_at > :now"
_UNBOUND, _BOUND = " AND attribute_not_exists(key_thumbprint)", " AND key_thumbprint = :thumbprint"


@dataclass(frozen=True, slots=True)
class DynamoSessions:
    """The SessionStore port."""

    client: Any
    table: str

    def add(self, session: Session) -> None:
        swept_at = dynamodb.sweep_after(session.expires_at)
        dynamodb.put_new(self.client, self.table, "session_id", {**asdict(session), "swept_at": swept_at})

    def find(self, session_id: str) -> Session | None:
        item = dynamodb.get(self.client, self.table, {"session_id": session_id})
        return None if item is None else session_from(item)

    def rotate(
        self, session_id: str, *, current: str, successor: str, key_thumbprint: str | None, now: float, renew_by: float
    ) -> Session | None:
        values = {
            ":presented": current,
            ":successor": successor,
            ":now": now,
            ":renew_by": renew_by,
            ":swept_at": dynamodb.sweep_after(renew_by),
            ":thumbprint": key_thumbprint,
        }
        try:
            answer = self.client.update_item(
                TableName=self.table,
                Key=dynamodb.to_item({"session_id": session_id}),
                UpdateExpression=_ROTATE,
                ConditionExpression=_MAY_ROTATE + (_UNBOUND if key_thumbprint is None else _BOUND),
                ExpressionAttributeNames={"#current": "current"},
                ExpressionAttributeValues=dynamodb.to_item(values),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            item = dynamodb.refused(error)
            return session_from(item) if item else None
        return session_from(dynamodb.from_item(answer["Attributes"]))

    def revoke(self, session_id: str, reason: str) -> None:
        try:
            self.client.update_item(
                TableName=self.table,
                Key=dynamodb.to_item({"session_id": session_id}),
                UpdateExpression="SET revoked_for = :reason",
                ConditionExpression="attribute_exists(session_id) AND attribute_not_exists(revoked_for)",
                ExpressionAttributeValues=dynamodb.to_item({":reason": reason}),
            )
        except ClientError as error:
            dynamodb.refused(error)


def session_from(item: dynamodb.Item) -> Session:
    """The session in an item."""
    rotated_at = item.get("rotated_at")
    return Session(
        session_id=item["session_id"],
        user_id=item["user_id"],
        epoch=int(item["epoch"]),
        scopes=tuple(item["scopes"]),
        client_id=item["client_id"],
        created_at=float(item["created_at"]),
        renew_by=float(item["renew_by"]),
        ends_at=float(item["ends_at"]),
        current=item["current"],
        previous=item.get("previous"),
        rotated_at=None if rotated_at is None else float(rotated_at),
        revoked_for=item.get("revoked_for"),
        key_thumbprint=item.get("key_thumbprint"),
    )
