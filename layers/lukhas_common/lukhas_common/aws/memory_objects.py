"""What is in S3 under names that never come twice, so that nothing is ever written over: index, graph, dictionaries and
folds of memories, models of anomalies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from botocore.exceptions import ClientError

_MISSING = ("NoSuchKey", "404")
_THERE = ("PreconditionFailed", "412")
_AT_ONCE = ("ConditionalRequestConflict", "409")
"""Somebody else was putting the same object; S3 wants this to be repeated."""

_TRIES = 5


@dataclass(frozen=True, slots=True)
class S3MemoryObjects:
    """The MemoryObjects port."""

    client: Any
    bucket: str

    def put(self, name: str, data: bytes) -> None:
        for left in reversed(range(_TRIES)):
            try:
                self.client.put_object(
                    Bucket=self.bucket, Key=name, Body=data, IfNoneMatch="*", ChecksumAlgorithm="SHA256"
                )
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code in _AT_ONCE and left:
                    continue
                if code not in _THERE:
                    raise
            return

    def read(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        part = {} if length is None and not start else {"Range": _range(start, length)}
        try:
            answer = self.client.get_object(Bucket=self.bucket, Key=name, **part)
        except ClientError as error:
            if error.response["Error"]["Code"] in _MISSING:
                raise KeyError(name) from None
            raise
        return bytes(answer["Body"].read())

    def drop(self, name: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=name)

    def delete(self, name: str) -> bool:
        deleted = False
        for version in self._versions(name):
            if version["Key"] == name:
                self.client.delete_object(Bucket=self.bucket, Key=name, VersionId=version["VersionId"])
                deleted = True
        return deleted

    def names(self, prefix: str) -> Iterator[tuple[str, float]]:
        seen: set[str] = set()
        for version in self._versions(prefix):
            if version["Key"] not in seen:
                seen.add(version["Key"])
                yield version["Key"], version["LastModified"].timestamp()

    def owners(self) -> Iterator[str]:
        """Whoever has objects here: the first part of their names, as ``vault.folder_of`` makes it."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Delimiter="/")
        return (unquote(found["Prefix"].rstrip("/")) for page in pages for found in page.get("CommonPrefixes", []))

    def _versions(self, prefix: str) -> Iterator[dict[str, Any]]:
        """All that is kept under a prefix: current and noncurrent versions, and marks of deletions."""
        for page in self.client.get_paginator("list_object_versions").paginate(Bucket=self.bucket, Prefix=prefix):
            yield from page.get("Versions", [])
            yield from page.get("DeleteMarkers", [])


def _range(start: int, length: int | None) -> str:
    """The Range header (RFC 9110, section 14.2)."""
    return f"bytes={start}-" if length is None else f"bytes={start}-{start + length - 1}"
