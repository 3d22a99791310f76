"""template.yaml, held to the rules of the house."""

from __future__ import annotations

import ast
import importlib
import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

from local.plan import Plan
from local.template import read
from lukhas_common.http import Endpoint
from lukhas_common.identity.errors import Reason
from lukhas_common.logs import LoggedAudit, logger
from lukhas_common.routes import ROUTES
from lukhas_common.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
SHARED = (
    "AppendToLedger",
    "CallModels",
    "CallMemoryModels",
    "FindVectors",
    "KeepVectors",
    "DropVectors",
    "ReportHeartbeat",
)
"""The policies of every function that tells the ledger something, of those that ask a model, of those that have to do
with vectors, and of all."""

RINGS = ("access", "qrg", "log-ed25519", "log-ml-dsa-44", "policies-ml-dsa-44")
RECEIPTS = ("GrantConsent", "WithdrawConsent", "ConsentReceipt")
"""Functions that sign receipts."""

BUCKETS = ("LogBucket", "StagingBucket", "ExportsBucket", "MemoriesBucket")
OBJECTS = [{"Sub": f"${{{bucket}.Arn}}/*"} for bucket in BUCKETS]
"""What is in a bucket has no names that a template could know."""

VECTORS = {"Sub": "arn:${AWS::Partition}:s3vectors:${AWS::Region}:${AWS::AccountId}:bucket/${MemoryVectorBucket}"}
OBJECTS += [VECTORS, {"Sub": f"{VECTORS['Sub']}/index/*"}]


class _Plain(yaml.SafeLoader):
    """Reads the short intrinsics as {tag: value}."""


