"""Versions of the guardian's policies in DynamoDB. Table key: ``version``. Of one that was removed its name is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lukhas_common.aws import dynamodb
from lukhas_common.guardian.bundles import SignedBundle


@dataclass(frozen=True, slots=True)
class DynamoBundles:
    """The BundleStore port."""

    client: Any
    table: str

    def add(self, bundle: SignedBundle) -> SignedBundle | None:
        item = {
            "version": bundle.version,
            "document": bundle.document,
            "kid": bundle.kid,
            "signature": bundle.signature,
        }
        there = dynamodb.put_new(self.client, self.table, "version", item)
        return bundle if there is None else _bundle(there)

    def find(self, version: str) -> SignedBundle | None:
        item = dynamodb.get(self.client, self.table, {"version": version})
        return None if item is None else _bundle(item)

    def remove(self, version: str) -> None:
        self.client.put_item(TableName=self.table, Item=dynamodb.to_item({"version": version, "removed": True}))


def _bundle(item: dynamodb.Item) -> SignedBundle | None:
    if item.get("removed"):
        return None
    # boto3 hands out bytes in a wrapper of its own; a missing member is no good signature.
    return SignedBundle(
        str(item["version"]),
        bytes(item.get("document") or b""),
        str(item.get("kid") or ""),
        bytes(item.get("signature") or b""),
    )
