"""Rows, models and trainings of the watch over accesses: rows and models in S3, what came of trainings in DynamoDB.

Rows hold numbers of windows and nothing of whose they are. Table key: ``anomaly`` and ``model``.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

from botocore.exceptions import ClientError

from lukhas_common.anomaly.features import FEATURES
from lukhas_common.anomaly.trees import Row
from lukhas_common.aws import dynamodb
from lukhas_common.aws.memory_objects import S3MemoryObjects
from lukhas_common.privacy.anomalies.training import Training

_ROWS, _MODELS = "anomaly/rows/", "anomaly/models/"
_KEY = {"owner": "anomaly", "place": "model"}
_A_READING = 4096
"""Rows that are kept of one reading at most."""

_NUMBERS = struct.Struct(f"<{len(FEATURES)}d")


@dataclass(frozen=True, slots=True)
class StoredModels:
    """The ModelStore port."""

    dynamodb: Any
    table: str
    s3: Any
    bucket: str

    def add_rows(self, until: int, rows: Sequence[Row]) -> None:
        if len(rows) > _A_READING:
            rows = Random(until).sample(rows, _A_READING)  # noqa: S311 - not for secrets
        if rows:
            self._put(f"{_ROWS}{until:020}", zlib.compress(b"".join(_NUMBERS.pack(*row) for row in rows)))

    def rows(self, most: int) -> Iterable[Row]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=_ROWS)
        names = [found["Key"] for page in pages for found in page.get("Contents", [])]
        share = max(1, most // max(1, len(names)))
        for name in names[-most:]:
            rows = list(_NUMBERS.iter_unpack(zlib.decompress(self._get(name) or zlib.compress(b""))))
            yield from rows if len(rows) <= share else Random(name).sample(rows, share)  # noqa: S311 - not for secrets

    def add_model(self, model_id: str, data: bytes) -> None:
        self._put(f"{_MODELS}{model_id}", data)

    def model(self, model_id: str) -> bytes | None:
        return self._get(f"{_MODELS}{model_id}")

    def keep_models(self, kept: Collection[str], since: float) -> None:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=_MODELS)
        for found in (found for page in pages for found in page.get("Contents", [])):
            if found["Key"].removeprefix(_MODELS) not in kept and found["LastModified"].timestamp() <= since:
                S3MemoryObjects(self.s3, self.bucket).drop(found["Key"])

    def newest(self) -> Training | None:
        item = dynamodb.get(self.dynamodb, self.table, _KEY)
        return None if item is None else _training(item)

    def save(self, training: Training) -> bool:
        item = {**_KEY, **asdict(training), "detail": json.dumps(dict(training.detail))}
        stored = dynamodb.put_version(self.dynamodb, self.table, item)
        # A repeated write that was refused may be refused by itself.
        return stored or self.newest() == training

    def told(self, training: Training) -> None:
        try:
            self.dynamodb.update_item(
                TableName=self.table,
                Key=dynamodb.to_item(_KEY),
                UpdateExpression="SET told = :told",
                ConditionExpression="version = :version",
                ExpressionAttributeValues=dynamodb.to_item({":told": True, ":version": training.version}),
            )
        except ClientError as error:
            dynamodb.refused(error)

    def _put(self, name: str, data: bytes) -> None:
        S3MemoryObjects(self.s3, self.bucket).put(name, data)

    def _get(self, name: str) -> bytes | None:
        try:
            return S3MemoryObjects(self.s3, self.bucket).read(name)
        except KeyError:
            return None


def _training(item: dynamodb.Item) -> Training:
    return Training(
        int(item["version"]),
        float(item["at"]),
        item.get("model_id"),
        bool(item["accepted"]),
        json.loads(item["detail"]),
        bool(item["told"]),
    )
