"""Key rings in DynamoDB.

Table key: ``ring`` and ``entry``. The entry ``ring`` is the ring itself, and ``key#<kid>`` its public keys, so that
one query reads all.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from lukhas_common.aws import dynamodb
from lukhas_common.crypto.key_ring import Ring, RingKey
from lukhas_common.crypto.keys import PublicKey

_RING = "ring"


def ring_key(name: str) -> dict[str, str]:
    """The table key of a ring's own entry."""
    return {"ring": name, "entry": _RING}


@dataclass(frozen=True, slots=True)
class DynamoRings:
    """The RingStore port. ``token_lives`` says how long the tokens of each ring live at most, in seconds."""

    client: Any
    table: str
    token_lives: dict[str, int]

    def load(self, name: str) -> tuple[Ring, dict[str, PublicKey]]:
        ring, keys = self._query(name)
        if any(key.kid not in keys and key.destroyed_at is None for key in ring.keys):
            # A query is no snapshot: this one saw the keys before one was published, and the ring after.
            return self._query(name)
        return ring, keys

    def save(self, ring: Ring) -> bool:
        item = {
            **ring_key(ring.name),
            "version": ring.version + 1,
            "held": ring.held,
            "keys": [_packed(key) for key in ring.keys],
        }
        return dynamodb.put_version(self.client, self.table, item)

    def _query(self, name: str) -> tuple[Ring, dict[str, PublicKey]]:
        items = {item["entry"]: item for item in dynamodb.query(self.client, self.table, "ring", name)}
        ring = self.ring_from(name, items.pop(_RING, None))
        return ring, {item["kid"]: PublicKey(item["kid"], item["algorithm"], item["jwk"]) for item in items.values()}

    def publish(self, name: str, key: PublicKey) -> None:
        item = {"ring": name, "entry": f"key#{key.kid}", "kid": key.kid, "algorithm": key.algorithm, "jwk": key.jwk}
        self.client.put_item(TableName=self.table, Item=dynamodb.to_item(item))

    def forget(self, name: str, kid: str) -> None:
        self.client.delete_item(TableName=self.table, Key=dynamodb.to_item({"ring": name, "entry": f"key#{kid}"}))

    def ring_from(self, name: str, item: dynamodb.Item | None) -> Ring:
        """The ring in its own entry; one without keys where there is no entry."""
        if item is None:
            return Ring(name, self.token_lives[name])
        keys = tuple(_unpacked(key) for key in item["keys"])
        return Ring(name, self.token_lives[name], keys, int(item["version"]), item["held"])


def _packed(key: RingKey) -> dynamodb.Item:
    return {name: value for name, value in asdict(key).items() if value is not None}


def _unpacked(item: dynamodb.Item) -> RingKey:
    times = ("published_at", "activated_at", "stopped_at", "retires_at", "destroyed_at")
    return RingKey(**{**item, **{name: float(item[name]) for name in times if name in item}})
