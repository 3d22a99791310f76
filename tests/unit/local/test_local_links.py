"""Links to objects of S3 on the stand-in."""

from __future__ import annotations

import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import SIGV4_TIMESTAMP

from local import links
from local.embedded import Resolved
from tests.unit.local.standins import client

KEY = "own/a person/ex+port.jsonld"


def answer(link: str, method: str = "GET") -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(link, method=method), timeout=10) as found:
            return found.status, found.read()
    except urllib.error.HTTPError as error:
        return error.code, b""


@pytest.fixture(scope="module")
def bucket(standin: Resolved) -> Any:
    name = standin.environment("TableFunction")["BUCKET_NAME"]
    client(standin, "s3").put_object(Bucket=name, Key=KEY, Body=b"all of it")
    client(standin, "s3").put_object(Bucket=name, Key="others", Body=b"of others")
    return name


def signed(standin: Resolved, bucket: str, key: str = KEY) -> str:
    where = {"Bucket": bucket, "Key": key}
    return str(client(standin, "s3", "TableFunction").generate_presigned_url("get_object", Params=where, ExpiresIn=60))


def test_a_link_opens_what_it_is_signed_for_and_nothing_else(standin: Resolved, bucket: str) -> None:
    link = signed(standin, bucket)
    assert answer(link) == (200, b"all of it")
    assert answer(link.replace("ex%2Bport", "another"))[0] == 403
    assert answer(link.replace("X-Amz-Expires=60", "X-Amz-Expires=600"))[0] == 403
    assert answer(link.replace("SignedHeaders=host", "SignedHeaders=host%3Brange"))[0] == 403
    assert answer(link[:-1] + ("0" if link[-1] != "0" else "1"))[0] == 403
    assert answer(link.partition("?")[0])[0] == 403
    assert answer(link, "DELETE")[0] == 403
    assert answer(link)[0] == 200


def test_a_link_opens_what_its_signer_may_read_only(standin: Resolved, bucket: str) -> None:
    assert answer(signed(standin, bucket, "others"))[0] == 403


def test_a_link_is_over_after_its_time(standin: Resolved, bucket: str) -> None:
    address = urlsplit(signed(standin, bucket))
    link = links.read(f"{address.path}?{address.query}")
    assert link is not None
    made = datetime.strptime(link.said["X-Amz-Date"], SIGV4_TIMESTAMP).replace(tzinfo=UTC)
    assert not link.is_over(made + timedelta(seconds=60))
    assert link.is_over(made + timedelta(seconds=61))
