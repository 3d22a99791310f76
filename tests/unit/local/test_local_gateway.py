import asyncio
import io
import json
from pathlib import Path
from typing import Any

import pytest

from local.gateway import BODY_LIMIT, HEADER_LIMIT, Gateway
from local.pages import Pages
from local.plan import Authorizer, Plan, Route
from local.process import InvocationError, InvocationTimeout

PLAN = Plan(
    functions={},
    routes=(Route("POST", "/shut", "Endpoint", "Door"), Route("POST", "/open", "Endpoint", None)),
    authorizers={"Door": Authorizer("Door", ("authorization",))},
    schedules=(),
    rules=(),
    queues=(),
    template={},
    parameters={},
    values={},
)


class Functions:
    """Stands where the pool stands: answers or raises what a test asks for, and remembers the calls."""

    def __init__(self, door: Any = None, endpoint: Any = "reached") -> None:
        self.results = {"Door": door, "Endpoint": endpoint}
        self.calls: list[tuple[str, dict[str, Any]]] = []

    async def invoke(self, name: str, event: dict[str, Any], request_id: str | None = None) -> Any:
        self.calls.append((name, event))
        result = self.results[name]
        if isinstance(result, Exception):
            raise result
        return result

    @property
    def called(self) -> list[str]:
        return [name for name, _ in self.calls]


def ask(
    functions: Functions,
    path: str = "/shut",
    headers: tuple[tuple[str, str], ...] = (("authorization", "Bearer x"),),
    body: tuple[bytes, ...] = (b"",),
    query: str = "",
) -> tuple[int, bytes, list[bytes]]:
    """Send one POST to a gateway; answer status, body and what was left unread of the request."""
    left = list(body)
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def tick(name: str) -> Any:
        return name

    scope = {
        "type": "http",
        "method": "POST",
        "http_version": "1.1",
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers],
        "client": ("127.0.0.1", 5),
        "server": ("127.0.0.1", 8080),
    }
    gateway = Gateway(PLAN, functions, Pages(Path("none"), ["Sweep"], tick), io.StringIO())  # type: ignore[arg-type]
    asyncio.run(gateway(scope, receive, send))
    assert b"apigw-requestid" in dict(sent[0]["headers"])
    return sent[0]["status"], sent[1]["body"], left


@pytest.mark.parametrize(
    "verdict",
    [
        None,
        True,
        "true",
        1,
        [],
        {},
        {"isAuthorized": "true"},
        {"isAuthorized": "false"},
        {"isAuthorized": 1},
        {"isAuthorized": 0},
        {"isAuthorized": None},
        {"isAuthorized": [True]},
        {"isauthorized": True},
        {"context": {"user": "ada"}},
        {"isAuthorized": True, "context": None},
        {"isAuthorized": True, "context": "ada"},
        {"isAuthorized": True, "context": [1]},
        {"principalId": "me", "policyDocument": {"Statement": [{"Effect": "Allow"}]}},
        [{"isAuthorized": True}],
        '{"isAuthorized": true}',
        InvocationError("raised"),
        InvocationTimeout("late"),
        TimeoutError(),
        KeyError("Door"),
    ],
)
def test_an_authorizer_that_fails_or_answers_wrongly_lets_nobody_in(verdict: Any) -> None:
    functions = Functions(door=verdict)
    status, body, _ = ask(functions)
    assert (status, body) == (500, b'{"message":"Internal Server Error"}')
    assert functions.called == ["Door"]


def test_false_is_forbidden_whatever_else_it_says() -> None:
    functions = Functions(door={"isAuthorized": False, "context": {"isAuthorized": True}})
    assert ask(functions)[:2] == (403, b'{"message":"Forbidden"}')
    assert functions.called == ["Door"]


@pytest.mark.parametrize("headers", [(), (("authorization", ""),), (("x-authorization", "x"),)])
def test_without_the_identity_header_nobody_is_asked(headers: tuple[tuple[str, str], ...]) -> None:
    functions = Functions(door={"isAuthorized": True})
    assert ask(functions, headers=headers)[:2] == (401, b'{"message":"Unauthorized"}')
    assert functions.called == []


def test_true_reaches_the_endpoint_with_the_context() -> None:
    functions = Functions(door={"isAuthorized": True, "context": {"user": "ada", "n": [1, {"a": None}]}})
    assert ask(functions)[0] == 200
    event = functions.calls[1][1]
    assert event["requestContext"]["authorizer"] == {"lambda": {"user": "ada", "n": [1, {"a": None}]}}


def test_an_open_route_asks_no_authorizer() -> None:
    functions = Functions(door=InvocationError("never asked"))
    assert ask(functions, "/open", headers=())[0] == 200
    assert functions.called == ["Endpoint"]


@pytest.mark.parametrize("endpoint", [InvocationError("x"), InvocationTimeout("x"), {"statusCode": "x"}, KeyError("x")])
def test_an_endpoint_that_fails_is_a_server_error_without_details(endpoint: Any) -> None:
    assert ask(Functions(endpoint=endpoint), "/open")[:2] == (500, b'{"message":"Internal Server Error"}')


@pytest.mark.parametrize(("extra", "status"), [(0, 200), (1, 431)])
def test_the_head_of_a_request_may_have_10240_bytes(extra: int, status: int) -> None:
    used = len("POST /open?q=1 HTTP/1.1") + len("authorization") + len("Bearer x") + len("x")
    headers = (("authorization", "Bearer x"), ("x", "y" * (HEADER_LIMIT - used + extra)))
    functions = Functions()
    assert ask(functions, "/open", headers, query="q=1")[0] == status
    assert bool(functions.called) == (status == 200)


def test_a_body_of_more_than_6_mb_is_refused_and_read_to_its_end() -> None:
    functions = Functions()
    chunks = (b"x" * (1024 * 1024),) * 7
    status, body, left = ask(functions, "/open", (("content-type", "text/plain"),), chunks)
    assert (status, body) == (413, b'{"message":"Request Entity Too Large"}')
    assert (functions.called, left) == ([], [])


def test_a_client_that_asks_first_is_refused_before_it_sends() -> None:
    headers = (("content-length", str(BODY_LIMIT + 1)), ("expect", "100-continue"))
    status, _, left = ask(Functions(), "/open", headers, (b"unread",))
    assert (status, left) == (413, [b"unread"])


def test_a_body_that_makes_the_event_too_large_is_refused() -> None:
    assert ask(Functions(), "/open", (), (b"\xff" * (5 * 1024 * 1024),))[0] == 413


@pytest.mark.parametrize("path", ["/nowhere", "/shut/", "//shut", "/_local/tick/Sweep/", "/openapi.json"])
def test_no_route_is_not_found(path: str) -> None:
    assert ask(Functions(), path)[:1] != (200,)


def test_a_tick_needs_its_header_and_a_schedule() -> None:
    def tick(function: str, *headers: tuple[str, str]) -> int:
        return ask(Functions(), f"/_local/tick/{function}", headers)[0]

    assert tick("Sweep") == 403
    assert tick("Sweep", ("x-lukhas-local", "yes")) == 403
    assert tick("Endpoint", ("x-lukhas-local", "tick")) == 404
    assert tick("Sweep", ("x-lukhas-local", "tick")) == 200


def test_identity_sources_are_handed_over_as_they_came() -> None:
    functions = Functions(door={"isAuthorized": True})
    ask(functions, headers=(("authorization", "a"), ("authorization", "b")))
    event = functions.calls[0][1]
    assert event["identitySource"] == ["a,b"]
    assert json.dumps(event["headers"]["authorization"]) == '"a,b"'
