"""The endpoint idiom: parse, authorize, answer, and map errors to status codes.

A handler file declares its route and a typed function; everything around the call happens here, the
same way for every endpoint:

1. a caller whom the authorizer marked as over the limit gets 429 before anything else runs;
2. a route that is not public needs the authorizer's word on who is asking;
3. the body is decoded strictly, then Powertools validates it against the function's types;
4. the function runs, and whatever it raises becomes a problem (RFC 9457).
"""

from __future__ import annotations

import base64
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any, get_type_hints

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Request, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from pydantic import BaseModel

from lukhas_common import strict_json, telemetry
from lukhas_common.identity.errors import IdentityError, Reason
from lukhas_common.logs import logger
from lukhas_common.problems import MEDIA_TYPE, HttpReason, InvalidField, Problem, Refusal, by_status
from lukhas_common.routes import Route

Event = dict[str, Any]

JSON = "application/json"
SECURITY_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking, as the authorizer established it."""

    user_id: str
    session_id: str
    scopes: frozenset[str]


def caller(request: Request) -> Caller:
    """Dependency: the caller of a route that is not public."""
    return _caller(request.resolved_event.raw_event)


def source_ip(request: Request) -> str:
    """Dependency: the address of the client, as the gateway saw it."""
    return str(request.resolved_event.raw_event["requestContext"]["http"]["sourceIp"])


class Endpoint:
    """A Lambda handler for one route; ``app`` holds its description for OpenAPI."""

    def __init__(self, route: Route, function: Callable[..., Any], errors: tuple[StrEnum, ...], status: int) -> None:
        self.route = route
        self.takes_body = any(_is_model(hint) for hint in _parameters(function))
        self.reasons = self._reasons(errors)
        self.app = APIGatewayHttpResolver(enable_validation=True)
        self.app.exception_handler(Exception)(self._problem)
        self.app.route(
            route.path,
            method=route.method,
            summary=route.summary,
            description=inspect.getdoc(function) or "",
            operation_id=function.__module__.rpartition(".")[2],
            status_code=status,
            responses=self._responses(status),
        )(function)

    def __call__(self, event: Event, context: Any) -> dict[str, Any]:
        """Answer one event; every error becomes a problem, none leaves as an exception."""
        request_id = _request_id(event)
        logger.append_keys(request_id=request_id)
        with telemetry.span(self.route.key, event) as span:
            try:
                answer = self._answer(event, context)
            except Exception as error:  # noqa: BLE001 - the caller gets a problem, the log the rest
                answer = _refusal(error).answer(request_id)
            answer["headers"] = {**SECURITY_HEADERS, **answer["headers"]}
            span.answered(int(answer["statusCode"]))
            return answer

    def _answer(self, event: Event, context: Any) -> dict[str, Any]:
        _refuse_if_limited(event)
        if not self.route.is_public:
            _caller(event)
        if self.takes_body:
            # API Gateway sends header names in lower case, `sam local` capitalised.
            headers = {name.lower(): value for name, value in event["headers"].items()}
            _refuse_unless_json(headers.get("content-type", ""))
            headers["content-type"] = JSON
            event = {**event, "headers": headers, "body": _json_text(event), "isBase64Encoded": False}
        return dict(self.app.resolve(event, context))

    def _problem(self, error: Exception) -> Response[Any]:
        answer = _refusal(error).answer(_request_id(self.app.current_event.raw_event))
        return Response(answer["statusCode"], body=answer["body"], headers=answer["headers"])

    def _reasons(self, errors: tuple[StrEnum, ...]) -> dict[HTTPStatus, list[StrEnum]]:
        """Every reason for which this route refuses, by status."""
        reasons = [*errors, HttpReason.INTERNAL]
        if self.takes_body:
            reasons += [HttpReason.BODY_INVALID, HttpReason.MEDIA_TYPE_UNSUPPORTED, HttpReason.REQUEST_INVALID]
        if not self.route.is_public:
            reasons += [Reason.RATE_LIMITED, HttpReason.AUTHENTICATION_REQUIRED]
        return by_status(reasons)

    def _responses(self, status: int) -> dict[int, Any]:
        """Success and the errors, as OpenAPI wants them."""
        described: dict[int, Any] = {status: {"description": HTTPStatus(status).phrase}}
        for code, reasons in self.reasons.items():
            described[int(code)] = {
                "description": ", ".join(f"`{reason}`" for reason in reasons),
                "content": {MEDIA_TYPE: {"model": Problem}},
            }
        return described


def endpoint(
    route: Route, *, errors: tuple[StrEnum, ...] = (), status: int = HTTPStatus.OK
) -> Callable[[Callable[..., Any]], Endpoint]:
    """Make a typed function the Lambda handler of a route.

    Args:
        route: its line in routes.py.
        errors: the reasons, beyond those of every endpoint, for which it refuses.
        status: the status code of success.
    """
    return lambda function: Endpoint(route, function, errors, int(status))


def _request_id(event: Event) -> str | None:
    return (event.get("requestContext") or {}).get("requestId")


def _parameters(function: Callable[..., Any]) -> list[Any]:
    return [hint for name, hint in get_type_hints(function).items() if name != "return"]


def _is_model(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, BaseModel)


def _refuse_if_limited(event: Event) -> None:
    mark = _authorized(event)
    if mark.get("refused") == Reason.RATE_LIMITED:
        wait = int(mark.get("retry_after", 1))
        raise Refusal(Reason.RATE_LIMITED, f"Too many requests. Try again in {wait} s.", retry_after=wait)


def _caller(event: Event) -> Caller:
    mark = _authorized(event)
    if not mark.get("user_id") or not mark.get("session_id"):
        raise Refusal(HttpReason.AUTHENTICATION_REQUIRED, "Send an access token: Authorization: Bearer <token>.")
    return Caller(mark["user_id"], mark["session_id"], frozenset(mark.get("scopes", "").split()))


def _authorized(event: Event) -> dict[str, str]:
    """The context of the authorizer's simple response; empty on public routes."""
    return (event["requestContext"].get("authorizer") or {}).get("lambda") or {}


