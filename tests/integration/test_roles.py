"""Each function can do what its role says and nothing else: tried out, call by call, on the embedded IAM."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.exceptions import ClientError

from local.template import parse
from lukhas_common.aws.tags import RING_TAG, STACK_TAG
from tests.stack import ROOT, Stack

KEYS = {
    "USERS_TABLE": ("user_id",),
    "USERNAMES_TABLE": ("username",),
    "SESSIONS_TABLE": ("session_id",),
    "COUNTERS_TABLE": ("counter_id",),
    "REVOCATIONS_TABLE": ("revocation_id",),
    "FAMILIES_TABLE": ("family_id",),
    "KEYS_TABLE": ("ring", "entry"),
    "LEDGER_TABLE": ("stream", "seq"),
    "DATA_KEYS_TABLE": ("subject",),
    "CHECKPOINTS_TABLE": ("origin",),
    "POLICIES_TABLE": ("version",),
    "DECISIONS_TABLE": ("part", "id"),
    "MEMORIES_TABLE": ("owner", "place"),
    "HEARTBEATS_TABLE": ("part", "id"),
    "SERIES_TABLE": ("owner", "place"),
}
INDEXES = {
    "LEDGER_TABLE": {"pending": "pending"},
    "DATA_KEYS_TABLE": {"owed": "owed"},
    "DECISIONS_TABLE": {"review": "review"},
    "MEMORIES_TABLE": {"stage": "owner", "time": "owner", "due": "lane"},
}
"""Each with its partition key."""

BUCKETS = ("LOG_BUCKET", "STAGING_BUCKET", "EXPORTS_BUCKET", "MEMORIES_BUCKET")
QUEUES = ("ERRANDS_QUEUE", "MEMORY_LETTERS_QUEUE")
ELSEWHERE = ("dynamodb:GetItem", "dynamodb:PutItem")
"""What is tried on tables of which a function has nothing; all else is tried on its own."""

LET_THROUGH = ("ReceiptHandleIsInvalid",)
"""Errors of calls that were allowed."""

TEMPLATE = parse(ROOT / "template.yaml")["Resources"]
FUNCTIONS = [name for name, resource in TEMPLATE.items() if resource["Type"] == "AWS::Serverless::Function"]
Right = tuple[str, str]
Call = tuple[str, str, dict[str, Any]]


def statements_of(function: str) -> list[dict[str, Any]]:
    """Its own statements, and those of the managed policies that it has."""
    found = []
    for policy in TEMPLATE[function]["Properties"].get("Policies", []):
        if policy.get("Ref") in ("CallModels", "CallMemoryModels", "FindVectors", "KeepVectors", "DropVectors"):
            continue  # the embedded AWS has no models, and no vectors that can be searched
        shared = "Ref" in policy
        found += TEMPLATE[policy["Ref"]]["Properties"]["PolicyDocument"]["Statement"] if shared else policy["Statement"]
    return found


def allowed_by_template(function: str) -> set[Right]:
    """(action, resource) for every right in its statements."""
    return {right for statement in statements_of(function) for right in rights_in(statement)}


def rights_in(statement: dict[str, Any]) -> set[Right]:
    """Signing keys are ``keys``, or ``keys of`` a ring; what a bucket or table holds goes on after its name."""
    rights = set()
    actions, resources = statement["Action"], statement["Resource"]
    ring = statement.get("Condition", {}).get("StringEquals", {}).get(f"aws:ResourceTag/{RING_TAG}")
    for action in actions if isinstance(actions, list) else [actions]:
        for resource in resources if isinstance(resources, list) else [resources]:
            if resource == "*":
                rights.add((action, "*"))
            elif ".Arn}" in resource.get("Fn::Sub", ""):
                rights.add((action, resource["Fn::Sub"].replace("${", "").replace(".Arn}", "")))
            elif "event-bus/" in resource.get("Fn::Sub", ""):
                rights.add((action, "default bus"))
            elif "Fn::Sub" in resource:
                rights.add((action, f"keys of {ring}" if ring else "keys"))
            elif "Ref" in resource:
                if resource["Ref"] in TEMPLATE:  # and not a parameter, which names nothing here
                    rights.add((action, resource["Ref"]))
            else:
                rights.add((action, resource["Fn::GetAtt"][0]))
    return rights


def logical(variable: str) -> str:
    """The logical id of the table or bucket in a variable."""
    return "".join(word.capitalize() for word in variable.split("_"))


def on_tables(tables: dict[str, str]) -> dict[Right, Call]:
    """Harmless calls on every table."""
    calls: dict[Right, Call] = {}
    change = {"UpdateExpression": "SET touched = :now", "ExpressionAttributeValues": {":now": {"N": "1"}}}
    for variable, names in KEYS.items():
        table, known = tables[variable], logical(variable)
        key = {name: {"N": "1"} if name == "seq" else {"S": "role-test"} for name in names}
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
        for index, partition in INDEXES.get(variable, {}).items():
            on_index = {"IndexName": index, "ExpressionAttributeNames": {"#key": partition}}
            named = f"{known}/index/{index}"
            calls["dynamodb:Query", named] = ("dynamodb", "query", {"TableName": table, **query, **on_index})
    return calls


def on_buckets(admin: Any, tables: dict[str, str]) -> dict[Right, Call]:
    """Harmless calls on every bucket."""
    calls: dict[Right, Call] = {}
    for variable in BUCKETS:
        bucket, known = tables[variable], logical(variable)
        where = {"Bucket": bucket, "Key": "role-test"}
        admin.put_object(**where, Body=b"x")
        upload = admin.create_multipart_upload(**where)["UploadId"]
        calls |= {
            ("s3:GetObject", f"{known}/*"): ("s3", "get_object", where),
            ("s3:PutObject", f"{known}/*"): ("s3", "put_object", {**where, "Body": b"x"}),
            ("s3:ListBucket", known): ("s3", "list_objects_v2", {"Bucket": bucket, "Prefix": "role-test"}),
            ("s3:AbortMultipartUpload", f"{known}/*"): ("s3", "abort_multipart_upload", {**where, "UploadId": upload}),
            ("s3:DeleteObject", f"{known}/*"): ("s3", "delete_object", where),
            ("s3:ListBucketVersions", known): ("s3", "list_object_versions", {"Bucket": bucket, "Prefix": "role-test"}),
            ("s3:DeleteObjectVersion", f"{known}/*"): ("s3", "delete_object", {**where, "VersionId": "null"}),
        }
    return calls


def on_queues(tables: dict[str, str]) -> dict[Right, Call]:
    """Calls on every queue that reach nobody who takes its messages."""
    calls: dict[Right, Call] = {}
    for variable in QUEUES:
        queue, known = {"QueueUrl": tables[variable]}, logical(variable)
        calls |= {
            ("sqs:SendMessage", known): ("sqs", "send_message", {**queue, "MessageBody": "x", "DelaySeconds": 900}),
            ("sqs:ReceiveMessage", known): ("sqs", "receive_message", {**queue, "WaitTimeSeconds": 0}),
            ("sqs:DeleteMessage", known): ("sqs", "delete_message", {**queue, "ReceiptHandle": "x"}),
            ("sqs:GetQueueAttributes", known): ("sqs", "get_queue_attributes", {**queue, "AttributeNames": ["All"]}),
            ("sqs:PurgeQueue", known): ("sqs", "purge_queue", queue),
        }
    return calls


def on_data_key(admin: Any, tables: dict[str, str]) -> dict[Right, Call]:
    """Calls on the key that wraps data keys."""
    key = {"KeyId": tables["DATA_KEY_ID"]}
    made = admin.generate_data_key(**key, KeySpec="AES_256")
    return {
        ("kms:GenerateDataKey", "DataKey"): ("kms", "generate_data_key", {**key, "KeySpec": "AES_256"}),
        ("kms:Decrypt", "DataKey"): ("kms", "decrypt", {**key, "CiphertextBlob": made["CiphertextBlob"]}),
        ("kms:Encrypt", "DataKey"): ("kms", "encrypt", {**key, "Plaintext": b"x"}),
        ("kms:ScheduleKeyDeletion", "DataKey"): ("kms", "schedule_key_deletion", key),
    }


def on_events() -> dict[Right, Call]:
    """Calls on the bus of the account, and on one that is none of the product's."""
    event = {"Source": "role-test", "DetailType": "role-test", "Detail": "{}"}
    elsewhere = {**event, "EventBusName": "another"}
    return {
        ("events:PutEvents", "default bus"): ("events", "put_events", {"Entries": [event]}),
        ("events:PutEvents", "another bus"): ("events", "put_events", {"Entries": [elsewhere]}),
        ("events:PutRule", "*"): ("events", "put_rule", {"Name": "role-test", "EventPattern": "{}"}),
    }


