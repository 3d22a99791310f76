import base64
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from local.event import Request, authorizer_event, function_event
from local.plan import Route

ROUTE = Route("POST", "/path/{parameter1}", "F", "Door")
REQUEST = Request(
    method="POST",
    path="/path/value1",
    query="parameter1=value1&parameter1=value2&parameter2=value&empty=",
    headers=(
        ("host", "localhost:8080"),
        ("header1", "value1"),
        ("header2", "value1"),
        ("header2", "value2"),
        ("cookie", "cookie1=1; cookie2=2"),
        ("user-agent", "agent"),
        ("content-type", "application/json"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-for", "203.0.113.9"),
    ),
    body=b'{"a": 1}',
    client="127.0.0.1",
    id="id=",
    time=datetime(2020, 3, 12, 19, 3, 58, 390000, tzinfo=UTC),
)
CONTEXT = {
    "accountId": "123456789012",
    "apiId": "local",
    "domainName": "localhost:8080",
    "domainPrefix": "localhost",
    "http": {
        "method": "POST",
        "path": "/path/value1",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "agent",
    },
    "requestId": "id=",
    "routeKey": "POST /path/{parameter1}",
    "stage": "$default",
    "time": "12/Mar/2020:19:03:58 +0000",
    "timeEpoch": 1584039838390,
}
COMMON = {
    "version": "2.0",
    "routeKey": "POST /path/{parameter1}",
    "rawPath": "/path/value1",
    "rawQueryString": "parameter1=value1&parameter1=value2&parameter2=value&empty=",
    "cookies": ["cookie1=1", "cookie2=2"],
    "headers": {
        "host": "localhost:8080",
        "header1": "value1",
        "header2": "value1,value2",
        "user-agent": "agent",
        "content-type": "application/json",
        "x-forwarded-for": "203.0.113.9, 127.0.0.1",
        "x-forwarded-port": "8080",
        "x-forwarded-proto": "http",
    },
    "queryStringParameters": {"parameter1": "value1,value2", "parameter2": "value", "empty": ""},
    "pathParameters": {"parameter1": "value1"},
}


def changed(**fields: object) -> Request:
    return Request(**{**vars(REQUEST), **fields})  # type: ignore[arg-type]


def test_an_endpoint_gets_the_documented_event() -> None:
    event = function_event(REQUEST, ROUTE, {"parameter1": "value1"}, {"user": "ada"})
    assert event == {
        **COMMON,
        "requestContext": {**CONTEXT, "authorizer": {"lambda": {"user": "ada"}}},
        "body": '{"a": 1}',
        "isBase64Encoded": False,
    }


def test_an_authorizer_gets_the_documented_event() -> None:
    event = authorizer_event(REQUEST, ROUTE, {"parameter1": "value1"}, ["Bearer x"])
    assert event == {
        **COMMON,
        "type": "REQUEST",
        "routeArn": "arn:aws:execute-api:eu-central-1:123456789012:local/$default/POST/path/value1",
        "identitySource": ["Bearer x"],
        "requestContext": CONTEXT,
    }


def test_what_is_not_there_has_no_key() -> None:
    bare = changed(query="", headers=(), body=b"")
    event = function_event(bare, Route("POST", "/path/value1", "F", None), {})
    absent = {"cookies", "queryStringParameters", "pathParameters", "body"}
    assert absent.isdisjoint(event)
    assert "authorizer" not in event["requestContext"]
    assert event["rawQueryString"] == ""


@given(st.binary(min_size=1))
def test_a_body_always_arrives_as_it_was_sent(body: bytes) -> None:
    for kind in (
        "application/json",
        "text/plain; charset=utf-8",
        "application/octet-stream",
        "application/problem+json",
    ):
        event = function_event(changed(body=body, headers=(("content-type", kind),)), ROUTE, {})
        text = event["body"]
        assert (base64.b64decode(text) if event["isBase64Encoded"] else text.encode()) == body
        assert event["isBase64Encoded"] or kind != "application/octet-stream"
