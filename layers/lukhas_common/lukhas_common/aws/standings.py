"""The standing of a token, in one BatchGetItem over the tables that its kind concerns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lukhas_common.aws import dynamodb
from lukhas_common.aws.counters import window_from, window_id
from lukhas_common.aws.families import family_from
from lukhas_common.aws.revocations import token_key
from lukhas_common.aws.rings import DynamoRings, ring_key
from lukhas_common.aws.sessions import session_from
from lukhas_common.identity import access_tokens
from lukhas_common.identity.standing import Standing
from lukhas_common.identity.user_context import UserContext
from lukhas_common.qrg import tokens as qrg


@dataclass(frozen=True, slots=True)
class Tables:
    """Names of tables; without ``counters`` the requests of late are not read."""

    users: str
    keys: str
    sessions: str = ""
    revocations: str = ""
    families: str = ""
    counters: str = ""


@dataclass(frozen=True, slots=True)
class DynamoStandings:
    """The Standings port. Of a user only the epoch is read, and since when a login has to be."""

    client: Any
    tables: Tables
    rings: DynamoRings

    def load(self, user: UserContext) -> Standing:
        tables = self.tables
        ring = access_tokens.RING if user.family_id is None else qrg.RING
        asked = {
            tables.users: dynamodb.one({"user_id": user.user_id}, "epoch, fresh_after"),
            tables.keys: dynamodb.one(ring_key(ring)),
        }
        if user.family_id is None:
            asked[tables.sessions] = dynamodb.one({"session_id": user.session_id})
            asked[tables.revocations] = dynamodb.one({"revocation_id": token_key(user.token_id)})
        else:
            asked[tables.families] = dynamodb.one({"family_id": user.family_id})
        if tables.counters:
            asked[tables.counters] = dynamodb.one({"counter_id": window_id(user.user_id)})
        found = {table: items[0] for table, items in dynamodb.batch_get(self.client, asked).items() if items}
        stored = found.get(tables.users)
        session, family, window = (found.get(table) for table in (tables.sessions, tables.families, tables.counters))
        return Standing(
            epoch=int(stored["epoch"]) if stored else None,
            ring=self.rings.ring_from(ring, found.get(tables.keys)),
            session=session_from(session) if session else None,
            family=family_from(family) if family else None,
            revoked=tables.revocations in found,
            window=window_from(window) if window else None,
            fresh_after=float(stored["fresh_after"]) if stored and "fresh_after" in stored else None,
        )
