"""Events of payload format 2.0 for handlers that are called in this process."""

from __future__ import annotations

import importlib
import json
import re
from typing import Any

from lukhas_common.routes import ROUTES

HOST = "api.example.org"


def load_handler(domain: str, name: str) -> Any:
    """The handler of functions/<domain>/<name>.py."""
    return importlib.import_module(f"functions.{domain}.{name}").handler


def matched(route: str) -> tuple[str, dict[str, str]]:
    """The route key that API Gateway finds for a method and a path, and its path parameters."""
    if route in ROUTES:
        return route, {}
    for key in ROUTES:
        pattern = re.sub(r"\{(\w+)\+\}", r"(?P<\1>.+)", key)
        if found := re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern), route):
            return key, found.groupdict()
    return route, {}


def event(
    route: str,
    body: Any = None,
    *,
    raw: str | None = None,
    user: dict[str, str] | None = None,
    token: str | None = None,
    cookies: list[str] | None = None,
    headers: dict[str, str] | None = None,
    base64: bool = False,
) -> dict[str, Any]:
    """The event of one request; ``user`` is the context that the authorizer gave."""
    method, path = route.split(" ")
    key, parameters = matched(route)
    sent = {"content-type": "application/json", "x-forwarded-proto": "https", "host": HOST, **(headers or {})}
    if token is not None:
        sent["authorization"] = f"Bearer {token}"
    made: dict[str, Any] = {
        "version": "2.0",
        "routeKey": key,
        "rawPath": path,
        "rawQueryString": "",
        "headers": sent,
        "requestContext": {
            "http": {"method": method, "path": path, "sourceIp": "192.0.2.1", "protocol": "HTTP/1.1"},
            "domainName": HOST,
            "requestId": "request-1",
            "routeKey": key,
            "stage": "$default",
        },
        "isBase64Encoded": base64,
    }
    if body is not None or raw is not None:
        made["body"] = json.dumps(body) if raw is None else raw
    if parameters:
        made["pathParameters"] = parameters
    if cookies:
        made["cookies"] = cookies
    if user is not None:
        made["requestContext"]["authorizer"] = {"lambda": user}
    return made
