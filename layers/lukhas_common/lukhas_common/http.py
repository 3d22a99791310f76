"""The endpoint idiom: parse, authorize, answer, and map errors to status codes.

A handler file declares its route and a typed function; everything around the call happens here, the
same way for every endpoint:

1. a caller whom the authorizer marked as over the limit gets 429 before anything else runs;
2. a route that is not public needs the authorizer's word on who is asking;
3. the body is decoded strictly;
4. the gate decides whether the caller may do this to that person's data, and logs it (``Route.permission``);
5. Powertools validates the request against the function's types;
6. the function runs, and whatever it raises becomes a problem (RFC 9457);
7. the answer is counted, and once a minute the process says that it lives (``pulse.py``).
"""

from __future__ import annotations

import inspect
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any, get_type_hints

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Request, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Header, Query
from pydantic import BaseModel

from lukhas_common import bodies, pulse, telemetry, times
from lukhas_common.access.errors import AccessReason
from lukhas_common.events import Event, header, url
from lukhas_common.faults import Fault
from lukhas_common.identity.dpop import Proof, verify_proof
from lukhas_common.identity.errors import IdentityError, Reason, TokenInvalidError
from lukhas_common.ledger.entries import LedgerError
from lukhas_common.logs import logger
from lukhas_common.problems import MEDIA_TYPE, HttpReason, InvalidField, Problem, Refusal, by_status, invalid
from lukhas_common.routes import Route

SECURITY_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255)]
"""Header parameter: a repeated request with the same key has the effect of one."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking, as the authorizer established it.

    Attributes:
        session_id: the session of an access token, None for a QRG token.
        key_thumbprint: the DPoP key that the session is bound to, None where it is not.
    """

    user_id: str
    scopes: frozenset[str]
    session_id: str | None
    key_thumbprint: str | None
    token_id: str = ""


def caller(request: Request) -> Caller:
    """Dependency: the caller of a route that is not public."""
    return _caller(request.resolved_event.raw_event)


def source_ip(request: Request) -> str:
    """Dependency: the address of the client, as the gateway saw it."""
    return str(request.resolved_event.raw_event["requestContext"]["http"]["sourceIp"])


def request_id(request: Request) -> str | None:
    """Dependency: the gateway's id of the request."""
    return _request_id(request.resolved_event.raw_event)


def rest_of_path(request: Request) -> str:
    """Dependency: what a greedy parameter of the path holds, decoded."""
    (rest,) = request.resolved_event.raw_event["pathParameters"].values()
    return str(rest)


Admit = Callable[[Route, str], None]
"""Passes the gate once more, for a person whom only what is stored could tell."""


def admit_to(request: Request) -> Admit:
    """Dependency: what a handler calls before it touches data of somebody else than the gate was asked about."""
    event = request.resolved_event.raw_event

    return lambda route, subject: _admit(route, event, _caller(event), subject)


def dpop_proof(request: Request) -> Proof | None:
    """Dependency: the DPoP proof of a request that carries no access token; None where there is none."""
    event = request.resolved_event.raw_event
    proofs = header(event, "dpop")
    if not proofs:
        return None
    if len(proofs) != 1:
        raise Refusal(Reason.DPOP_PROOF_INVALID, "Send one DPoP header.")
    method = event["requestContext"]["http"]["method"]
    try:
        return verify_proof(proofs[0], method=method, url=url(event), now=times.now())
    except TokenInvalidError as error:
        raise Refusal(error.reason, "Send a fresh DPoP proof for this method and URL, signed with ES256.") from None


