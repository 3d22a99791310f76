"""Vectors of memories in Amazon S3 Vectors: one vector index for each space, made with its first vectors.

One index for each person, because a query costs by the vectors of the index it goes to, finds its nearest among all of
them, and an index goes at once with all that is in it. A bucket has at most 10,000 indexes, which is enough for people
with more memories than one object should hold.

Source: Amazon S3 User Guide, "Working with S3 Vectors and vector buckets", and its limits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lukhas_common.memory.ports import Vector, Within
from lukhas_common.memory.search.errors import MeaningError

_BATCH = 500
"""Vectors that PutVectors and DeleteVectors take."""

_PAGE = 1000
"""Keys that ListVectors answers at a time."""

_MISSING, _THERE = "NotFoundException", "ConflictException"


@dataclass(frozen=True, slots=True)
class S3Vectors:
    """The VectorIndex port.

    Attributes:
        client: of ``s3vectors``, whose retries are bounded.
        bucket: a vector bucket; how it encrypts was said when it was made.
    """

    client: Any
    bucket: str

    def put(self, space: str, vectors: Sequence[Vector]) -> None:
        for start in range(0, len(vectors), _BATCH):
            batch = vectors[start : start + _BATCH]
            sent = [
                {
                    "key": vector.memory_id,
                    "data": {"float32": list(vector.values)},
                    "metadata": {"kind": vector.kind, "at": vector.at},
                }
                for vector in batch
            ]
            if not self._done(lambda sent=sent: self.client.put_vectors(**self._of(space), vectors=sent)):  # type: ignore[misc]
                self._make(space, len(batch[0].values))
                self.client.put_vectors(**self._of(space), vectors=sent)

    def delete(self, space: str, memory_ids: Sequence[str]) -> None:
        for start in range(0, len(memory_ids), _BATCH):
            keys = list(memory_ids[start : start + _BATCH])
            if not self._done(lambda keys=keys: self.client.delete_vectors(**self._of(space), keys=keys)):  # type: ignore[misc]
                return

    def nearest(self, space: str, values: Sequence[float], limit: int, within: Within) -> list[tuple[str, float]]:
        wanted = _filter(within)
        asked = {
            **self._of(space),
            "queryVector": {"float32": list(values)},
            "topK": limit,
            "returnDistance": True,
            **({"filter": wanted} if wanted else {}),
        }
        found: list[tuple[str, float]] = []
        try:
            for page in self.client.get_paginator("query_vectors").paginate(**asked):
                # A cosine distance is 1 less the cosine; rounding may take it out of bounds.
                found += [(each["key"], max(-1.0, min(1.0, 1.0 - each["distance"]))) for each in page["vectors"]]
        except ClientError as error:
            if _code(error) == _MISSING:
                return []
            raise MeaningError("vectors: unavailable") from error
        except (BotoCoreError, KeyError) as error:
            raise MeaningError("vectors: unavailable") from error
        return found[:limit]

    def ids(self, space: str) -> Iterator[str]:
        try:
            for page in self.client.get_paginator("list_vectors").paginate(**self._of(space), maxResults=_PAGE):
                for each in page["vectors"]:
                    yield each["key"]
        except ClientError as error:
            if _code(error) != _MISSING:
                raise

    def spaces(self, prefix: str) -> list[str]:
        pages = self.client.get_paginator("list_indexes").paginate(vectorBucketName=self.bucket, prefix=prefix)
        return [each["indexName"] for page in pages for each in page["indexes"]]

    def drop(self, space: str) -> int:
        many = sum(1 for _ in self.ids(space))
        return many if self._done(lambda: self.client.delete_index(**self._of(space))) else 0

    def _make(self, space: str, dimensions: int) -> None:
        try:
            self.client.create_index(
                **self._of(space), dataType="float32", dimension=dimensions, distanceMetric="cosine"
            )
        except ClientError as error:
            if _code(error) != _THERE:  # somebody else made it meanwhile
                raise

    def _of(self, space: str) -> dict[str, str]:
        return {"vectorBucketName": self.bucket, "indexName": space}

    def _done(self, call: Callable[[], Any]) -> bool:
        """Make a call; False where the index is not there."""
        try:
            call()
        except ClientError as error:
            if _code(error) != _MISSING:
                raise
            return False
        return True


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _filter(within: Within) -> dict[str, Any]:
    """The filter in the service's own words; empty where there is nothing to filter by."""
    conditions: list[dict[str, Any]] = []
    if within.kinds is not None:
        conditions.append({"kind": {"$in": list(within.kinds)}})
    if within.since is not None:
        conditions.append({"at": {"$gte": within.since}})
    if within.until is not None:
        conditions.append({"at": {"$lt": within.until}})
    return conditions[0] if len(conditions) == 1 else {"$and": conditions} if conditions else {}
