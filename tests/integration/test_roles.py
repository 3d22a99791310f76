"""Each function can do what its role says and nothing else: tried out, call by call, on the embedded IAM."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.template import parse
from tests.stack import ROOT, Stack

KEYS = {
    "USERS_TABLE": "user_id",
    "USERNAMES_TABLE": "username",
    "SESSIONS_TABLE": "session_id",
    "COUNTERS_TABLE": "counter_id",
}
FUNCTIONS = [
    name
    for name, resource in parse(ROOT / "template.yaml")["Resources"].items()
    if resource["Type"] == "AWS::Serverless::Function"
]


def allowed_by_template(function: str) -> set[tuple[str, str]]:
    """(action, logical id) for every right in the function's statements."""
    rights = set()
    for policy in parse(ROOT / "template.yaml")["Resources"][function]["Properties"]["Policies"]:
        for statement in policy["Statement"]:
            actions, resources = statement["Action"], statement["Resource"]
            for action in actions if isinstance(actions, list) else [actions]:
                for resource in resources if isinstance(resources, list) else [resources]:
                    rights.add((action, resource["Fn::GetAtt"][0]))
    return rights


def attempts(tables: dict[str, str]) -> dict[tuple[str, str], tuple[str, str, dict[str, Any]]]:
    """Harmless calls by (action, logical id): service, operation, arguments."""
    calls: dict[tuple[str, str], tuple[str, str, dict[str, Any]]] = {}
    change = {"UpdateExpression": "SET touched = :now", "ExpressionAttributeValues": {":now": {"N": "1"}}}
    for variable, key_name in KEYS.items():
        table, logical = tables[variable], variable.replace("_TABLE", "").capitalize() + "Table"
        key = {key_name: {"S": "role-test"}}
        keys = {"Keys": [key]}
        calls |= {
            ("dynamodb:GetItem", logical): ("dynamodb", "get_item", {"TableName": table, "Key": key}),
            ("dynamodb:PutItem", logical): ("dynamodb", "put_item", {"TableName": table, "Item": key}),
            ("dynamodb:UpdateItem", logical): ("dynamodb", "update_item", {"TableName": table, "Key": key, **change}),
            ("dynamodb:DeleteItem", logical): ("dynamodb", "delete_item", {"TableName": table, "Key": key}),
            ("dynamodb:Scan", logical): ("dynamodb", "scan", {"TableName": table}),
            ("dynamodb:DeleteTable", logical): ("dynamodb", "delete_table", {"TableName": table}),
            ("dynamodb:BatchGetItem", logical): (
                "dynamodb",
                "batch_get_item",
                {"RequestItems": {table: keys}},
            ),
        }
    signing, server = tables["SIGNING_KEY_ID"], tables["SERVER_KEY_ID"]
    sign = {"KeyId": signing, "Message": b"m", "SigningAlgorithm": "ECDSA_SHA_256"}
    mac = {"KeyId": server, "Message": b"m", "MacAlgorithm": "HMAC_SHA_256"}
    calls |= {
        ("kms:Sign", "SigningKey"): ("kms", "sign", sign),
        ("kms:GetPublicKey", "SigningKey"): ("kms", "get_public_key", {"KeyId": signing}),
        ("kms:GenerateMac", "ServerKey"): ("kms", "generate_mac", mac),
        ("kms:ScheduleKeyDeletion", "SigningKey"): ("kms", "schedule_key_deletion", {"KeyId": signing}),
    }
    return calls


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_can_do_what_its_role_says_and_nothing_else(
    stack: Stack, tables: dict[str, str], function: str
) -> None:
    environment = stack.ready["functions"][function]
    session = boto3.Session(
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=environment["AWS_SESSION_TOKEN"],
        region_name=environment["AWS_REGION"],
    )
    clients = {name: session.client(name, endpoint_url=environment["AWS_ENDPOINT_URL"]) for name in ("dynamodb", "kms")}
    calls = attempts(tables)
    done = set()
    for right, (service, operation, arguments) in calls.items():
        try:
            getattr(clients[service], operation)(**arguments)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "AccessDeniedException", right
        else:
            done.add(right)
    assert done == allowed_by_template(function)