def _intrinsic(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return {tag: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {tag: loader.construct_sequence(node, deep=True)}
    return {tag: loader.construct_mapping(node, deep=True)}  # type: ignore[arg-type]


_Plain.add_multi_constructor("!", _intrinsic)


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text(), Loader=_Plain)  # noqa: S506
    return loaded


@pytest.fixture(scope="module")
def plan() -> Plan:
    return read(ROOT / "template.yaml")


def of_type(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {name: r["Properties"] for name, r in template["Resources"].items() if r["Type"] == kind}


def statements(template: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Every statement of every policy, with the resource it belongs to; a shared policy's with each that has it."""
    shared = {name: template["Resources"][name]["Properties"]["PolicyDocument"]["Statement"] for name in SHARED}
    found = []
    for name, properties in of_type(template, "AWS::Serverless::Function").items():
        for policy in properties.get("Policies", []):
            if policy.get("Ref") in shared:
                found += [(name, statement) for statement in shared[policy["Ref"]]]
                continue
            assert set(policy) == {"Statement"}, f"{name}: write statements, not SAM policy templates"
            found += [(name, statement) for statement in policy["Statement"]]
    for name, properties in of_type(template, "AWS::IAM::ManagedPolicy").items():
        found += [(name, statement) for statement in properties["PolicyDocument"]["Statement"]]
    for name, properties in of_type(template, "AWS::KMS::Key").items():
        found += [(name, statement) for statement in properties["KeyPolicy"]["Statement"]]
    return found


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_routes_and_template_agree_on_every_path_and_on_who_may_call_it(plan: Plan) -> None:
    deployed = {route.key: route.authorizer is None for route in plan.routes}
    assert deployed == {key: route.is_public for key, route in ROUTES.items()}


def test_the_public_list_is_exact() -> None:
    assert {key for key, route in ROUTES.items() if route.is_public} == {
        "GET /health",
        "GET /.well-known/jwks.json",
        "GET /.well-known/oauth-authorization-server",
        "POST /identity/register",
        "POST /identity/auth",
        "POST /identity/token/refresh",
        "POST /identity/token/revoke",
        "POST /identity/qrg/revoke",
        "GET /ledger/checkpoint",
        "GET /ledger/tile/{path+}",
        "GET /ledger/keys",
        "GET /guardian/health",
    }


def test_the_authorizer_is_asked_every_time_and_answers_simply(template: dict[str, Any]) -> None:
    auth = of_type(template, "AWS::Serverless::HttpApi")["HttpApi"]["Auth"]
    authorizer = auth["Authorizers"][auth["DefaultAuthorizer"]]
    assert authorizer["AuthorizerPayloadFormatVersion"] == "2.0"
    assert authorizer["EnableSimpleResponses"] is True
    assert authorizer["EnableFunctionDefaultPermissions"] is True
    assert authorizer["Identity"] == {"Headers": ["Authorization"], "ReauthorizeEvery": 0}


def test_one_function_per_endpoint_and_one_file_per_function(plan: Plan) -> None:
    targets = [route.function for route in plan.routes]
    assert len(targets) == len(set(targets))
    handlers = {function.handler for function in plan.functions.values()}
    files = {f"{file.parent.name}.{file.stem}.handler" for file in (ROOT / "functions").glob("*/*.py")}
    assert handlers == files


def test_a_handler_declares_the_route_that_the_template_gives_it(plan: Plan) -> None:
    for route in plan.routes:
        function = plan.functions[route.function]
        domain, file, _ = function.handler.split(".")
        source = (function.code / domain / f"{file}.py").read_text()
        assert (ast.get_docstring(ast.parse(source)) or "") == route.key


def test_no_star_where_aws_has_a_finer_name(template: dict[str, Any]) -> None:
    """The exceptions: a key's own policy, where `*` means this key and the account decides by IAM; signing keys, which
    are made at run time and known by their tags; the key that AWS keeps for DynamoDB, whose id the template cannot
    know, through DynamoDB only; looking up keys by their tags, which AWS allows for all or none; and the objects of a
    bucket."""
    stack = {"Ref": "AWS::StackName"}
    of_stack, made_for = {"aws:ResourceTag/lukhas:stack": stack}, {"aws:RequestTag/lukhas:stack": stack}
    sign = {ring: {**of_stack, "aws:ResourceTag/lukhas:ring": ring} for ring in RINGS}
    read = ["kms:DescribeKey", "kms:GetPublicKey"]
    through = {"kms:ViaService": {"Sub": "dynamodb.${AWS::Region}.${AWS::URLSuffix}"}}
    stars = [
        (name, as_list(statement["Action"]), statement.get("Condition", {}).get("StringEquals"))
        for name, statement in statements(template)
        if any("*" in str(part) for part in [*as_list(statement["Action"]), *as_list(statement["Resource"])])
        and not all(part in OBJECTS for part in as_list(statement["Resource"]))
    ]
    assert stars == [
        ("AuthenticateFunction", ["kms:Sign"], sign["access"]),
        ("RefreshTokenFunction", ["kms:Sign"], sign["access"]),
        ("ChangePasswordFunction", ["kms:Sign"], sign["access"]),
        ("QrgIssueFunction", ["kms:Sign"], sign["qrg"]),
        ("QrgRotateFunction", ["kms:Sign"], sign["qrg"]),
        ("RotateKeysFunction", ["kms:CreateKey"], made_for),
        ("RotateKeysFunction", ["kms:TagResource"], made_for),
        ("RotateKeysFunction", read, None),
        ("RotateKeysFunction", ["kms:ScheduleKeyDeletion"], of_stack),
        ("RotateKeysFunction", ["tag:GetResources"], None),
        *((f"{name}Function", ["kms:Sign"], sign["log-ed25519"]) for name in RECEIPTS),
        ("SequenceLedgerFunction", ["kms:Sign"], sign["log-ed25519"]),
        ("SequenceLedgerFunction", ["kms:Sign"], sign["log-ml-dsa-44"]),
        ("PutPoliciesFunction", ["kms:Sign"], sign["policies-ml-dsa-44"]),
        ("InstallPoliciesFunction", ["kms:Sign"], sign["policies-ml-dsa-44"]),
        ("EraseMemoriesFunction", ["kms:Sign"], sign["log-ed25519"]),
        ("FunctionBoundary", ["kms:Sign", "kms:ScheduleKeyDeletion"], of_stack),
        ("FunctionBoundary", read, None),
        ("FunctionBoundary", ["kms:CreateKey"], made_for),
        ("FunctionBoundary", ["kms:TagResource"], made_for),
        ("FunctionBoundary", ["tag:GetResources"], None),
        ("FunctionBoundary", ["kms:Decrypt", "kms:DescribeKey"], through),
        ("ServerKey", ["kms:*"], None),
        ("DataKey", ["kms:*"], None),
    ]
    taggers = [statement for _, statement in statements(template) if "kms:TagResource" in as_list(statement["Action"])]
    assert [tagger["Condition"]["StringEqualsIfExists"] for tagger in taggers] == [of_stack, of_stack]


def test_the_boundary_lets_no_function_do_more_than_some_function_may(template: dict[str, Any]) -> None:
    """It is the union of all roles, log lines, and failure targets; SAM's managed logging policy is cut down by it.
    What reading an encrypted table takes is held to by the test before."""

    def pairs(wanted: Any) -> set[tuple[str, str]]:
        return {
            (action, str(resource))
            for name, statement in statements(template)
            if wanted(name)
            for action in as_list(statement["Action"])
            for resource in as_list(statement["Resource"])
        }

    functions = of_type(template, "AWS::Serverless::Function")
    boundary = pairs(lambda name: name == "FunctionBoundary")
    roles = pairs(lambda name: name in functions)
    assert roles <= boundary
    services = {(action.split(":")[0], resource) for action, resource in roles}
    beyond = {pair for pair in boundary if (pair[0].split(":")[0], pair[1]) not in services}
    assert {action for action, _ in beyond} == {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "sqs:SendMessage",
    }


ARNS = {
    "AWS::DynamoDB::Table": "arn:aws:dynamodb:eu-central-1:123456789012:table/lukhas-staging-{}-1A2B3C4D5E6F7",
    "AWS::S3::Bucket": "arn:aws:s3:::lukhas-staging-{}-1a2b3c4d5e6f",
    "AWS::KMS::Key": "arn:aws:kms:eu-central-1:123456789012:key/01a20334-8068-759b-90c6-2b25c56c2702",
    "AWS::SQS::Queue": "arn:aws:sqs:eu-central-1:123456789012:lukhas-staging-{}-1A2b3C4d5E6f",
    "AWS::SNS::Topic": "arn:aws:sns:eu-central-1:123456789012:lukhas-staging-{}-1A2b3C4d5E6f",
    "AWS::Logs::LogGroup": "arn:aws:logs:eu-central-1:123456789012:log-group:lukhas-staging-{}-1A2b3C4d5E6f:*",
}
"""What CloudFormation makes of names."""

PSEUDO = {
    "${AWS::Partition}": "aws",
    "${AWS::Region}": "eu-central-1",
    "${AWS::AccountId}": "123456789012",
    "${AWS::URLSuffix}": "amazonaws.com",
    "AWS::StackName": "lukhas-staging",
}


def test_the_boundary_fits_into_a_managed_policy(template: dict[str, Any]) -> None:
    """IAM takes 6,144 characters, white space not counted."""

    def resolved(value: Any) -> Any:
        match value:
            case {"GetAtt": name} | {"Sub": name} | {"Ref": name}:
                written = re.sub(r"\$\{(\w+)\.Arn\}|^(\w+)\.Arn$|^(\w+Topic)$", arn, name)
                for pseudo, text in PSEUDO.items():
                    written = written.replace(pseudo, text)
                return written
            case dict():
                return {name: resolved(part) for name, part in value.items()}
            case list():
                return [resolved(part) for part in value]
        return value

    def arn(found: re.Match[str]) -> str:
        name = found[1] or found[2] or found[3]
        return ARNS[template["Resources"][name]["Type"]].format(name)

    document = template["Resources"]["FunctionBoundary"]["Properties"]["PolicyDocument"]
    assert 4000 < len(json.dumps(resolved(document), separators=(",", ":"))) < 6144


def test_a_schedule_is_the_one_that_its_function_is_expected_by(plan: Plan, template: dict[str, Any]) -> None:
    """A function without an endpoint says that it lives, too, and at which interval it is to be heard of."""
    seconds = {"minute": 60, "hour": 3600, "day": 86400}
    for name, properties in of_type(template, "AWS::Serverless::Function").items():
        domain, file, _ = plan.functions[name].handler.split(".")
        handler = importlib.import_module(f"functions.{domain}.{file}").handler
        if isinstance(handler, Endpoint):
            continue
        rates = [event["Properties"].get("Schedule") for event in properties.get("Events", {}).values()]
        found = [re.fullmatch(r"rate\((\d+) (\w+?)s?\)", rate) for rate in rates if rate]
        assert handler.interval == sum(int(match[1]) * seconds[match[2]] for match in found if match), name


def test_every_function_has_the_boundary_and_the_shared_log_group(template: dict[str, Any]) -> None:
    shared = template["Globals"]["Function"]
    assert shared["PermissionsBoundary"] == {"Ref": "FunctionBoundary"}
    assert shared["LoggingConfig"]["LogGroup"] == {"Ref": "FunctionLogs"}
    for name, properties in of_type(template, "AWS::Serverless::Function").items():
        assert not properties.keys() & {"Role", "PermissionsBoundary", "LoggingConfig", "Runtime"}, name


def test_a_function_is_given_only_variables_that_are_settings(plan: Plan) -> None:
    platform = {"OTEL_EXPORTER_OTLP_ENDPOINT", "POWERTOOLS_SERVICE_NAME", "POWERTOOLS_LOG_LEVEL"}
    known = {name.upper() for name in Settings.__dataclass_fields__}
    given = {key.split("/")[2] for key in plan.values if key.startswith("environment/")}
    assert given - platform <= known


def test_a_function_has_a_right_on_each_table_it_is_told_of_and_on_no_other(template: dict[str, Any]) -> None:
    told_all = template["Globals"]["Function"]["Environment"]["Variables"]["HEARTBEATS_TABLE"]["Ref"]
    for name, properties in of_type(template, "AWS::Serverless::Function").items():
        assert {"Ref": "ReportHeartbeat"} in properties["Policies"], name
        variables = properties.get("Environment", {}).get("Variables", {}).values()
        told = {told_all, *(variable["Ref"] for variable in variables if "Ref" in variable)}
        allowed = {
            found[1] or found[2]
            for owner, statement in statements(template)
            if owner == name
            for resource in as_list(statement["Resource"])
            if (found := re.search(r"(\w+)\.Arn|'Ref': '(\w+Topic)'", str(resource)))
        }
        told = {variable for variable in told if not variable.startswith(("Bedrock", "MemoryVector", "MemoryCost"))}
        assert told - {"AccessTokenAlgorithm", "AnomalyResponse", "Controller"} == allowed, name


def test_buckets_are_encrypted_and_closed_and_only_the_log_is_locked(template: dict[str, Any]) -> None:
    buckets = of_type(template, "AWS::S3::Bucket")
    assert set(buckets) == set(BUCKETS)
    policies = {policy["Bucket"]["Ref"]: policy for policy in of_type(template, "AWS::S3::BucketPolicy").values()}
    for name, bucket in buckets.items():
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}, name
        assert "ServerSideEncryptionConfiguration" in bucket["BucketEncryption"], name
        assert template["Resources"][name]["DeletionPolicy"] == "RetainExceptOnCreate", name
        (statement,) = policies[name]["PolicyDocument"]["Statement"]
        assert (statement["Effect"], statement["Action"]) == ("Deny", "s3:*"), name
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}, name
        assert statement["Resource"] == [{"GetAtt": f"{name}.Arn"}, {"Sub": f"${{{name}.Arn}}/*"}], name
    log = buckets.pop("LogBucket")
    assert log["VersioningConfiguration"] == {"Status": "Enabled"}
    assert log["ObjectLockEnabled"] == {"If": ["IsProd", True, {"Ref": "AWS::NoValue"}]}
    condition, lock, otherwise = log["ObjectLockConfiguration"]["Fn::If"]
    assert (condition, otherwise) == ("IsProd", {"Ref": "AWS::NoValue"})
    assert lock["ObjectLockEnabled"] == "Enabled"
    assert lock["Rule"] == {"DefaultRetention": {"Mode": "COMPLIANCE", "Years": {"Ref": "LogRetentionYears"}}}
    assert template["Conditions"]["IsProd"] == {"Equals": [{"Ref": "Stage"}, "prod"]}
    assert all("ObjectLockEnabled" not in bucket for bucket in buckets.values())
    assert buckets["ExportsBucket"]["LifecycleConfiguration"]["Rules"][0]["ExpirationInDays"] == 1


def test_logs_are_kept_for_a_stated_time(template: dict[str, Any]) -> None:
    groups = of_type(template, "AWS::Logs::LogGroup")
    assert set(groups) == {"FunctionLogs", "AccessLogs"}
    assert all("RetentionInDays" in group for group in groups.values())
    days = [stage["LogDays"] for stage in template["Mappings"]["ByStage"].values()]
    assert all(isinstance(number, int) and number > 0 for number in days)


def test_the_access_log_holds_no_header_and_no_query(template: dict[str, Any]) -> None:
    line = of_type(template, "AWS::Serverless::HttpApi")["HttpApi"]["AccessLogSettings"]["Format"]
    for secret in ("header", "querystring", "rawQuery", "$context.path", "authorizer.token"):
        assert secret not in line


def test_tables_are_on_demand_encrypted_recoverable_and_protected_by_stage(template: dict[str, Any]) -> None:
    for name, table in of_type(template, "AWS::DynamoDB::Table").items():
        assert table["BillingMode"] == "PAY_PER_REQUEST", name
        assert table["SSESpecification"] == {"SSEEnabled": True}, name
        # A data key that is restored undoes an erasure.
        recovers = name != "DataKeysTable"
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": recovers}, name
        assert table["DeletionProtectionEnabled"] == {"If": ["IsProtected", True, False]}, name
        assert template["Resources"][name]["DeletionPolicy"] == "RetainExceptOnCreate", name
        assert template["Resources"][name]["UpdateReplacePolicy"] == "Retain", name
        if "TimeToLiveSpecification" in table:
            assert table["TimeToLiveSpecification"] == {"AttributeName": "swept_at", "Enabled": True}, name
    stages = template["Conditions"]["IsProtected"]["Or"]
    assert [condition["Equals"][1] for condition in stages] == ["staging", "prod"]


def test_every_alarm_rings_somewhere_and_no_function_is_without_one(template: dict[str, Any]) -> None:
    alarms = of_type(template, "AWS::CloudWatch::Alarm")
    assert all(alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}] for alarm in alarms.values())
    metrics = {alarm["MetricName"] for alarm in alarms.values()}
    filters = of_type(template, "AWS::Logs::MetricFilter")
    for properties in filters.values():
        assert properties["LogGroupName"] == {"Ref": "FunctionLogs"}
        assert properties["MetricTransformations"][0]["MetricName"] in metrics
    assert {"ErrorLines", "FailedInvocations", "5xx", "Errors"} <= metrics


