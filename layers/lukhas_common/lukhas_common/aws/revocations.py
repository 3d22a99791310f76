"""What may not be used, or not again, in DynamoDB: one item each, keyed by ``revocation_id``."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from lukhas_common.aws import dynamodb


def token_key(token_id: str) -> str:
    """The key of a revoked access token."""
    return f"token#{token_id}"


@dataclass(frozen=True, slots=True)
class DynamoRevocations:
    """The DenyList and ProofStore ports."""

    client: Any
    table: str

    def deny(self, token_id: str, until: float) -> None:
        self.client.put_item(TableName=self.table, Item=dynamodb.to_item(_entry(token_key(token_id), until)))

    def spend(self, proof_id: str, until: float) -> bool:
        # An answer that was lost is asked for again by the SDK: what is found then is this very item.
        entry = _entry(f"proof#{proof_id}", until) | {"by": secrets.token_hex(8)}
        found = dynamodb.put_new(self.client, self.table, "revocation_id", entry)
        return found is None or found["by"] == entry["by"]


def _entry(key: str, until: float) -> dynamodb.Item:
    return {"revocation_id": key, "until": until, "swept_at": dynamodb.sweep_after(until)}
