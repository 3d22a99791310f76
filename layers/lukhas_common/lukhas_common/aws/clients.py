"""boto3 clients, one per service and process. A call takes 4 s at most, the authorizer's two fit into its 10 s."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

_CONFIG = Config(
    connect_timeout=1,
    read_timeout=1,
    retries={"mode": "standard", "total_max_attempts": 2},
    tcp_keepalive=True,
)


@cache
def client(service: str) -> Any:
    """The client of a service; AWS_ENDPOINT_URL points it elsewhere, as boto3 has it."""
    return boto3.client(service, config=_CONFIG)