def test_functions_without_a_caller_have_a_failure_target(template: dict[str, Any]) -> None:
    for name, properties in of_type(template, "AWS::Serverless::Function").items():
        kinds = {event["Type"] for event in properties.get("Events", {}).values()}
        if kinds - {"HttpApi", "SQS"}:
            assert "OnFailure" in properties.get("EventInvokeConfig", {}).get("DestinationConfig", {}), name
        for event in properties.get("Events", {}).values():
            if event["Type"] == "SQS":
                queue = template["Resources"][event["Properties"]["Queue"]["GetAtt"].removesuffix(".Arn")]["Properties"]
                assert "deadLetterTargetArn" in queue["RedrivePolicy"], name
                assert queue["VisibilityTimeout"] >= 6 * properties["Timeout"], name
                assert event["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name


def test_the_stack_stays_under_400_resources(plan: Plan) -> None:
    """CloudFormation takes 500; the plan holds what SAM makes of the template."""
    from samtranslator.translator.transform import transform
    from samtranslator.yaml_helper import yaml_parse

    class NoPolicies:
        def load(self) -> dict[str, str]:
            return {}

    source = yaml_parse((ROOT / "template.yaml").read_text())
    for resource in source["Resources"].values():
        if "ContentUri" in resource.get("Properties", {}):
            resource["Properties"]["ContentUri"] = "s3://bucket/key"
    source["Globals"]["Function"]["CodeUri"] = "s3://bucket/key"
    assert len(transform(source, {}, NoPolicies())["Resources"]) < 400


def test_the_log_lines_that_ring_an_alarm_match_their_filters(template: dict[str, Any]) -> None:
    """Real lines of the product against the conditions of the metric filters."""
    filters = {name: f["FilterPattern"] for name, f in of_type(template, "AWS::Logs::MetricFilter").items()}

    def matches(name: str, line: dict[str, Any]) -> bool:
        conditions = re.findall(r'\$\.([\w.]+) = "([^"]+)"', filters[name])
        assert conditions
        return any(line.get(field) == value for field, value in conditions)

    written: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: written.append(logger.registered_formatter.format(record))  # type: ignore[method-assign]
    logger.addHandler(handler)
    try:
        LoggedAudit().alarm("auth.failed", ClientError({"Error": {"Code": "ThrottlingException"}}, "GetItem"))
        LoggedAudit().record("identity.refresh_refused", reason=Reason.REFRESH_TOKEN_REUSED, count=1)
        LoggedAudit().record("auth.refused", reason=Reason.TOKEN_EXPIRED, source_ip='x"}\r\n\x1b[2J')
    finally:
        logger._logger.removeHandler(handler)
    failed, reused, expired = (json.loads(line) for line in written)
    assert (failed["error"], failed["error_code"]) == ("ClientError", "ThrottlingException")
    assert [matches("ErrorLines", line) for line in (failed, reused, expired)] == [True, False, False]
    assert [matches("ReusedRefreshTokens", line) for line in (failed, reused, expired)] == [False, True, False]
    assert expired["source_ip"].isprintable()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", expired["timestamp"])
