"""What is read of an API Gateway event (payload format 2.0) before any framework sees it."""

from __future__ import annotations

from typing import Any

from lukhas_common.settings import settings

Event = dict[str, Any]


def headers(event: Event) -> list[tuple[str, str]]:
    """Names in lower case, and values. API Gateway sends names so, and ``sam local`` capitalised."""
    return [(name.lower(), value) for name, value in event["headers"].items()]


def header(event: Event, name: str) -> tuple[str, ...]:
    """Every header of this name."""
    return tuple(value for found, value in headers(event) if found == name)


def scheme(event: Event) -> str:
    """``https`` or ``http``, as the gateway saw it; empty where it is not certain."""
    schemes = header(event, "x-forwarded-proto")
    return schemes[0] if len(schemes) == 1 else ""


def url(event: Event) -> str:
    """The URL without its query, as the client wrote it.

    A deployed API is reached by its own name only. The one-machine stack has none, and believes the Host header.
    """
    hosts = header(event, "host") if settings().is_local else (event["requestContext"]["domainName"],)
    host = hosts[0] if len(hosts) == 1 else ""
    return f"{scheme(event)}://{host}{event['rawPath']}"