class Endpoint:
    """A Lambda handler for one route; ``app`` holds its description for OpenAPI."""

    def __init__(
        self,
        route: Route,
        function: Callable[..., Any],
        errors: tuple[StrEnum, ...],
        status: int,
        form: bool,
        also: dict[int, Any],
        media_type: str,
    ) -> None:
        self.route, self.name = route, pulse.name_of(function.__module__)
        if media_type:  # what is no JSON is sent as it is: without a type for it, Powertools leaves it alone
            function.__annotations__.pop("return", None)
        models = [hint for hint in _parameters(function) if _is_model(hint)]
        self.form_fields = frozenset(name for model in models for name in model.model_fields) if form else frozenset()
        self.takes_body = bool(models)
        self.takes_parameters = bool(re.search(r"\{\w+\}", route.path)) or _has_query(function)
        self.reasons = self._reasons(errors)
        self.app = APIGatewayHttpResolver(enable_validation=True)
        self.app.exception_handler(Exception)(self._problem)
        self.app.route(
            _rule(route.path),
            method=route.method,
            summary=route.summary,
            description=inspect.getdoc(function) or "",
            operation_id=function.__module__.rpartition(".")[2],
            status_code=status,
            responses={**self._responses(status, media_type), **also},
        )(function)

    def __call__(self, event: Event, context: Any) -> dict[str, Any]:
        """Answer one event; every error becomes a problem, none leaves as an exception."""
        started, request_id = time.perf_counter(), _request_id(event)
        logger.append_keys(request_id=request_id)
        with telemetry.span(self.route.key, event) as span:
            try:
                answer = self._answer(event, context)
            except Exception as error:  # noqa: BLE001 - the caller gets a problem, the log the rest
                answer = _refusal(error).answer(request_id)
            answer["headers"] = {**SECURITY_HEADERS, **answer["headers"]}
            span.answered(int(answer["statusCode"]))
        pulse.worked(self.name, started, failed=int(answer["statusCode"]) >= HTTPStatus.INTERNAL_SERVER_ERROR)
        return answer

    def _answer(self, event: Event, context: Any) -> dict[str, Any]:
        _refuse_if_limited(event)
        who = None if self.route.is_public else _caller(event)
        if self.takes_body:
            event = bodies.as_json(event, self.form_fields)
        if who is not None:
            _admit(self.route, event, who)
        return dict(self.app.resolve(event, context))

    def _problem(self, error: Exception) -> Response[Any]:
        answer = _refusal(error).answer(_request_id(self.app.current_event.raw_event))
        return Response(answer["statusCode"], body=answer["body"], headers=answer["headers"])

    def _reasons(self, errors: tuple[StrEnum, ...]) -> dict[HTTPStatus, list[StrEnum]]:
        """Every reason for which this route refuses, by status."""
        reasons = [*errors, HttpReason.INTERNAL]
        if self.takes_body:
            reasons += [HttpReason.BODY_INVALID, HttpReason.MEDIA_TYPE_UNSUPPORTED]
        if self.takes_body or self.takes_parameters:
            reasons.append(HttpReason.REQUEST_INVALID)
        if not self.route.is_public:
            reasons += [Reason.RATE_LIMITED, HttpReason.AUTHENTICATION_REQUIRED, Reason.UNAVAILABLE]
            reasons += [AccessReason.ACCESS_DENIED, AccessReason.ROLE_AMBIGUOUS]
        if self.route.consent:
            reasons.append(AccessReason.CONSENT_REQUIRED)
        return by_status(reasons)

    def _responses(self, status: int, media_type: str) -> dict[int, Any]:
        """Success and the errors, as OpenAPI wants them."""
        described: dict[int, Any] = {status: {"description": HTTPStatus(status).phrase}}
        if media_type:
            kind = "object" if media_type.endswith("json") else "string"
            described[status]["content"] = {media_type: {"schema": {"type": kind}}}
        for code, reasons in self.reasons.items():
            described[int(code)] = {
                "description": ", ".join(f"`{reason}`" for reason in reasons),
                "content": {MEDIA_TYPE: {"model": Problem}},
            }
        return described