def on_topics(tables: dict[str, str]) -> dict[Right, Call]:
    """Calls on the topic of alerts, to which nobody listens here."""
    topic, known = {"TopicArn": tables["ANOMALY_TOPIC"]}, "AnomalyTopic"
    return {
        ("sns:Publish", known): ("sns", "publish", {**topic, "Message": "role-test"}),
        ("sns:DeleteTopic", known): ("sns", "delete_topic", topic),
    }


def tags(stack: str, ring: str) -> list[dict[str, str]]:
    return [{"TagKey": STACK_TAG, "TagValue": stack}, {"TagKey": RING_TAG, "TagValue": ring}]


def on_keys(admin: Any, tables: dict[str, str]) -> dict[Right, Call]:
    """Calls on signing keys that were made for this, of both rings and of another stack, and on the server's key."""
    kind = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}
    stack = tables["STACK_NAME"]
    keys = {
        "access": admin.create_key(**kind, Tags=tags(stack, "access"))["KeyMetadata"]["KeyId"],
        **{
            ring: admin.create_key(**kind, Tags=tags(stack, ring))["KeyMetadata"]["KeyId"]
            for ring in ("qrg", "log-ed25519", "log-ml-dsa-44", "policies-ml-dsa-44")
        },
        "another stack": admin.create_key(**kind, Tags=tags("another", "access"))["KeyMetadata"]["KeyId"],
        "nobody": admin.create_key(**kind)["KeyMetadata"]["KeyId"],
    }
    calls: dict[Right, Call] = {}
    for owner, key_id in keys.items():
        own = owner not in ("another stack", "nobody")
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


