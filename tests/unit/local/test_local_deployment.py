"""What waits for the deployment runs once at each start, before anyone is told that the stack is up."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.plan import ACCOUNT, REGION, Rule
from local.rules import waits_for_deployment
from local.template import read
from local.tick import tick
from tests.stack import FIXTURE, ROOT, Stack, start

TEMPLATE = FIXTURE / "template.yaml"
PATTERN: dict[str, Any] = {
    "source": ["aws.cloudformation"],
    "detail-type": ["CloudFormation Stack Status Change"],
    "detail": {
        "stack-id": [{"Ref": "AWS::StackId"}],
        "status-details": {"status": ["CREATE_COMPLETE", "UPDATE_COMPLETE"]},
    },
}


def written(ready: dict[str, Any]) -> list[dict[str, str]]:
    """What FirstFunction wrote down, one item per invocation, oldest first."""
    keys = {name.lower(): value for name, value in ready["admin"].items() if "KEY" in name}
    table = ready["functions"]["FirstFunction"]["OPEN_TABLE"]
    admin = boto3.client("dynamodb", region_name=REGION, endpoint_url=ready["standin_url"], **keys)
    items = [{name: value["S"] for name, value in item.items()} for item in admin.scan(TableName=table)["Items"]]
    return sorted((item for item in items if "event" in item), key=lambda item: json.loads(item["event"])["time"])


def test_it_gets_the_event_that_cloudformation_sends(stack: Stack) -> None:
    (item,) = written(stack.ready)
    event = json.loads(item["event"])
    assert event == {
        "version": "0",
        "id": item["id"],
        "detail-type": "CloudFormation Stack Status Change",
        "source": "aws.cloudformation",
        "account": ACCOUNT,
        "time": event["time"],
        "region": REGION,
        "resources": [item["stack"]],
        "detail": {
            "stack-id": item["stack"],
            "status-details": {"status": "CREATE_COMPLETE", "status-reason": ""},
            "client-request-token": "",
        },
    }
    assert item["stack"].startswith(f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/lukhas-local/")
    assert abs(time.time() - time.mktime(time.strptime(event["time"], "%Y-%m-%dT%H:%M:%SZ")) + time.timezone) < 600


def test_a_rule_that_is_not_fired_is_said_once(stack: Stack) -> None:
    text = "SweepFunctionUploads: the one-machine stack does not fire this EventBridgeRule."
    assert stack.log.read_text().count(text) == 1
    assert tick("SweepFunction", stack.port)[0] == 0
    assert tick("FirstFunction", stack.port)[0] == 1


def test_it_runs_again_at_the_next_start_and_stack_json_is_there_while_the_stack_runs(tmp_path: Path) -> None:
    state = tmp_path / "state"
    known = state / "stack.json"
    for number, status in ((1, "CREATE_COMPLETE"), (2, "UPDATE_COMPLETE")):
        stack = start(tmp_path, TEMPLATE, "--state-dir", str(state), "--no-schedules")
        try:
            events = [json.loads(item["event"]) for item in written(stack.ready)]
            assert len(events) == number
            assert events[-1]["detail"]["status-details"]["status"] == status
            assert json.loads(known.read_text()) == stack.ready
            assert known.stat().st_mode & 0o777 == 0o600
            assert stack.ready["pid"] == stack.process.pid
        finally:
            assert stack.stop() == 0
        assert not known.exists()


def run(template: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """Run the stack until it ends by itself."""
    command = [sys.executable, "-m", "local", "--port", "0", "--template", str(template), *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)


def test_the_stack_does_not_start_when_it_fails(code: Path, tmp_path: Path) -> None:
    (code / "code" / "first.py").write_text("def handler(event, context):\n    raise ValueError\n")
    state = tmp_path / "state"
    known, ready = state / "stack.json", tmp_path / "ready.json"
    ended = run(code / "template.yaml", "--state-dir", str(state), "--ready-file", str(ready))
    assert ended.returncode == 1
    last = ended.stderr.splitlines()[-1]
    assert last.startswith("The stack did not start: ")
    assert "FirstFunction raised ValueError" in last
    assert "The stack is up" not in ended.stdout
    assert not known.exists()
    assert not ready.exists()


def test_a_stack_that_is_stopped_meanwhile_ends_at_once_and_is_never_up(code: Path, tmp_path: Path) -> None:
    slow = "import pathlib, time\ndef handler(event, context):\n    pathlib.Path('here').touch()\n    time.sleep(30)\n"
    (code / "code" / "first.py").write_text(slow)
    command = [sys.executable, "-m", "local", "--port", "0", "--template", str(code / "template.yaml"), "--ephemeral"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    until = time.monotonic() + 20
    while not (code / "code" / "here").exists():
        assert time.monotonic() < until
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=10)
    assert (process.returncode, out) == (0, "")  # had it waited, the function would have timed out


LOOK = """
import json, os, boto3
functions = json.load(open("{seen}"))["Resources"]
variables = functions["FirstFunction"]["Properties"]["Environment"]["Variables"]
os.environ.update(variables)
print("deployed:", boto3.client("dynamodb").scan(TableName=variables["OPEN_TABLE"])["Count"])
"""


def sam_local(tmp_path: Path, code: Path) -> "subprocess.CompletedProcess[str]":
    """Run ``python -m local.sam`` with a ``sam`` that only looks at what was written before it was started."""
    out, sam = tmp_path / "out.yaml", tmp_path / "bin" / "sam"
    sam.parent.mkdir(exist_ok=True)
    sam.write_text(f"#!{sys.executable}\n{LOOK.format(seen=out)}")
    sam.chmod(0o755)
    built = code / "built.yaml"
    built.write_text((code / "template.yaml").read_text().replace("CodeUri: code/", "CodeUri: nowhere/"))
    options = ["--template", str(built), "--source", str(code / "template.yaml"), "--out", str(out), "--port", "1"]
    return subprocess.run(
        [sys.executable, "-m", "local.sam", *options, "--ephemeral"],
        cwd=ROOT, env={**os.environ, "PATH": f"{sam.parent}:{os.environ['PATH']}"},
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip


def test_before_real_sam_local_it_runs_too_and_from_the_sources(code: Path, tmp_path: Path) -> None:
    ended = sam_local(tmp_path, code)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.endswith("deployed: 1\n")


def test_real_sam_local_is_not_started_when_it_fails(code: Path, tmp_path: Path) -> None:
    (code / "code" / "first.py").write_text("def handler(event, context):\n    raise ValueError\n")
    ended = sam_local(tmp_path, code)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "FirstFunction raised ValueError" in ended.stderr.splitlines()[-1]


def changed(**changes: Any) -> dict[str, Any]:
    return {"Pattern": {**PATTERN, **changes}}


DETAIL = PATTERN["detail"]


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"Pattern": PATTERN}, True),
        ({"Pattern": PATTERN, "RetryPolicy": {"MaximumRetryAttempts": 2}, "DeadLetterConfig": {"Type": "SQS"}}, True),
        (changed(detail={**DETAIL, "status-details": {"status": ["UPDATE_COMPLETE", "CREATE_COMPLETE"]}}), True),
        (changed(detail={**DETAIL, "status-details": {"status": ["CREATE_COMPLETE"]}}), False),
        (changed(detail={**DETAIL, "status-details": {"status": ["DELETE_COMPLETE"]}}), False),
        (changed(detail={**DETAIL, "stack-id": ["arn:of:another"]}), False),
        (changed(detail={"status-details": DETAIL["status-details"]}), False),
        (changed(detail={**DETAIL, "client-request-token": ["x"]}), False),
        (changed(source=["aws.s3"]), False),
        (changed(region=["eu-west-1"]), False),
        ({"Pattern": PATTERN, "Input": "{}"}, False),
        ({"Pattern": PATTERN, "EventBusName": "another"}, False),
        ({"Pattern": PATTERN, "State": "DISABLED"}, False),
        ({}, False),
    ],
)
def test_only_the_deployment_of_this_very_stack_is_fired(properties: dict[str, Any], expected: bool) -> None:
    assert waits_for_deployment(properties) == expected


def test_rules_of_the_template_are_found() -> None:
    assert set(read(TEMPLATE).rules) == {
        Rule("SweepFunctionUploads", "SweepFunction", deploys=False),
        Rule("FirstFunctionDeployed", "FirstFunction", deploys=True),
    }