def _refuse_unless_json(content_type: str) -> None:
    if content_type.split(";", maxsplit=1)[0].strip().lower() != JSON:
        raise Refusal(HttpReason.MEDIA_TYPE_UNSUPPORTED, "Send JSON with Content-Type: application/json.")


def _json_text(event: Event) -> str:
    """The body, once it is known to be JSON that every reader reads alike."""
    body = event.get("body") or ""
    try:
        text = base64.b64decode(body, validate=True).decode() if event.get("isBase64Encoded") else str(body)
        strict_json.loads(text)
    except ValueError:
        raise Refusal(
            HttpReason.BODY_INVALID, "Send one JSON value in UTF-8, without duplicate members or deep nesting."
        ) from None
    return text


def _refusal(error: Exception) -> Refusal:
    """What the caller is told; what broke goes to the log."""
    match error:
        case Refusal():
            if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                logger.exception(error.reason)
            return error
        case IdentityError():
            return Refusal(error.reason, error.detail, retry_after=error.retry_after)
        case RequestValidationError() if not any(item["loc"][:1] == ("response",) for item in error.errors()):
            fields = tuple(_invalid(item) for item in error.errors())
            return Refusal(HttpReason.REQUEST_INVALID, "Correct the fields that are named in errors.", fields)
        case NotFoundError():
            return Refusal(HttpReason.NOT_FOUND, "There is no such resource.")
    logger.exception("unexpected error")
    return Refusal(HttpReason.INTERNAL, "Something broke here. Look whether it took effect before you try again.")


def _invalid(item: dict[str, Any]) -> InvalidField:
    """Where and what, without the value; names that the caller made up are not repeated."""
    known = item["loc"][:-1] if item["type"] == "extra_forbidden" else item["loc"]
    where = ".".join(str(part) for part in known if part != "body") or "body"
    return InvalidField(field=where, message=str(item["msg"]))
