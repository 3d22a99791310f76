"""Events as Lambda gets them: of the HTTP API in payload format 2.0, and of a schedule."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from benchmarks.process import Event

HOST = "api.example.org"
ORIGIN = f"https://{HOST}"
NUMBERS = count(1)


@dataclass(slots=True)
class Person:
    """Someone with an account and a session."""

    username: str
    password: str = "seven tall lamps by the canal"
    spare: str = "nine slow ferries to the island"
    tokens: dict[str, Any] = field(default_factory=dict)
    context: dict[str, str] = field(default_factory=dict)

    @property
    def credentials(self) -> dict[str, str]:
        return {"username": self.username, "password": self.password}


def http(
    route: str,
    body: Any = None,
    *,
    headers: dict[str, str] | None = None,
    context: dict[str, str] | None = None,
    parameters: dict[str, str] | None = None,
) -> Event:
    """A request; ``context`` is the authorizer's word on who is asking, ``parameters`` are those of the path."""
    method, path = route.split(" ")
    for name, value in (parameters or {}).items():
        path = path.replace(f"{{{name}}}", value).replace(f"{{{name}+}}", value)
    asked = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7", "userAgent": "bench"}
    sent = {"host": HOST, "content-type": "application/json", "x-forwarded-proto": "https", **(headers or {})}
    event: Event = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": "",
        "headers": sent,
        "requestContext": {
            "http": asked,
            "domainName": HOST,
            "stage": "$default",
            "requestId": f"bench-{next(NUMBERS)}",
        },
        "isBase64Encoded": False,
    }
    if parameters is not None:
        event["pathParameters"] = parameters
    if body is not None:
        event["body"] = json.dumps(body)
    if context is not None:
        event["requestContext"]["authorizer"] = {"lambda": context}
    return event


def authorized(route: str, token: str) -> Event:
    """A request with a bearer token."""
    return http(route, headers={"authorization": f"Bearer {token}"})


def scheduled() -> Event:
    """What EventBridge sends by the clock."""
    return {"version": "0", "source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
