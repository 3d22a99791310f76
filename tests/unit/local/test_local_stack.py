import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.plan import REGION
from local.tick import tick
from tests.stack import FIXTURE, ROOT, Stack, start

KEY = {"id": {"S": "1"}}
DENIED = "AccessDeniedException"


def raw(stack: Stack, request: bytes) -> bytes:
    """Send bytes and read until the stack closes."""
    with socket.create_connection(("127.0.0.1", stack.port), 10) as connection:
        connection.sendall(request)
        answer = b""
        while part := connection.recv(65536):
            answer += part
        return answer


def test_variables_of_the_template_are_resolved(stack: Stack) -> None:
    seen = stack.request("GET", "/public/environment").json()
    assert seen["STAGE"] == "local"
    assert seen["OPEN_ARN"].endswith(f":table/{seen['OPEN_TABLE']}")
    assert (seen["COLOUR"], seen["PROTECTED"], seen["NUMBER"]) == ("green", "no", "7")
    assert seen["API"] == "https://Api.execute-api.eu-central-1.amazonaws.com/local"
    assert seen["API_ID"] == "Api"
    assert seen["LOGS"].startswith("arn:aws:logs:")
    assert "DEVELOPERS_SECRET" not in seen
    assert stack.ready["functions"]["EchoFunction"]["OPEN_TABLE"] == seen["OPEN_TABLE"]


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "expected"),
    [
        ("dynamodb", "put_item", {"TableName": "$OPEN", "Item": KEY}, "allowed"),
        ("dynamodb", "get_item", {"TableName": "$OPEN", "Key": KEY}, "allowed"),
        ("dynamodb", "get_item", {"TableName": "$SHUT", "Key": KEY}, DENIED),
        ("dynamodb", "update_item", {"TableName": "$OPEN", "Key": KEY}, DENIED),
        ("dynamodb", "scan", {"TableName": "$OPEN"}, DENIED),
        ("dynamodb", "list_tables", {}, DENIED),
        # Allowed by the role, and cut off by the boundary.
        ("dynamodb", "delete_item", {"TableName": "$OPEN", "Key": KEY}, DENIED),
        ("dynamodb", "batch_get_item", {"RequestItems": {"$OPEN": {"Keys": [KEY]}}}, "allowed"),
        ("dynamodb", "batch_get_item", {"RequestItems": {"$OPEN": {"Keys": [KEY]}, "$SHUT": {"Keys": [KEY]}}}, DENIED),
        (
            "dynamodb",
            "transact_write_items",
            {"TransactItems": [{"Put": {"TableName": "$OPEN", "Item": KEY}}]},
            "allowed",
        ),
        (
            "dynamodb",
            "transact_write_items",
            {
                "TransactItems": [
                    {"Put": {"TableName": "$OPEN", "Item": KEY}},
                    {
                        "ConditionCheck": {
                            "TableName": "$OPEN",
                            "Key": KEY,
                            "ConditionExpression": "attribute_exists(id)",
                        }
                    },
                ]
            },
            DENIED,
        ),
        (
            "dynamodb",
            "query",
            {
                "TableName": "$OPEN",
                "IndexName": "by-kind",
                "KeyConditionExpression": "kind = :k",
                "ExpressionAttributeValues": {":k": {"S": "a"}},
            },
            DENIED,
        ),
        (
            "dynamodb",
            "query",
            {
                "TableName": "$OPEN",
                "KeyConditionExpression": "id = :k",
                "ExpressionAttributeValues": {":k": {"S": "a"}},
            },
            "allowed",
        ),
        ("kms", "get_public_key", {"KeyId": "$KEY"}, "allowed"),
        (
            "kms",
            "sign",
            {
                "KeyId": "$KEY",
                "Message": "x" * 32,
                "MessageType": "DIGEST",
                "SigningAlgorithm": "ECDSA_SHA_256",
            },
            "allowed",
        ),
        ("kms", "generate_mac", {"KeyId": "$MAC", "Message": "x", "MacAlgorithm": "HMAC_SHA_256"}, "allowed"),
        ("kms", "generate_mac", {"KeyId": "$KEY", "Message": "x", "MacAlgorithm": "HMAC_SHA_256"}, DENIED),
        ("kms", "describe_key", {"KeyId": "$KEY"}, DENIED),
        ("kms", "create_key", {}, DENIED),
        ("s3", "put_object", {"Bucket": "$BUCKET", "Key": "own/a", "Body": "x"}, "allowed"),
        ("s3", "get_object", {"Bucket": "$BUCKET", "Key": "own/a"}, "allowed"),
        ("s3", "put_object", {"Bucket": "$BUCKET", "Key": "other/a", "Body": "x"}, "AccessDenied"),
        ("s3", "list_objects_v2", {"Bucket": "$BUCKET"}, "AccessDenied"),
        ("iam", "list_users", {}, "AccessDenied"),
        ("sqs", "list_queues", {}, DENIED),
    ],
)
def test_a_function_may_do_what_its_role_says_and_no_more(
    stack: Stack, service: str, operation: str, arguments: dict[str, object], expected: str
) -> None:
    assert stack.aws(service, operation, **arguments) == expected


