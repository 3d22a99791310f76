import dataclasses
import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from local.embedded import Resolved, StandIn
from local.plan import Plan
from local.sam import literal
from local.sealing import HEADER, unseal
from local.template import REGION, parse
from tests.stack import FIXTURE
from tests.unit.local.standins import client, made, table

KEY = {"id": {"S": "1"}}


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


def test_the_state_is_encrypted_and_can_be_put_back_together_when_its_key_was_lost(
    tmp_path: Path, plan: Plan, capfd: pytest.CaptureFixture[str]
) -> None:
    state, key = tmp_path / "state.pickle", tmp_path / "state.key"

    def items(resolved: Resolved) -> int:
        return int(client(resolved, "dynamodb").scan(TableName=table(resolved))["Count"])

    with made(state, plan) as first:
        client(first, "dynamodb").put_item(TableName=table(first), Item={**KEY, "word": {"S": "shibboleth"}})
    sealed, right = state.read_bytes(), key.read_bytes()
    assert (key.stat().st_mode & 0o777, state.stat().st_mode & 0o777, len(right)) == (0o600, 0o600, 32)
    assert b"shibboleth" not in sealed
    assert b"shibboleth" in unseal(right, sealed)
    key.unlink()
    with made(state, plan) as second:
        assert items(second) == 0
    (aside,) = tmp_path.glob("state.pickle.unreadable-*")
    assert aside.read_bytes() == sealed
    assert f"its key {key} cannot be read (No such file or directory). Moved to {aside}" in capfd.readouterr().err
    aside.replace(state)
    key.write_bytes(right)
    with made(state, plan) as third:
        assert items(third) == 1
    assert state.read_bytes()[: len(HEADER) + 12] != sealed[: len(HEADER) + 12]  # a nonce is used once
    with made(state, plan, fresh=True) as fourth:
        assert items(fourth) == 0
    assert key.read_bytes() == right
    assert sorted(file.name for file in tmp_path.iterdir()) == ["state.key", "state.lock", "state.pickle"]


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
