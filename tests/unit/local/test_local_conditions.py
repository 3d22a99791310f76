"""Conditions in policies and in the boundary, asked through boto3 with the role of RingFunction."""

import json
from typing import Any

import boto3
import pytest

from local.embedded import Resolved
from local.plan import REGION
from tests.unit.local.standins import client, refused, table

DENIED = "AccessDeniedException"
OURS = {"stack": "lukhas-local", "ring": "access"}
SIGN = {"Message": b"m", "SigningAlgorithm": "ML_DSA_SHAKE_256"}
PAIR = {"KeySpec": "ML_DSA_44", "KeyUsage": "SIGN_VERIFY"}


def written(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"TagKey": name, "TagValue": value} for name, value in tags.items()]


@pytest.fixture(scope="module")
def admin(standin: Resolved) -> Any:
    return client(standin, "kms")


@pytest.fixture(scope="module")
def ring(standin: Resolved) -> Any:
    return client(standin, "kms", "RingFunction")


def made(admin: Any, **tags: str) -> str:
    return str(admin.create_key(**PAIR, Tags=written(tags))["KeyMetadata"]["Arn"])


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        (OURS, ""),
        ({**OURS, "more": "is not asked about"}, ""),
        ({**OURS, "ring": "audit"}, ""),  # one of two values
        ({**OURS, "ring": "other"}, DENIED),
        ({**OURS, "stack": "lukhas"}, DENIED),
        ({**OURS, "stack": "LUKHAS-LOCAL"}, DENIED),
        ({"stack": "lukhas-local"}, DENIED),
        ({"ring": "access"}, DENIED),
        ({}, DENIED),
    ],
)
def test_a_key_is_made_with_the_tags_that_the_policy_asks_for(ring: Any, tags: dict[str, str], code: str) -> None:
    assert refused(ring.create_key, **PAIR, Tags=written(tags)) == code


def policy(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", **statement}})


def assumed(standin: Resolved, role: str, trusted: str, may: str) -> dict[str, str]:
    """Credentials of a new role that ``trusted`` may assume and that may do one thing."""
    iam = client(standin, "iam")
    trust = policy(Principal={"AWS": trusted}, Action="sts:AssumeRole")
    arn = iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=policy(Action=may, Resource="*"))
    taken = client(standin, "sts").assume_role(RoleArn=arn, RoleSessionName="s")["Credentials"]
    names = {"AccessKeyId": "aws_access_key_id", "SecretAccessKey": "aws_secret_access_key"}
    return {ours: taken[theirs] for theirs, ours in {**names, "SessionToken": "aws_session_token"}.items()}


def test_tags_at_creation_need_the_permission_to_tag(standin: Resolved) -> None:
    creator = assumed(standin, "creator", trusted="*", may="kms:CreateKey")
    kms = boto3.client("kms", region_name=REGION, endpoint_url=standin.url, **creator)
    assert refused(kms.create_key, **PAIR) == ""
    assert refused(kms.create_key, **PAIR, Tags=written(OURS)) == DENIED


def test_a_role_is_assumed_only_by_whom_it_trusts(standin: Resolved) -> None:
    sts = client(standin, "sts")
    with pytest.raises(sts.exceptions.ClientError, match="AccessDenied"):
        assumed(standin, "shy", trusted="arn:aws:iam::123456789012:user/another", may="kms:CreateKey")
    assert sts.get_caller_identity()["Arn"].endswith(":user/local-admin")
    assert "RingFunction" in client(standin, "sts", "RingFunction").get_caller_identity()["Arn"]


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        (OURS, ""),
        ({**OURS, "ring": "audit"}, DENIED),
        ({**OURS, "stack": "another"}, DENIED),
        ({"ring": "access"}, DENIED),
        ({}, DENIED),
    ],
)
@pytest.mark.parametrize(
    ("operation", "arguments"), [("sign", SIGN), ("get_public_key", {}), ("schedule_key_deletion", {})]
)
def test_a_key_may_be_used_by_the_tags_that_it_has(
    admin: Any, ring: Any, operation: str, arguments: dict[str, Any], tags: dict[str, str], code: str
) -> None:
    arn = made(admin, **tags)
    assert refused(getattr(ring, operation), KeyId=arn, **arguments) == code
    assert refused(getattr(ring, operation), KeyId=arn.rpartition("/")[2], **arguments) == (
        code or ("KMSInvalidStateException" if operation == "schedule_key_deletion" else "")
    )


