"""Builds the events of an HTTP API, payload format 2.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from local.plan import ACCOUNT, REGION, Route

API = "local"
TEXT = ("text/", "application/json", "application/xml", "application/javascript", "application/x-www-form-urlencoded")


@dataclass(frozen=True)
class Request:
    """One HTTP request as it came in; header names are lower case, in the order and number sent."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    client: str
    protocol: str = "HTTP/1.1"
    port: int = 8080
    id: str = field(default_factory=lambda: base64.urlsafe_b64encode(uuid.uuid4().bytes[:11]).decode())
    time: datetime = field(default_factory=lambda: datetime.now(UTC))

    def header(self, name: str) -> str | None:
        """Return a header's values, joined by commas, or None."""
        values = [value for key, value in self.headers if key == name]
        return ",".join(values) if values else None


def function_event(request: Request, route: Route, parameters: dict[str, str], context: Any = None) -> dict[str, Any]:
    """Build the event of an endpoint; ``context`` is what its authorizer answered."""
    event = {"version": "2.0", **_common(request, route, parameters)}
    if route.authorizer is not None:
        event["requestContext"]["authorizer"] = {"lambda": context or {}}
    if request.body:
        text = _as_text(request)
        event["body"] = base64.b64encode(request.body).decode() if text is None else text
        event["isBase64Encoded"] = text is None
    else:
        event["isBase64Encoded"] = False
    return event


def authorizer_event(request: Request, route: Route, parameters: dict[str, str], identity: list[str]) -> dict[str, Any]:
    """Build the event of a Lambda authorizer; ``identity`` is the value of each identity source."""
    path = request.path.removeprefix("/")
    arn = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{API}/$default/{request.method}/{path}"
    return {
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": arn,
        "identitySource": identity,
        **_common(request, route, parameters),
    }


def _common(request: Request, route: Route, parameters: dict[str, str]) -> dict[str, Any]:
    event: dict[str, Any] = {
        "routeKey": route.key,
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": _headers(request),
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": API,
            "domainName": f"localhost:{request.port}",
            "domainPrefix": "localhost",
            "http": {
                "method": request.method,
                "path": request.path,
                "protocol": request.protocol,
                "sourceIp": request.client,
                "userAgent": request.header("user-agent") or "",
            },
            "requestId": request.id,
            "routeKey": route.key,
            "stage": "$default",
            "time": request.time.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(request.time.timestamp() * 1000),
        },
    }
    cookies = [c.strip() for key, value in request.headers if key == "cookie" for c in value.split(";") if c.strip()]
    if cookies:
        event["cookies"] = cookies
    if request.query:
        event["queryStringParameters"] = _joined(parse_qsl(request.query, keep_blank_values=True))
    if parameters:
        event["pathParameters"] = parameters
    return event


def _headers(request: Request) -> dict[str, str]:
    """Join what came more than once, leave cookies out, and say ourselves how the request came in."""
    headers = _joined([(key, value) for key, value in request.headers if key != "cookie"])
    came_for = request.header("x-forwarded-for")
    headers["x-forwarded-for"] = f"{came_for}, {request.client}" if came_for else request.client
    headers["x-forwarded-port"] = str(request.port)
    headers["x-forwarded-proto"] = "http"
    return headers


def _joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for key, value in pairs:
        joined[key] = f"{joined[key]},{value}" if key in joined else value
    return joined


def _as_text(request: Request) -> str | None:
    """Return the body as text if its type says text and its bytes are UTF-8, else None."""
    kind = (request.header("content-type") or "").partition(";")[0].strip().lower()
    if not (kind.startswith(TEXT) or kind.endswith(("+json", "+xml"))):
        return None
    try:
        return request.body.decode("utf-8")
    except UnicodeDecodeError:
        return None
