import dataclasses
import json
import pickle
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.embedded import Resolved, StandIn
from local.plan import Plan
from local.sam import literal
from local.state import FORMAT, Unreadable, restore
from local.template import REGION, parse
from tests.stack import FIXTURE

KEY = {"id": {"S": "1"}}


@contextmanager
def made(state: Path | None, plan: Plan, fresh: bool = False) -> Iterator[Resolved]:
    standin = StandIn(state, fresh)
    try:
        yield standin.make(plan)
    finally:
        standin.close()
        assert standin.process.returncode == 0


def client(resolved: Resolved, service: str, function: str | None = None) -> Any:
    keys = resolved.credentials[f"{function}Role"] if function else resolved.admin
    named = {name.lower(): value for name, value in keys.items()}
    return boto3.client(service, region_name=REGION, endpoint_url=resolved.url, **named)


def table(resolved: Resolved) -> str:
    return resolved.environment("TableFunction")["OPEN_TABLE"]


def changed(plan: Plan, change: Any) -> Plan:
    template = json.loads(json.dumps(plan.template))
    change(template["Resources"])
    return dataclasses.replace(plan, template=template)


def test_what_changes_in_the_template_changes_at_the_next_start_and_data_stays(tmp_path: Path, plan: Plan) -> None:
    def change(resources: dict[str, Any]) -> None:
        index = {"IndexName": "new", "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}]}
        index["Projection"] = {"ProjectionType": "ALL"}
        resources["OpenTable"]["Properties"]["GlobalSecondaryIndexes"].append(index)
        statements = resources["TableFunctionRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        statements[0]["Action"] = ["dynamodb:PutItem"]
        resources["Another"] = resources["ShutTable"]

    def drop(resources: dict[str, Any]) -> None:
        del resources["Another"]
        resources["OpenTable"]["Properties"]["KeySchema"][0]["AttributeName"] = "kind"

    state = tmp_path / "state.pickle"
    with made(state, plan) as first:
        client(first, "dynamodb").put_item(TableName=table(first), Item={**KEY, "kind": {"S": "k"}})
        mac = client(first, "kms", "TableFunction").generate_mac
        code = mac(KeyId=first.environment("TableFunction")["MAC_ID"], Message=b"x", MacAlgorithm="HMAC_SHA_256")["Mac"]
    with made(state, changed(plan, change)) as second:
        assert table(second) == table(first)
        admin = client(second, "dynamodb")
        values = {":k": {"S": "k"}}
        query = {"IndexName": "new", "KeyConditionExpression": "kind = :k", "ExpressionAttributeValues": values}
        assert admin.query(TableName=table(second), **query)["Count"] == 1
        with pytest.raises(admin.exceptions.ClientError, match="AccessDenied"):
            client(second, "dynamodb", "TableFunction").get_item(TableName=table(second), Key=KEY)
        another = next(name for name in admin.list_tables()["TableNames"] if "Another" in name)
    with made(state, changed(changed(plan, change), drop)) as third:
        admin = client(third, "dynamodb")
        # As on AWS, what the template no longer names is retained, and another key schema is another table.
        assert another in admin.list_tables()["TableNames"]
        assert table(third) != table(first)
        assert admin.scan(TableName=table(third))["Count"] == 0
        assert admin.scan(TableName=table(first))["Count"] == 1
        mac = client(third, "kms", "TableFunction").generate_mac
        key = third.environment("TableFunction")["MAC_ID"]
        assert mac(KeyId=key, Message=b"x", MacAlgorithm="HMAC_SHA_256")["Mac"] == code


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"garbage",
        pickle.dumps({**FORMAT, "moto": "4.0.0"}) + pickle.dumps(({}, {}, {})),
        pickle.dumps({**FORMAT, "python": [2, 7]}) + pickle.dumps(({}, {}, {})),
        pickle.dumps(FORMAT),
        pickle.dumps(FORMAT) + pickle.dumps("else"),
    ],
)
def test_a_state_of_another_version_or_damaged_is_unreadable(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state.pickle"
    path.write_bytes(content)
    with pytest.raises(Unreadable):
        restore(path)


def test_a_state_that_cannot_be_read_is_moved_aside_and_one_that_can_is_forgotten_if_asked(
    tmp_path: Path, plan: Plan, capfd: pytest.CaptureFixture[str]
) -> None:
    state = tmp_path / "state.pickle"
    state.write_bytes(b"garbage")
    with made(state, plan) as first:
        client(first, "dynamodb").put_item(TableName=table(first), Item=KEY)
    (aside,) = tmp_path.glob("state.pickle.unreadable-*")
    assert aside.read_bytes() == b"garbage"
    assert f"Moved to {aside}" in capfd.readouterr().err
    with made(state, plan, fresh=True) as second:
        assert client(second, "dynamodb").scan(TableName=table(second))["Count"] == 0


def test_what_was_written_is_saved_within_seconds_while_requests_run(tmp_path: Path, plan: Plan) -> None:
    state = tmp_path / "state.pickle"
    standin = StandIn(state)
    try:
        resolved = standin.make(plan)
        admin, ended = client(resolved, "dynamodb"), threading.Event()

        def write() -> None:
            number = 0
            while not ended.is_set():
                number += 1
                admin.put_item(TableName=table(resolved), Item={"id": {"S": str(number)}})

        writer = threading.Thread(target=write)
        writer.start()
        time.sleep(3)
        ended.set()
        writer.join()
    finally:
        standin.process.kill()
        standin.close()
    with made(state, plan) as second:
        assert client(second, "dynamodb").scan(TableName=table(second))["Count"] > 10


def test_sam_local_gets_literal_variables_and_each_functions_own_credentials(plan: Plan) -> None:
    values = {"environment/EchoFunction/OPEN_TABLE": "the-table"}
    credentials = {f.role: {"AWS_ACCESS_KEY_ID": f.name} for f in plan.functions.values()}
    resolved = Resolved("http://192.0.2.1:1", values, credentials, {})
    template = literal(parse(FIXTURE / "template.yaml"), plan, resolved)
    assert template["Resources"]["EchoFunction"]["Properties"]["Environment"]["Variables"] == {
        "OPEN_TABLE": "the-table",
        "AWS_ACCESS_KEY_ID": "EchoFunction",
        "AWS_ENDPOINT_URL": "http://192.0.2.1:1",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
    }
    assert template["Resources"]["EchoFunction"]["Properties"]["Handler"] == "echo.handler"
