"""The Lambda authorizer of the HTTP API: payload format 2.0, simple responses."""

from http import HTTPStatus
from typing import Any

from lukhas_common import telemetry
from lukhas_common.aws.authorizer import strict_auth
from lukhas_common.identity.errors import Reason
from lukhas_common.identity.strict_auth import Decision, Request


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Decide about one request; a caller over the limit passes with a mark that becomes 429."""
    with telemetry.span("authorize", event) as span:
        decision = strict_auth().dispatch(_request(event))
        span.answered(HTTPStatus.OK if decision.allowed else HTTPStatus.FORBIDDEN)
    if decision.reason is Reason.RATE_LIMITED:
        mark = {"refused": Reason.RATE_LIMITED.value, "retry_after": str(decision.retry_after)}
        return {"isAuthorized": True, "context": mark}
    return {"isAuthorized": decision.allowed, "context": _context(decision)}


def _request(event: dict[str, Any]) -> Request:
    """Header names come in lower case from API Gateway and capitalised from ``sam local``."""
    headers = [(name.lower(), value) for name, value in event["headers"].items()]
    schemes = [value for name, value in headers if name == "x-forwarded-proto"]
    http = event["requestContext"]["http"]
    return Request(
        route_key=event["routeKey"],
        path=http["path"],
        scheme=schemes[0] if len(schemes) == 1 else "",
        authorization=tuple(value for name, value in headers if name == "authorization"),
        source_ip=http["sourceIp"],
        request_id=event["requestContext"]["requestId"],
    )


def _context(decision: Decision) -> dict[str, str]:
    user = decision.user
    if user is None or not decision.allowed:
        return {}
    return {
        "user_id": user.user_id,
        "session_id": user.session_id,
        "client_id": user.client_id,
        "token_id": user.token_id,
        "scopes": " ".join(sorted(user.scopes)),
    }