def test_whoever_may_tag_a_key_with_the_right_tags_may_use_it_from_then_on(admin: Any, ring: Any) -> None:
    foreign = made(admin, ring="other")
    assert refused(ring.sign, KeyId=foreign, **SIGN) == DENIED
    assert refused(ring.tag_resource, KeyId=foreign, Tags=written(OURS)) == ""
    assert refused(ring.sign, KeyId=foreign, **SIGN) == ""
    assert refused(ring.tag_resource, KeyId=foreign, Tags=written({"ring": "access"})) == DENIED


def test_an_alias_is_judged_by_its_key(admin: Any, ring: Any) -> None:
    for name, tags, code in (("ours", OURS, ""), ("theirs", {**OURS, "ring": "audit"}, DENIED)):
        admin.create_alias(AliasName=f"alias/{name}", TargetKeyId=made(admin, **tags))
        assert refused(ring.sign, KeyId=f"alias/{name}", **SIGN) == code


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("describe_key", {}),  # kms:ViaService: no service of AWS calls here
        ("verify", {**SIGN, "Signature": b"s"}),  # an operator that is not known
        ("disable_key", {}),  # a key that is not known
    ],
)
def test_a_condition_that_is_not_known_allows_nothing(
    admin: Any, ring: Any, operation: str, arguments: dict[str, Any]
) -> None:
    arn = made(admin, **OURS)
    assert refused(getattr(ring, operation), KeyId=arn, **arguments) == DENIED


def test_tags_of_other_services_are_not_known_and_allow_nothing(standin: Resolved) -> None:
    dynamodb = client(standin, "dynamodb", "RingFunction")
    assert refused(dynamodb.get_item, TableName=table(standin), Key={"id": {"S": "1"}}) == DENIED
    query = {"KeyConditionExpression": "id = :k", "ExpressionAttributeValues": {":k": {"S": "1"}}}
    assert refused(dynamodb.query, TableName=table(standin), **query) == DENIED


@pytest.mark.parametrize(
    ("operation", "arguments", "tags", "code"),
    [
        ("list_resource_tags", {}, OURS, ""),
        ("list_resource_tags", {}, {**OURS, "ring": "audit"}, DENIED),
        ("get_key_policy", {"PolicyName": "default"}, OURS, ""),  # kms:ViaService: no service of AWS calls here
        ("enable_key_rotation", {}, OURS, DENIED),  # a key that is not known
        ("disable_key_rotation", {}, OURS, DENIED),  # a variable
        ("get_key_rotation_status", {}, OURS, DENIED),  # an operator that is not known
    ],
)
def test_a_denial_holds_when_its_condition_does_or_is_not_known(
    admin: Any, ring: Any, operation: str, arguments: dict[str, str], tags: dict[str, str], code: str
) -> None:
    assert refused(getattr(ring, operation), KeyId=made(admin, **tags), **arguments) == code


def test_an_action_is_allowed_by_its_whole_name_only(admin: Any, ring: Any) -> None:
    assert refused(ring.list_grants, KeyId=made(admin, **OURS)) == DENIED


def test_conditions_of_the_boundary_hold_too(admin: Any, ring: Any) -> None:
    assert refused(ring.get_key_policy, KeyId=made(admin, **OURS), PolicyName="default") == ""
    assert refused(ring.get_key_policy, KeyId=made(admin, ring="access"), PolicyName="default") == DENIED


def test_finding_keys_by_tag_has_a_permission_of_its_own(standin: Resolved, admin: Any) -> None:
    arn, filters = made(admin, of="finding"), [{"Key": "of", "Values": ["finding"]}]
    request = {"TagFilters": filters, "ResourceTypeFilters": ["kms:key"]}
    found = client(standin, "resourcegroupstaggingapi", "RingFunction").get_resources(**request)
    assert [resource["ResourceARN"] for resource in found["ResourceTagMappingList"]] == [arn]
    other = client(standin, "resourcegroupstaggingapi", "TableFunction")
    assert refused(other.get_resources, **request) == DENIED
    assert refused(client(standin, "resourcegroupstaggingapi", "RingFunction").get_tag_keys) == DENIED
