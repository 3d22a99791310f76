"""Each function can do what its role says and nothing else: tried out, call by call, on the embedded IAM."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.template import parse
from lukhas_common.aws.kms import RING_TAG, STACK_TAG
from tests.stack import ROOT, Stack

KEYS = {
    "USERS_TABLE": ("user_id",),
    "USERNAMES_TABLE": ("username",),
    "SESSIONS_TABLE": ("session_id",),
    "COUNTERS_TABLE": ("counter_id",),
    "REVOCATIONS_TABLE": ("revocation_id",),
    "FAMILIES_TABLE": ("family_id",),
    "KEYS_TABLE": ("ring", "entry"),
}
FUNCTIONS = [
    name
    for name, resource in parse(ROOT / "template.yaml")["Resources"].items()
    if resource["Type"] == "AWS::Serverless::Function"
]
Right = tuple[str, str]
Call = tuple[str, str, dict[str, Any]]


def allowed_by_template(function: str) -> set[Right]:
    """(action, resource) for every right in its statements; signing keys are ``keys``, or ``keys of`` a ring."""
    rights = set()
    for policy in parse(ROOT / "template.yaml")["Resources"][function]["Properties"].get("Policies", []):
        for statement in policy["Statement"]:
            actions, resources = statement["Action"], statement["Resource"]
            tags = statement.get("Condition", {}).get("StringEquals", {})
            ring = tags.get(f"aws:ResourceTag/{RING_TAG}")
            for action in actions if isinstance(actions, list) else [actions]:
                for resource in resources if isinstance(resources, list) else [resources]:
                    if resource == "*":
                        rights.add((action, "*"))
                    elif "Fn::Sub" in resource:
                        rights.add((action, f"keys of {ring}" if ring else "keys"))
                    else:
                        rights.add((action, resource["Fn::GetAtt"][0]))
    return rights


def logical(variable: str) -> str:
    """The logical id of the table in a variable."""
    return variable.replace("_TABLE", "").capitalize() + "Table"


def on_tables(tables: dict[str, str]) -> dict[Right, Call]:
    """Harmless calls on every table."""
    calls: dict[Right, Call] = {}
    change = {"UpdateExpression": "SET touched = :now", "ExpressionAttributeValues": {":now": {"N": "1"}}}
    for variable, names in KEYS.items():
        table, known = tables[variable], logical(variable)
        key = {name: {"S": "role-test"} for name in names}
        query = {
            "KeyConditionExpression": "#key = :key",
            "ExpressionAttributeNames": {"#key": names[0]},
            "ExpressionAttributeValues": {":key": {"S": "role-test"}},
        }
        calls |= {
            ("dynamodb:GetItem", known): ("dynamodb", "get_item", {"TableName": table, "Key": key}),
            ("dynamodb:Query", known): ("dynamodb", "query", {"TableName": table, **query}),
            ("dynamodb:PutItem", known): ("dynamodb", "put_item", {"TableName": table, "Item": key}),
            ("dynamodb:UpdateItem", known): ("dynamodb", "update_item", {"TableName": table, "Key": key, **change}),
            ("dynamodb:DeleteItem", known): ("dynamodb", "delete_item", {"TableName": table, "Key": key}),
            ("dynamodb:Scan", known): ("dynamodb", "scan", {"TableName": table}),
            ("dynamodb:DeleteTable", known): ("dynamodb", "delete_table", {"TableName": table}),
            ("dynamodb:BatchGetItem", known): (
                "dynamodb",
                "batch_get_item",
                {"RequestItems": {table: {"Keys": [key]}}},
            ),
        }
    return calls


def tags(stack: str, ring: str) -> list[dict[str, str]]:
    return [{"TagKey": STACK_TAG, "TagValue": stack}, {"TagKey": RING_TAG, "TagValue": ring}]


def on_keys(admin: Any, tables: dict[str, str]) -> dict[Right, Call]:
    """Calls on signing keys that were made for this, of both rings and of another stack, and on the server's key."""
    kind = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}
    stack = tables["STACK_NAME"]
    keys = {
        "access": admin.create_key(**kind, Tags=tags(stack, "access"))["KeyMetadata"]["KeyId"],
        "qrg": admin.create_key(**kind, Tags=tags(stack, "qrg"))["KeyMetadata"]["KeyId"],
        "another stack": admin.create_key(**kind, Tags=tags("another", "access"))["KeyMetadata"]["KeyId"],
        "nobody": admin.create_key(**kind)["KeyMetadata"]["KeyId"],
    }
    calls: dict[Right, Call] = {}
    for owner, key_id in keys.items():
        own = owner in ("access", "qrg")
        sign = {"KeyId": key_id, "Message": b"m", "SigningAlgorithm": "ECDSA_SHA_256"}
        calls["kms:Sign", f"keys of {owner}"] = ("kms", "sign", sign)
        of = "keys" if own else f"keys of {owner}"
        calls |= {
            ("kms:GetPublicKey", "keys"): ("kms", "get_public_key", {"KeyId": key_id}),
            ("kms:DescribeKey", "keys"): ("kms", "describe_key", {"KeyId": key_id}),
            ("kms:ScheduleKeyDeletion", of): ("kms", "schedule_key_deletion", {"KeyId": key_id}),
        }
        if not own:
            tag = {"KeyId": key_id, "Tags": tags(stack, "access")}
            calls["kms:TagResource", of] = ("kms", "tag_resource", tag)
    mac = {"KeyId": tables["SERVER_KEY_ID"], "Message": b"m", "MacAlgorithm": "HMAC_SHA_256"}
    key = {"ResourceTypeFilters": ["kms:key"], "TagFilters": [{"Key": STACK_TAG, "Values": ["none"]}]}
    return calls | {
        ("kms:CreateKey", "*"): ("kms", "create_key", {**kind, "Tags": tags(stack, "access")}),
        ("kms:CreateKey", "without tags"): ("kms", "create_key", kind),
        ("kms:CreateKey", "of another stack"): ("kms", "create_key", {**kind, "Tags": tags("another", "access")}),
        ("kms:GenerateMac", "ServerKey"): ("kms", "generate_mac", mac),
        ("kms:ScheduleKeyDeletion", "ServerKey"): ("kms", "schedule_key_deletion", {"KeyId": tables["SERVER_KEY_ID"]}),
        ("tag:GetResources", "*"): ("resourcegroupstaggingapi", "get_resources", key),
    }


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_can_do_what_its_role_says_and_nothing_else(
    stack: Stack, tables: dict[str, str], aws: Callable[[str], Any], function: str
) -> None:
    environment = stack.ready["functions"][function]
    session = boto3.Session(
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=environment["AWS_SESSION_TOKEN"],
        region_name=environment["AWS_REGION"],
    )
    done = set()
    for right, (service, operation, arguments) in {**on_tables(tables), **on_keys(aws("kms"), tables)}.items():
        client = session.client(service, endpoint_url=environment["AWS_ENDPOINT_URL"])
        try:
            answer = getattr(client, operation)(**arguments)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "AccessDeniedException", (right, error)
        else:
            done.add(right)
            if operation == "create_key":  # so that no ring takes it up
                aws("kms").schedule_key_deletion(KeyId=answer["KeyMetadata"]["KeyId"])
    if ("kms:TagResource", "*") in allowed_by_template(function):
        # To tag a key that is being made, or one that nobody tagged; a key of another stack keeps its tags.
        done = done - {("kms:TagResource", "keys of nobody")} | {("kms:TagResource", "*")}
    assert done == allowed_by_template(function)