@pytest.fixture(scope="module", autouse=True)
def tidied(aws: Callable[[str], Any], tables: dict[str, str]) -> Iterator[None]:
    """Other tests look at the same stack, and would find what was put there to be tried on."""
    known = {key["KeyId"] for key in aws("kms").list_keys()["Keys"]}
    yield
    for variable, names in KEYS.items():
        key = {name: {"N": "1"} if name == "seq" else {"S": "role-test"} for name in names}
        aws("dynamodb").delete_item(TableName=tables[variable], Key=key)
    for variable in BUCKETS:
        found = aws("s3").list_object_versions(Bucket=tables[variable], Prefix="role-test")
        for version in [*found.get("Versions", []), *found.get("DeleteMarkers", [])]:
            where = {"Key": version["Key"], "VersionId": version["VersionId"]}
            aws("s3").delete_object(Bucket=tables[variable], **where)
    for key in aws("kms").list_keys()["Keys"]:
        if key["KeyId"] not in known:
            with suppress(ClientError):
                aws("kms").schedule_key_deletion(KeyId=key["KeyId"])


@pytest.fixture(scope="module")
def admin(aws: Callable[[str], Any]) -> Callable[[str], Any]:
    """Clients that may do everything, each made once."""
    return cache(aws)


@pytest.fixture(scope="module")
def descriptions() -> Any:
    """What botocore reads of services: to read it again for each function takes longer than all calls."""
    return botocore.session.Session().get_component("data_loader")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_can_do_what_its_role_says_and_nothing_else(
    stack: Stack, tables: dict[str, str], admin: Callable[[str], Any], descriptions: Any, function: str
) -> None:
    environment = stack.ready["functions"][function]
    known = botocore.session.Session()
    known.register_component("data_loader", descriptions)
    session = boto3.Session(
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=environment["AWS_SESSION_TOKEN"],
        region_name=environment["AWS_REGION"],
        botocore_session=known,
    )
    clients: dict[str, Any] = {}
    done = set()
    tried = {
        **on_tables(tables),
        **on_keys(admin("kms"), tables),
        **on_data_key(admin("kms"), tables),
        **on_buckets(admin("s3"), tables),
        **on_queues(tables),
        **on_events(),
        **on_topics(tables),
    }
    own = {place for _, place in allowed_by_template(function)}
    for right, (service, operation, arguments) in tried.items():
        if service == "dynamodb" and right[1] not in own and right[0] not in ELSEWHERE:
            continue
        if service not in clients:
            clients[service] = session.client(service, endpoint_url=environment["AWS_ENDPOINT_URL"])
        try:
            answer = getattr(clients[service], operation)(**arguments)
        except ClientError as error:
            if error.response["Error"]["Code"] in LET_THROUGH:
                done.add(right)
                continue
            assert error.response["Error"]["Code"] in ("AccessDeniedException", "AccessDenied"), (right, error)
        else:
            done.add(right)
            if operation == "create_key":  # so that no ring takes it up
                admin("kms").schedule_key_deletion(KeyId=answer["KeyMetadata"]["KeyId"])
    if ("kms:TagResource", "*") in allowed_by_template(function):
        # To tag a key that is being made, or one that nobody tagged; a key of another stack keeps its tags.
        done = done - {("kms:TagResource", "keys of nobody")} | {("kms:TagResource", "*")}
    assert done == allowed_by_template(function)
