"""Bad input of every kind: a clear 4xx, never a 5xx, never a stack trace, nothing written."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.stack import Stack


@pytest.fixture
def nothing_written(aws: Callable[[str], Any], tables: dict[str, str]) -> Iterator[None]:
    """Users, usernames and sessions are afterwards what they were before."""
    client = aws("dynamodb")
    names = [tables[name] for name in ("USERS_TABLE", "USERNAMES_TABLE", "SESSIONS_TABLE")]

    def content() -> list[Any]:
        return [client.scan(TableName=name)["Items"] for name in names]

    before = content()
    yield
    assert content() == before


def raw(stack: Stack, data: bytes) -> tuple[int, bytes]:
    """Send bytes as they are; the status and the whole answer."""
    answer = b""
    with socket.create_connection(("127.0.0.1", stack.port), timeout=5) as connection:
        connection.sendall(data)
        with suppress(TimeoutError):
            while part := connection.recv(65536):
                answer += part
    return (int(answer.split(b" ")[1]) if answer else 0), answer


def head(line: str, *headers: str) -> bytes:
    return "\r\n".join([line, "Host: x", "Connection: close", *headers, "", ""]).encode("latin-1")


@pytest.mark.usefixtures("nothing_written")
@pytest.mark.parametrize("path", ["/identity/register", "/identity/auth", "/identity/token/refresh"])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe\x00", 400),
        (b'{"username": "a\xff"}', 400),
        (b'{"a": 1, "a": 2}', 400),
        (b"[" * 200_000, 400),
        (b"null", 422),
        (b"[]", 422),
        (b'"text"', 422),
        (b"12345678901234567890" * 400, 400),
        (b'{"username": 1, "password": [], "refresh_token": {}}', 422),
        (b'{"unknown": true}', 422),
        (json.dumps({"username": "u" * 10_000, "password": "p" * 10_000}).encode(), 422),
        (b"x" * 7_000_000, 413),
    ],
    ids=range(14),
)
def test_bodies(stack: Stack, path: str, body: bytes, status: int) -> None:
    answer = stack.request("POST", path, body, content_type="application/json")
    assert answer.status == status, answer.body[:500]
    assert b"Traceback" not in answer.body
    assert b".py" not in answer.body


@pytest.mark.usefixtures("nothing_written")
@pytest.mark.parametrize(
    ("request_bytes", "statuses"),
    [
        (head("GET /health HTTP/1.1", "X-Bomb: " + "a" * 11_000), {431}),
        (head("GET /health HTTP/1.1", *[f"X-{n}: {'a' * 100}" for n in range(120)]), {431}),
        (head("GET /health?" + "q" * 11_000 + " HTTP/1.1"), {431}),
        (head("GET /identity/profile HTTP/1.1", "Authorization: Bearer a", "Authorization: Bearer b"), {403}),
        (head("GET /identity/profile HTTP/1.1", "Authorization: Basic eDp5, Bearer a"), {403}),
        (head("GET /identity/profile HTTP/1.1", "Authorization:"), {401}),
        (head("GET /identity/profile?access_token=a HTTP/1.1"), {401}),
        (head("GET //identity/profile HTTP/1.1", "Authorization: Bearer a"), {404}),
        (head("GET /identity//profile HTTP/1.1", "Authorization: Bearer a"), {404}),
        (head("GET /identity/profile/ HTTP/1.1", "Authorization: Bearer a"), {404}),
        (head("GET /health/../identity/profile HTTP/1.1"), {404}),
        (head("GET /%2e%2e/identity/profile HTTP/1.1"), {404}),
        (head("GET /identity%2fprofile HTTP/1.1"), {404}),
        (head("GET /%68ealth HTTP/1.1"), {404}),
        (head("GET /IDENTITY/PROFILE HTTP/1.1"), {404}),
        (head("GET /nowhere HTTP/1.1"), {404}),
        (head("DELETE /identity/profile HTTP/1.1"), {404}),
        (head("BREW /health HTTP/1.1"), {404}),
        (head("OPTIONS * HTTP/1.1"), {400, 404}),
        (head("GET http://elsewhere/health HTTP/1.1"), {400, 404}),
        (head("GET /hea\x00lth HTTP/1.1"), {400}),
        (head("GET /health\xff HTTP/1.1"), {400, 404}),
        (head("GET /health HTTP/1.1", "X: a\x00b"), {400}),
        (head("POST /identity/auth HTTP/1.1", "Content-Length: 5", "Content-Length: 6"), {400}),
        (head("POST /identity/auth HTTP/1.1", "Content-Length: -1"), {400}),
        (
            head("POST /identity/auth HTTP/1.1", "Transfer-Encoding: chunked", "Content-Type: application/json")
            + b"zz\r\n",
            {400},
        ),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", {0, 400}),
        (b"\r\n\r\n\r\n", {0, 400}),
    ],
    ids=range(28),
)
def test_requests(stack: Stack, request_bytes: bytes, statuses: set[int]) -> None:
    status, answer = raw(stack, request_bytes)
    assert status in statuses, answer[:500]
    assert b"Traceback" not in answer


def test_the_stack_lives_on(stack: Stack) -> None:
    assert stack.request("GET", "/health").status == 200


@hypothesis_settings(max_examples=40)
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.sampled_from(["username", "password", "scopes", "x"]), x),
    )
)
def test_no_json_value_breaks_a_login(stack: Stack, value: Any) -> None:
    answer = stack.post("/identity/auth", value)
    assert 400 <= answer.status < 500
    assert answer.headers["content-type"] == "application/problem+json"


@hypothesis_settings(max_examples=40)
@given(token=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=400))
def test_no_text_as_a_token_breaks_the_authorizer(stack: Stack, token: str) -> None:
    assert stack.request("GET", "/identity/profile", Authorization=f"Bearer {token}").status == 403
