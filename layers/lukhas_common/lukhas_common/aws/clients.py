"""boto3 clients, one per service and process, with bounds that fit inside a Lambda."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

_CONFIG = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 3},
    tcp_keepalive=True,
)


@cache
def client(service: str) -> Any:
    """The client of a service; AWS_ENDPOINT_URL points it elsewhere, as boto3 has it."""
    return boto3.client(service, config=_CONFIG)
