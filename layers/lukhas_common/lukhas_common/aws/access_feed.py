"""The batches of the log in S3, under ``accesses/`` in the staging bucket, where a lifecycle rule drops them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lukhas_common.ledger.feed import Batch, decode_batch

_FOLDER = "accesses/"


@dataclass(frozen=True, slots=True)
class S3Feed:
    """The Feed port. Names are sizes of the log with leading zeros, so that S3 lists them in order."""

    client: Any
    bucket: str

    def put(self, batch: Batch) -> None:
        self.client.put_object(
            Bucket=self.bucket, Key=_name(batch.size), Body=batch.encode(), ChecksumAlgorithm="SHA256"
        )

    def after(self, size: int) -> Iterator[Batch]:
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=_FOLDER, StartAfter=_name(size)
        )
        for page in pages:
            for found in page.get("Contents", []):
                yield decode_batch(self.client.get_object(Bucket=self.bucket, Key=found["Key"])["Body"].read())


def _name(size: int) -> str:
    return f"{_FOLDER}{size:020}"
