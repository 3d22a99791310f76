"""Links to exports, as AWS wants them signed."""

from __future__ import annotations

import pytest

from lukhas_common.aws import clients
from lukhas_common.aws.exports import LINK_LIVES


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "eu-west-1"])
def test_a_link_is_signed_for_the_regions_own_host(region: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": region}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
    clients.s3_by_link.cache_clear()
    where = {"Bucket": "exports", "Key": "person/export.jsonld"}
    link = clients.s3_by_link().generate_presigned_url("get_object", Params=where, ExpiresIn=LINK_LIVES)
    clients.s3_by_link.cache_clear()
    assert link.startswith(f"https://exports.s3.{region}.amazonaws.com/person/export.jsonld?")
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in link
    assert f"X-Amz-Expires={LINK_LIVES}" in link