def test_a_function_without_policies_may_do_nothing(stack: Stack) -> None:
    seen = stack.ready["functions"]
    tables = seen["TableFunction"]["AWS_ACCESS_KEY_ID"], seen["EchoFunction"]["AWS_ACCESS_KEY_ID"]
    assert tables[0] != tables[1]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ('{"isAuthorized": true}', 200),
        ('{"isAuthorized": false}', 403),
        ('{"isAuthorized": "true"}', 500),
        ("raise", 500),
        ("exit", 500),
        ("sleep", 500),
    ],
)
def test_the_authorizer_decides_and_fails_closed(stack: Stack, word: str, status: int) -> None:
    assert stack.request("GET", "/private/7", authorization=word).status == status


def test_the_authorizer_sees_the_request_before_the_endpoint_does(stack: Stack) -> None:
    reply = stack.request("GET", "/private/7?a=1", authorization="event", cookie="b=2").json()
    seen = reply["requestContext"]["authorizer"]["lambda"]["event"]
    assert (seen["type"], seen["routeKey"], seen["cookies"]) == ("REQUEST", "GET /private/{id}", ["b=2"])
    assert seen["pathParameters"] == {"id": "7"}


@pytest.mark.parametrize(
    "request_",
    [
        b"GARBAGE\r\n\r\n",
        b"GET /public/x HTTP/1.1\r\nhost: a\r\nbad header: \x00\r\n\r\n",
        b"GET /public/x HTTP/1.1\r\n\r\n",
        b"POST /public/x HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        b"POST /public/x HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n",
        b"GET /public/\x01 HTTP/1.1\r\nhost: a\r\n\r\n",
        b"GET /public/x HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx: " + b"y" * 70_000 + b"\r\n\r\n",
    ],
)
def test_malformed_http_is_the_clients_fault(stack: Stack, request_: bytes) -> None:
    answer = raw(stack, request_)
    assert answer.startswith(b"HTTP/1.1 4")
    assert b"Traceback" not in answer


def test_limits_hold_on_the_wire(stack: Stack) -> None:
    assert stack.request("GET", "/public/x", x="y" * 10_240).status == 431
    reply = stack.request("POST", "/public/x", b"x" * (6 * 1024 * 1024 + 1))
    assert (reply.status, reply.json()) == (413, {"message": "Request Entity Too Large"})
    assert stack.request("GET", "/public/big").status == 500


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "BREW"])
def test_a_method_without_a_route_is_not_found(stack: Stack, method: str) -> None:
    assert stack.request(method, "/table").status == 404


def test_an_answer_keeps_status_headers_and_cookies(stack: Stack) -> None:
    result = '{"statusCode": 418, "headers": {"X-A": "b"}, "cookies": ["c=1", "d=2"], "body": "short and stout"}'
    reply = stack.request("POST", "/public/result", result, content_type="application/json")
    assert (reply.status, reply.body, reply.headers["x-a"]) == (418, b"short and stout", "b")
    assert reply.cookies == ["c=1", "d=2"]
    assert reply.headers["apigw-requestid"]


def test_the_client_cannot_say_how_it_came_in(stack: Stack) -> None:
    seen = stack.request("GET", "/public/x", x_forwarded_proto="https", x_forwarded_for="203.0.113.9").json()
    assert seen["headers"]["x-forwarded-proto"] == "http"
    assert seen["headers"]["x-forwarded-for"] == "203.0.113.9, 127.0.0.1"
    assert seen["requestContext"]["http"]["sourceIp"] == "127.0.0.1"


def test_the_docs_page_loads_nothing_from_elsewhere(stack: Stack) -> None:
    reply = stack.request("GET", "/docs")
    assert reply.status == 200
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert b"/openapi.json" in reply.body
    assert b"<script src" not in reply.body


def test_a_tick_runs_a_scheduled_function_once(stack: Stack) -> None:
    code, text = tick("SweepFunction", stack.port)
    assert code == 0
    assert '"source": "aws.events"' in text
    assert tick("NightFunction", stack.port) == (0, '{\n  "depth": 2\n}')
    code, text = tick("EchoFunction", stack.port)
    assert (code, "NightFunction, SweepFunction" in text) == (1, True)


