"""The Lambda authorizer of the HTTP API: payload format 2.0, simple responses."""

from http import HTTPStatus
from typing import Any

from lukhas_common import pulse, telemetry
from lukhas_common.aws.authorizer import strict_auth
from lukhas_common.events import Event, header, scheme, url
from lukhas_common.identity.errors import Reason
from lukhas_common.identity.strict_auth import Decision, Request


@pulse.counted
def handler(event: Event, context: Any) -> dict[str, Any]:
    """Decide about one request; a caller over the limit passes with a mark that becomes 429."""
    with telemetry.span("authorize", event) as span:
        decision = strict_auth().dispatch(_request(event))
        span.answered(HTTPStatus.OK if decision.allowed else HTTPStatus.FORBIDDEN)
    if decision.reason is Reason.RATE_LIMITED:
        mark = {"refused": Reason.RATE_LIMITED.value, "retry_after": str(decision.retry_after)}
        return {"isAuthorized": True, "context": mark}
    return {"isAuthorized": decision.allowed, "context": _context(decision)}


def _request(event: Event) -> Request:
    http = event["requestContext"]["http"]
    return Request(
        route_key=event["routeKey"],
        method=http["method"],
        path=http["path"],
        scheme=scheme(event),
        url=url(event),
        authorization=header(event, "authorization"),
        proofs=header(event, "dpop"),
        source_ip=http["sourceIp"],
        request_id=event["requestContext"]["requestId"],
    )


def _context(decision: Decision) -> dict[str, str]:
    """What the endpoint is told; what is not there is left out, because a context has strings only."""
    user = decision.user
    if user is None or not decision.allowed:
        return {}
    told = {
        "user_id": user.user_id,
        "session_id": user.session_id,
        "client_id": user.client_id,
        "token_id": user.token_id,
        "key_thumbprint": user.key_thumbprint,
        "scopes": " ".join(sorted(user.scopes)),
    }
    return {name: value for name, value in told.items() if value is not None}
