"""The standing of a caller, in one BatchGetItem over three tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lukhas_common.aws import dynamodb
from lukhas_common.aws.counters import window_from, window_id
from lukhas_common.aws.sessions import session_from
from lukhas_common.identity.strict_auth import Standing


@dataclass(frozen=True, slots=True)
class DynamoStandings:
    """The Standings port. Of a user only the epoch is read."""

    client: Any
    sessions_table: str
    users_table: str
    counters_table: str

    def load(self, session_id: str, user_id: str) -> Standing:
        found = dynamodb.batch_get(
            self.client,
            {
                self.sessions_table: _one({"session_id": session_id}),
                self.users_table: {**_one({"user_id": user_id}), "ProjectionExpression": "epoch"},
                self.counters_table: _one({"counter_id": window_id(user_id)}),
            },
        )
        sessions, users, counters = (
            found.get(table, []) for table in (self.sessions_table, self.users_table, self.counters_table)
        )
        return Standing(
            session=session_from(sessions[0]) if sessions else None,
            epoch=int(users[0]["epoch"]) if users else None,
            window=window_from(counters[0]) if counters else None,
        )


def _one(key: dict[str, str]) -> dict[str, Any]:
    return {"Keys": [dynamodb.to_item(key)], "ConsistentRead": True}