def test_a_tick_without_a_stack_says_what_to_do() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        code, text = tick("SweepFunction", free.getsockname()[1])
    assert (code, "make run" in text) == (1, True)


def test_the_stand_in_serves_nobody_without_credentials(stack: Stack) -> None:
    port = int(stack.ready["standin_url"].rpartition(":")[2])
    for path in ("/moto-api/data.json", "/moto-api/reset"):
        with socket.create_connection(("127.0.0.1", port), 10) as connection:
            connection.sendall(f"POST {path} HTTP/1.0\r\n\r\n".encode())
            assert connection.recv(100).startswith(b"HTTP/1.1 404")


def client(stack: Stack, keys: dict[str, str]) -> Any:
    named = {name.lower(): value for name, value in keys.items() if name.startswith("AWS_") and "KEY" in name}
    token = keys.get("AWS_SESSION_TOKEN")
    url = stack.ready["standin_url"]
    return boto3.client("dynamodb", region_name=REGION, endpoint_url=url, aws_session_token=token, **named)


def test_a_condition_holds_for_one_of_many_writers(stack: Stack) -> None:
    admin = client(stack, stack.ready["admin"])
    table = stack.ready["functions"]["TableFunction"]["OPEN_TABLE"]
    item = {"id": {"S": "contested"}}

    def write(_: int) -> bool:
        try:
            admin.put_item(TableName=table, Item=item, ConditionExpression="attribute_not_exists(id)")
        except admin.exceptions.ConditionalCheckFailedException:
            return False
        return True

    with ThreadPoolExecutor(8) as writers:
        assert sum(writers.map(write, range(8))) == 1


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("AWS_ACCESS_KEY_ID", "UnrecognizedClient"),
        ("AWS_SECRET_ACCESS_KEY", "InvalidSignature"),
        ("AWS_SESSION_TOKEN", "UnrecognizedClient"),
    ],
)
def test_wrong_credentials_are_refused(stack: Stack, name: str, code: str) -> None:
    own = stack.ready["functions"]["TableFunction"]
    thief = client(stack, {**own, name: "ASIA0000000000000000"})
    with pytest.raises(thief.exceptions.ClientError, match=code):
        thief.get_item(TableName=own["OPEN_TABLE"], Key=KEY)


def test_a_port_in_use_is_one_clear_line(stack: Stack, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "local", "--port", str(stack.port), "--state-dir", str(tmp_path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert str(stack.port) in ended.stderr


def test_tables_keys_and_objects_survive_a_restart(tmp_path: Path) -> None:
    options = ("--state-dir", str(tmp_path / "state"), "--no-schedules")
    template = FIXTURE / "template.yaml"
    item = {**KEY, "kind": {"S": "kept"}}
    arguments = {"TableName": "$OPEN", "Key": KEY}

    first = start(tmp_path, template, *options)
    try:
        assert first.aws("dynamodb", "put_item", TableName="$OPEN", Item=item) == "allowed"
        assert first.aws("s3", "put_object", Bucket="$BUCKET", Key="own/large", Body="x" * 300_000) == "allowed"
        before = first.aws("kms", "get_public_key", KeyId="$KEY", answer="PublicKey")
    finally:
        assert first.stop() == 0
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "state" / "state.pickle").stat().st_mode & 0o777 == 0o600

    second = start(tmp_path, template, *options)
    try:
        assert "kept" in second.aws("dynamodb", "get_item", **arguments, answer="Item")
        assert second.aws("s3", "get_object", Bucket="$BUCKET", Key="own/large", answer="ContentLength") == "300000"
        assert second.aws("kms", "get_public_key", KeyId="$KEY", answer="PublicKey") == before
        assert second.aws("dynamodb", "get_item", TableName="$SHUT", Key=KEY) == DENIED
        held = subprocess.run(
            [sys.executable, "-m", "local", "--port", "0", "--template", str(template), *options],
            cwd=ROOT, capture_output=True, text=True, timeout=20, check=False,
        )  # fmt: skip
        assert held.returncode == 1
        assert "Another stack" in held.stderr
        assert (tmp_path / "state" / "stack.json").exists()
    finally:
        second.process.kill()  # no time to say goodbye
        second.process.wait()


def test_children_end_when_the_stack_is_killed(tmp_path: Path) -> None:
    stack = start(tmp_path, FIXTURE / "template.yaml", "--ephemeral", "--no-schedules")
    pid = stack.request("GET", "/public/context").json()["pid"]
    port = int(stack.ready["standin_url"].rpartition(":")[2])
    os.kill(stack.process.pid, signal.SIGKILL)
    stack.process.wait()
    until = time.monotonic() + 8
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) and not Path(f"/proc/{pid}/stat").exists():
                return
        time.sleep(0.05)
    pytest.fail("a child outlived the stack")
