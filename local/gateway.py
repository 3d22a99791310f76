"""The HTTP API: routes, authorizer, limits and answers as API Gateway has them, as an ASGI application."""

import asyncio
import contextlib
import dataclasses
import json
from collections.abc import Awaitable, Callable
from typing import Any, TextIO

from local import answer as answers
from local.answer import Answer, Malformed, interpret
from local.event import Request, authorizer_event, function_event
from local.pages import Pages
from local.plan import Authorizer, Plan, Route
from local.pool import Pool
from local.process import InvocationError
from local.routing import Routes

HEADER_LIMIT = 10_240  # bytes of request line, header names and header values
BODY_LIMIT = 6 * 1024 * 1024  # bytes
DRAIN_LIMIT = 64 * 1024 * 1024  # bytes that are read and dropped so that the client sees its 413
INTEGRATION_TIMEOUT = 30.0  # seconds
AUTHORIZER_TIMEOUT = 10.0  # seconds

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Gateway:
    """The door of the stack."""

    def __init__(self, plan: Plan, pool: Pool, pages: Pages, log: TextIO) -> None:
        """Serve the plan's routes with the pool's functions; ``log`` gets one line per request."""
        self._routes = Routes(plan.routes)
        self._authorizers = plan.authorizers
        self._pool, self._pages, self._log = pool, pages, log

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one HTTP request; other protocols are refused by closing."""
        if scope["type"] != "http":
            return
        headers = tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in scope["headers"])
        request = Request(
            method=scope["method"],
            path=scope["raw_path"].decode("latin-1"),
            query=scope["query_string"].decode("latin-1"),
            headers=headers,
            body=b"",
            client=(scope.get("client") or ("127.0.0.1", 0))[0],
            protocol=f"HTTP/{scope['http_version']}",
            port=(scope.get("server") or ("", 80))[1] or 80,
        )
        try:
            answer = await self._answer(request, receive)
        except ConnectionAbortedError:
            return
        except Exception as error:  # noqa: BLE001 - no defect of ours may show the client more than AWS does
            self._log.write(f"[gateway] {type(error).__name__}: {error}\n")
            answer = answers.SERVER_ERROR
        self._log.write(f"[gateway] {request.method} {request.path} {answer.status} {request.id}\n")
        self._log.flush()
        fields = [*answer.headers, ("apigw-requestid", request.id), ("content-length", str(len(answer.body)))]
        if answer.status == 204:
            fields.pop()
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields]
        await send({"type": "http.response.start", "status": answer.status, "headers": raw})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, request: Request, receive: Receive) -> Answer:
        if size_of_head(request) > HEADER_LIMIT:
            return answers.HEADERS_TOO_LARGE
        body = await _body(request, receive)
        if body is None:
            return answers.TOO_LARGE
        request = dataclasses.replace(request, body=body)
        page = await self._pages.answer(request)
        if page:
            return page
        match = self._routes.match(request.method, request.path)
        if match is None:
            return answers.NOT_FOUND
        route, parameters = match
        context: Any = None
        if route.authorizer is not None:
            verdict = await self._authorize(self._authorizers[route.authorizer], request, route, parameters)
            if isinstance(verdict, Answer):
                return verdict
            context = verdict
        event = function_event(request, route, parameters, context)
        if len(json.dumps(event)) > BODY_LIMIT:
            return answers.TOO_LARGE
        return await self._integrate(route.function, event, request.id)

    async def _authorize(
        self, authorizer: Authorizer, request: Request, route: Route, parameters: dict[str, str]
    ) -> Answer | dict[str, Any]:
        """Ask the authorizer: its context if it lets the caller pass, else the answer that refuses."""
        identity = [request.header(name) or "" for name in authorizer.headers]
        if not all(identity):
            return answers.UNAUTHORIZED
        event = authorizer_event(request, route, parameters, identity)
        try:
            async with asyncio.timeout(AUTHORIZER_TIMEOUT):
                result = await self._pool.invoke(authorizer.function, event, request.id)
        except (InvocationError, TimeoutError):
            return answers.SERVER_ERROR
        return judge(result)

    async def _integrate(self, function: str, event: dict[str, Any], request_id: str) -> Answer:
        call = asyncio.ensure_future(self._pool.invoke(function, event, request_id))
        call.add_done_callback(lambda done: done.cancelled() or done.exception())  # it was logged
        try:
            async with asyncio.timeout(INTEGRATION_TIMEOUT):
                return interpret(await asyncio.shield(call))
        except TimeoutError:
            return answers.UNAVAILABLE
        except (InvocationError, Malformed) as error:
            if isinstance(error, Malformed):
                self._log.write(f"[{function}] answered wrongly: {error}\n")
            return answers.SERVER_ERROR


def judge(result: Any) -> Answer | dict[str, Any]:
    """Read an authorizer's simple response: its context if it says true, else the answer that refuses."""
    if not isinstance(result, dict) or type(result.get("isAuthorized")) is not bool:
        return answers.SERVER_ERROR
    context = result.get("context", {})
    if not isinstance(context, dict):
        return answers.SERVER_ERROR
    return context if result["isAuthorized"] else answers.FORBIDDEN


def size_of_head(request: Request) -> int:
    """Return the bytes of the request line and of all header names and values."""
    line = f"{request.method} {request.path}?{request.query} {request.protocol}"
    return len(line) + sum(len(name) + len(value) for name, value in request.headers)


async def _body(request: Request, receive: Receive) -> bytes | None:
    """Read the body, or None if it is too large: then the rest is read and dropped.

    Raises:
        ConnectionAbortedError: The client went away.
    """
    length = request.header("content-length") or ""
    if length.isdigit() and int(length) > BODY_LIMIT and request.header("expect"):
        return None  # the client asked before sending, so there is nothing to drop
    chunks: list[bytes] = []
    size = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(INTEGRATION_TIMEOUT):
            while size <= DRAIN_LIMIT:
                part = await receive()
                if part["type"] == "http.disconnect":
                    raise ConnectionAbortedError
                size += len(part["body"])
                if size <= BODY_LIMIT:
                    chunks.append(part["body"])
                else:
                    chunks.clear()
                if not part.get("more_body"):
                    return b"".join(chunks) if size <= BODY_LIMIT else None
    return None
