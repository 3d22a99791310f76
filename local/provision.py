"""Makes the resources of a template in this process, with moto's CloudFormation, and keeps what was kept."""

import json
from dataclasses import dataclass
from typing import Any

from moto.cloudformation import parsing
from moto.cloudformation.models import cloudformation_backends
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table
from moto.iam.models import Role, iam_backends
from moto.kms.models import Key, kms_backends
from moto.sts.models import sts_backends

# Types that hold data, with the properties whose change makes CloudFormation replace the resource.
KEPT: dict[str, tuple[str, ...]] = {
    "AWS::DynamoDB::Table": ("TableName", "KeySchema", "LocalSecondaryIndexes"),
    "AWS::KMS::Key": ("KeySpec", "KeyUsage", "Origin", "MultiRegion"),
    "AWS::KMS::Alias": ("AliasName", "TargetKeyId"),
    "AWS::S3::Bucket": ("BucketName", "ObjectLockEnabled"),
    "AWS::SQS::Queue": ("QueueName", "FifoQueue"),
    "AWS::SNS::Topic": ("TopicName", "FifoTopic"),
    "AWS::SecretsManager::Secret": ("Name",),
}
EVERYTHING = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})


@dataclass
class Kept:
    """A resource that outlives the process, and the properties that it was last given."""

    kind: str
    properties: dict[str, Any]
    resource: Any


def provision(request: dict[str, Any], kept: dict[str, Kept]) -> tuple[dict[str, Any], dict[str, Kept]]:
    """Make the stack that ``request`` describes; answer its values and credentials, and what to keep.

    ``request`` has ``stack``, ``account``, ``region``, ``template``, ``parameters``, ``values`` (name to
    expression) and ``roles`` (logical ids).
    """
    account, region = request["account"], request["region"]
    keeping = dict(kept)
    _install(keeping)
    backend = cloudformation_backends[account][region]
    made = backend.create_stack(request["stack"], json.dumps(request["template"]), request["parameters"])
    roles: dict[str, Any] = {role: made.resource_map[role] for role in request["roles"]}
    answer = {
        "values": {name: parsing.clean_json(value, made.resource_map) for name, value in request["values"].items()},
        "credentials": {role: _assume(resource.arn, role, account, region) for role, resource in roles.items()},
        "admin": _admin(account, region),
        "stack": {"id": made.stack_id, "status": "UPDATE_COMPLETE" if kept else "CREATE_COMPLETE"},
    }
    return answer, keeping


def _install(keeping: dict[str, Kept]) -> None:
    """Let moto's CloudFormation find the kept resources instead of making new ones."""
    make = parsing.parse_and_create_resource

    def find_or_make(logical_id: str, definition: dict[str, Any], resources: Any, **place: str) -> Any:
        kind = definition["Type"]
        before = keeping.get(logical_id)
        wanted = kind in KEPT and resources.lazy_condition_map.get(definition.get("Condition"), True)
        properties = parsing.clean_json(definition.get("Properties", {}), resources) if wanted else {}
        if not wanted:
            return make(logical_id, definition, resources, **place)
        if before and before.kind == kind and _same_identity(kind, before.properties, properties):
            resource = before.resource
            if before.properties != properties:
                resource = _update(resource, {"Type": kind, "Properties": properties}, **place)
        else:
            resource = make(logical_id, definition, resources, **place)
        resource.cf_resource_type, resource.logical_resource_id = kind, logical_id
        keeping[logical_id] = Kept(kind, properties, resource)
        return resource

    parsing.parse_and_create_resource = find_or_make  # type: ignore[assignment]
    Key.create_from_cloudformation_json = classmethod(_make_key)  # type: ignore
    Role.create_from_cloudformation_json = classmethod(  # type: ignore[assignment,method-assign]
        _role_maker(Role.create_from_cloudformation_json.__func__)  # type: ignore[attr-defined]
    )


def _same_identity(kind: str, before: dict[str, Any], now: dict[str, Any]) -> bool:
    return all(before.get(name) == now.get(name) for name in KEPT[kind])


def _update(resource: Any, definition: dict[str, Any], account_id: str, region_name: str) -> Any:
    """Give a kept resource its new properties; a table is described anew around the items it holds."""
    if isinstance(resource, Table):
        dynamodb_backends[account_id][region_name].tables.pop(resource.name)
        table = Table.create_from_cloudformation_json(resource.name, definition, account_id, region_name)
        table.items = resource.items
        return table
    update = type(resource).update_from_cloudformation_json
    if getattr(update, "__isabstractmethod__", False):
        return resource
    name = resource.physical_resource_id
    return update(resource, name, definition, account_id, region_name)


def _make_key(cls: type[Key], name: str, definition: Any, account_id: str, region_name: str, **_: Any) -> Key:
    """Make a key of the kind that the template asks for, which moto's own code does not."""
    properties = definition["Properties"]
    return kms_backends[account_id][region_name].create_key(
        policy=json.dumps(properties.get("KeyPolicy") or {}),
        key_usage=properties.get("KeyUsage", "ENCRYPT_DECRYPT"),
        key_spec=properties.get("KeySpec", "SYMMETRIC_DEFAULT"),
        description=properties.get("Description", ""),
        tags=properties.get("Tags", []),
    )


def _role_maker(make: Any) -> Any:
    def make_role(cls: type[Role], name: str, definition: Any, account_id: str, region_name: str, **more: Any) -> Role:
        """Make a role with its policies as the text that moto checks, and attach the managed ones."""
        for policy in definition["Properties"].get("Policies", []):
            policy["PolicyDocument"] = json.dumps(policy["PolicyDocument"])
        role: Role = make(cls, name, definition, account_id, region_name, **more)
        for arn in definition["Properties"].get("ManagedPolicyArns", []):
            iam_backends[account_id]["aws"].attach_role_policy(arn, role.name)
        return role

    return make_role


def _assume(arn: str, session: str, account: str, region: str) -> dict[str, str]:
    role = sts_backends[account]["aws"].assume_role(region, session, arn, "", 43200, "")
    return {
        "AWS_ACCESS_KEY_ID": role.access_key_id,
        "AWS_SECRET_ACCESS_KEY": role.secret_access_key,
        "AWS_SESSION_TOKEN": role.session_token,
    }


def _admin(account: str, region: str) -> dict[str, str]:
    backend = iam_backends[account]["aws"]
    backend.create_user(region, "local-admin")
    backend.put_user_policy("local-admin", "everything", EVERYTHING)
    key = backend.create_access_key("local-admin")
    return {"AWS_ACCESS_KEY_ID": key.access_key_id, "AWS_SECRET_ACCESS_KEY": key.secret_access_key}
