import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.answer import LARGEST, Malformed, interpret

json_values = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists)


@pytest.mark.parametrize(
    ("result", "body"),
    [({"a": 1}, b'{"a": 1}'), ("text", b"text"), (None, b"null"), ([1], b"[1]"), ({}, b"{}"), (True, b"true")],
)
def test_without_a_status_the_result_is_the_json_body(result: Any, body: bytes) -> None:
    answer = interpret(result)
    assert (answer.status, answer.body) == (200, body)
    assert dict(answer.headers)["content-type"] == "application/json"


def test_status_headers_cookies_and_body_are_taken() -> None:
    answer = interpret(
        {
            "statusCode": 201,
            "headers": {"Content-Type": "text/html", "X-Number": 7, "X-Flag": True},
            "cookies": ["a=1", "b=2"],
            "body": "aGk=",
            "isBase64Encoded": True,
        }
    )
    assert (answer.status, answer.body) == (201, b"hi")
    assert answer.headers == (
        ("content-type", "text/html"),
        ("x-number", "7"),
        ("x-flag", "true"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
    )


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "200"},
        {"statusCode": None},
        {"statusCode": True},
        {"statusCode": 99},
        {"statusCode": 600},
        {"statusCode": 101},
        {"statusCode": 200.5},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "body": 7},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {"a": ["b"]}},
        {"statusCode": 200, "headers": {"a": None}},
        {"statusCode": 200, "headers": {"a": "b\r\nset-cookie: c=d"}},
        {"statusCode": 200, "headers": {"a b": "c"}},
        {"statusCode": 200, "headers": {"": "c"}},
        {"statusCode": 200, "headers": {"a": "\u20ac"}},
        {"statusCode": 200, "cookies": "a=1"},
        {"statusCode": 200, "cookies": [{"a": 1}]},
        {"statusCode": 200, "cookies": ["a\nb"]},
        {"statusCode": 200, "body": "not base64!", "isBase64Encoded": True},
        {"statusCode": 200, "body": "aGk=", "isBase64Encoded": "true"},
        {"statusCode": 200, "body": "x" * (LARGEST + 1)},
        {"statusCode": 200, "body": "\ud800"},
    ],
)
def test_a_wrong_shape_is_refused(result: Any) -> None:
    with pytest.raises(Malformed):
        interpret(result)


def test_a_function_cannot_break_the_framing() -> None:
    headers = {"Content-Length": "1", "Transfer-Encoding": "chunked", "Connection": "close", "ok": "1"}
    answer = interpret({"statusCode": 200, "headers": headers, "body": "whole"})
    assert dict(answer.headers).keys() == {"ok", "content-type"}


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_has_none(status: int) -> None:
    assert interpret({"statusCode": status, "body": "x"}).body == b""


@given(st.dictionaries(st.sampled_from(["statusCode", "headers", "cookies", "body", "isBase64Encoded"]), json_values))
def test_any_result_is_an_answer_or_malformed(result: dict[str, Any]) -> None:
    with contextlib.suppress(Malformed):
        assert 200 <= interpret(result).status <= 599