def endpoint(
    route: Route,
    *,
    errors: tuple[StrEnum, ...] = (),
    status: int = HTTPStatus.OK,
    form: bool = False,
    also: dict[int, Any] | None = None,
    media_type: str = "",
) -> Callable[[Callable[..., Any]], Endpoint]:
    """Make a typed function the Lambda handler of a route.

    Args:
        route: its line in routes.py.
        errors: the reasons, beyond those of every endpoint, for which it refuses.
        status: the status code of success.
        form: whether the body may be a form as well, which is what OAuth clients send.
        also: further statuses of success, each with its description for OpenAPI.
        media_type: of an answer that is no JSON, and is sent as the function made it.
    """
    return lambda function: Endpoint(route, function, errors, int(status), form, also or {}, media_type)


def _admit(route: Route, event: Event, who: Caller, subject: str | None = None) -> None:
    """Pass the gate: nothing of a handler runs before it has let the caller in and logged that."""
    from lukhas_common.gating import admit  # here, because public endpoints do without the ledger and the policies

    admit(route, event, who, subject)


def _rule(path: str) -> str:
    """A path as Powertools writes it; of a greedy parameter, the rest of the path is read from the event."""
    return re.sub(r"\{(\w+)\}", r"<\1>", re.sub(r"\{\w+\+\}", ".+", path))


def _request_id(event: Event) -> str | None:
    return (event.get("requestContext") or {}).get("requestId")


def _parameters(function: Callable[..., Any]) -> list[Any]:
    return [hint for name, hint in get_type_hints(function).items() if name != "return"]


def _has_query(function: Callable[..., Any]) -> bool:
    hints = get_type_hints(function, include_extras=True).values()
    return any(isinstance(extra, Query) for hint in hints for extra in getattr(hint, "__metadata__", ()))


def _is_model(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, BaseModel)


def _refuse_if_limited(event: Event) -> None:
    mark = _authorized(event)
    if mark.get("refused") == Reason.RATE_LIMITED:
        wait = int(mark.get("retry_after", 1))
        raise Refusal(Reason.RATE_LIMITED, f"Too many requests. Try again in {wait} s.", retry_after=wait)


def _caller(event: Event) -> Caller:
    mark = _authorized(event)
    if not mark.get("user_id") or not mark.get("token_id"):
        raise Refusal(HttpReason.AUTHENTICATION_REQUIRED, "Send a token: Authorization: Bearer <token>.")
    return Caller(
        user_id=mark["user_id"],
        scopes=frozenset(mark.get("scopes", "").split()),
        session_id=mark.get("session_id"),
        key_thumbprint=mark.get("key_thumbprint"),
        token_id=mark["token_id"],
    )


def _authorized(event: Event) -> dict[str, str]:
    """The context of the authorizer's simple response; empty on public routes."""
    return (event["requestContext"].get("authorizer") or {}).get("lambda") or {}


def _refusal(error: Exception) -> Refusal:
    """What the caller is told; what broke goes to the log."""
    match error:
        case Refusal():
            if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                logger.exception(error.reason)
            return error
        case Fault():
            return Refusal(error.reason, error.detail)
        case LedgerError():
            logger.exception("the ledger is out of reach")
            return Refusal(
                Reason.UNAVAILABLE, "This could not be put on record. Look whether it took effect, then try again."
            )
        case IdentityError():
            return Refusal(error.reason, error.detail, retry_after=error.retry_after)
        case RequestValidationError() if not any(item["loc"][:1] == ("response",) for item in error.errors()):
            return invalid(*(_invalid(item) for item in error.errors()))
        case NotFoundError():
            return Refusal(HttpReason.NOT_FOUND, "There is no such resource.")
    logger.exception("unexpected error")
    return Refusal(HttpReason.INTERNAL, "Something broke here. Look whether it took effect before you try again.")


def _invalid(item: dict[str, Any]) -> InvalidField:
    """Where and what, without the value; names that the caller made up are not repeated."""
    known = item["loc"][:-1] if item["type"] == "extra_forbidden" else item["loc"]
    where = ".".join(str(part) for part in known if part != "body") or "body"
    return InvalidField(field=where, message=str(item["msg"]))
