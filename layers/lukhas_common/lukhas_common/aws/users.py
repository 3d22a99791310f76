"""Users and usernames in DynamoDB."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from botocore.exceptions import ClientError

from lukhas_common.aws import dynamodb
from lukhas_common.identity.users import User

_NOBODY = "-"
"""Too short for a username and no user id: what is read where there is nothing to read, to take as long."""


@dataclass(frozen=True, slots=True)
class DynamoUsers:
    """The UserStore port on two tables, keyed by ``user_id`` and by ``username``."""

    client: Any
    users_table: str
    usernames_table: str = ""

    def claim(self, username: str, user_id: str, *, now: float, stale_before: float) -> bool:
        claim = {"username": username, "user_id": user_id, "claimed_at": now}
        held = dynamodb.put_new(self.client, self.usernames_table, "username", claim)
        if held is None:
            return True
        mine = held["user_id"] == user_id
        if not mine and (held["claimed_at"] >= stale_before or self.by_id(held["user_id"]) is not None):
            return False
        # Mine is claimed anew as well, so that nobody can call it stale while its user is being written.
        try:
            self.client.put_item(
                TableName=self.usernames_table,
                Item=dynamodb.to_item(claim),
                ConditionExpression="user_id = :holder AND claimed_at = :then",
                ExpressionAttributeValues=dynamodb.to_item({":holder": held["user_id"], ":then": held["claimed_at"]}),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            return bool(dynamodb.refused(error).get("user_id") == user_id)
        return True

    def add(self, user: User) -> User:
        stored = dynamodb.put_new(self.client, self.users_table, "user_id", asdict(user))
        return user if stored is None else _user(stored)

    def by_id(self, user_id: str) -> User | None:
        item = dynamodb.get(self.client, self.users_table, {"user_id": user_id})
        return None if item is None else _user(item)

    def epoch(self, user_id: str) -> int | None:
        """The Epochs port."""
        item = dynamodb.get(self.client, self.users_table, {"user_id": user_id}, "epoch")
        return None if item is None else int(item["epoch"])

    def by_username(self, username: str) -> User | None:
        possible = username if 0 < len(username) <= 256 else _NOBODY
        claim = dynamodb.get(self.client, self.usernames_table, {"username": possible})
        return self.by_id(_NOBODY if claim is None else claim["user_id"])

    def replace_password(self, user_id: str, *, old_hash: str, new_hash: str, epochs: int) -> User | None:
        try:
            answer = self.client.update_item(
                TableName=self.users_table,
                Key=dynamodb.to_item({"user_id": user_id}),
                UpdateExpression="SET password_hash = :new, epoch = epoch + :epochs",
                ConditionExpression="password_hash = :old",
                ExpressionAttributeValues=dynamodb.to_item({":new": new_hash, ":old": old_hash, ":epochs": epochs}),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            stored = dynamodb.refused(error)
            # The new hash is salted: if it is there, this very call put it there and its answer was lost.
            return _user(stored) if stored.get("password_hash") == new_hash else None
        return _user(dynamodb.from_item(answer["Attributes"]))

    def replace_scopes(self, user: User, scopes: tuple[str, ...], *, epochs: int) -> User | None:
        """Give the account these scopes, and end its tokens by ``epochs`` steps; None where it was changed since."""
        try:
            answer = self.client.update_item(
                TableName=self.users_table,
                Key=dynamodb.to_item({"user_id": user.user_id}),
                UpdateExpression="SET scopes = :new, epoch = :epoch",
                ConditionExpression="scopes = :old AND epoch = :then",
                ExpressionAttributeValues=dynamodb.to_item(
                    {":new": scopes, ":old": user.scopes, ":epoch": user.epoch + epochs, ":then": user.epoch}
                ),
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            dynamodb.refused(error)
            return None
        return _user(dynamodb.from_item(answer["Attributes"]))

    def demand_login(self, user_id: str, at: float) -> None:
        """End the sessions that began no later than then. May be repeated: sessions that began since go on."""
        self._answer(user_id, "SET fresh_after = :at", "fresh_after", at)

    def end_tokens(self, user_id: str, at: float) -> None:
        """End all tokens of the account, agents' too. May be repeated with the same time: tokens since then go on."""
        self._answer(user_id, "SET ended_at = :at, epoch = epoch + :one", "ended_at", at, {":one": 1})

    def _answer(self, user_id: str, change: str, since: str, at: float, more: dict[str, int] | None = None) -> None:
        try:
            self.client.update_item(
                TableName=self.users_table,
                Key=dynamodb.to_item({"user_id": user_id}),
                UpdateExpression=change,
                ConditionExpression=f"attribute_exists(user_id) AND (attribute_not_exists({since}) OR {since} < :at)",
                ExpressionAttributeValues=dynamodb.to_item({":at": at, **(more or {})}),
            )
        except ClientError as error:
            dynamodb.refused(error)


def _user(item: dynamodb.Item) -> User:
    return User(
        user_id=item["user_id"],
        username=item["username"],
        password_hash=item["password_hash"],
        scopes=tuple(item["scopes"]),
        created_at=float(item["created_at"]),
        epoch=int(item["epoch"]),
        fresh_after=float(item["fresh_after"]) if "fresh_after" in item else None,
    )
