"""Exports that are too large for an answer: objects that a person fetches by a link and that live for a day."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lukhas_common.consent.export import MEDIA_TYPE
from lukhas_common.crypto import sealed_files

_SUFFIXES = {MEDIA_TYPE: ".jsonld", sealed_files.MEDIA_TYPE: ".sealed"}

LINK_LIVES = 900
"""Seconds for which a link works."""

_PART = 8 * 1024 * 1024
"""Bytes of a part; S3 wants 5 MiB at least for each but the last."""


@dataclass(frozen=True, slots=True)
class S3Exports:
    """Objects under the id of the person whom they are about."""

    client: Any
    bucket: str

    def put(self, user_id: str, pieces: Iterable[bytes], media_type: str) -> str:
        """Store an export piece by piece, and answer a link to it that works for LINK_LIVES seconds."""
        key = f"{user_id}/{secrets.token_hex(16)}{_SUFFIXES[media_type]}"
        upload = self.client.create_multipart_upload(Bucket=self.bucket, Key=key, ContentType=media_type)
        place = {"Bucket": self.bucket, "Key": key, "UploadId": upload["UploadId"]}
        try:
            parts = []
            for number, part in enumerate(_parts(pieces), start=1):
                answer = self.client.upload_part(**place, PartNumber=number, Body=part)
                parts.append({"PartNumber": number, "ETag": answer["ETag"]})
            self.client.complete_multipart_upload(**place, MultipartUpload={"Parts": parts})
        except BaseException:
            self.client.abort_multipart_upload(**place)
            raise
        where = {"Bucket": self.bucket, "Key": key}
        return str(self.client.generate_presigned_url("get_object", Params=where, ExpiresIn=LINK_LIVES))

    def delete_all(self, user_id: str) -> None:
        """Delete what was exported for a person."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=f"{user_id}/")
        for page in pages:
            for found in page.get("Contents", []):
                self.client.delete_object(Bucket=self.bucket, Key=found["Key"])


def _parts(pieces: Iterable[bytes]) -> Iterable[bytes]:
    held = bytearray()
    for piece in pieces:
        held += piece
        if len(held) >= _PART:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)
