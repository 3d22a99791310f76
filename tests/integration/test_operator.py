"""What an operator does to the keys: through the script, and through the function that it calls."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from lukhas_common.aws import signing
from lukhas_common.aws.keys import LIVES
from lukhas_common.aws.rings import DynamoRings
from scripts import place, rotate_keys
from tests.events import load_handler
from tests.fakes import Audit
from tests.http_client import Api
from tests.integration.test_handlers import forget
from tests.stack import ROOT, Stack, start
from tests.world import PASSWORD

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, Path]]:
    """A stack of its own that keeps its state, because keys are revoked here."""
    folder = tmp_path_factory.mktemp("kept")
    running = start(folder, ROOT / "template.yaml", "--no-schedules", "--state-dir", str(folder / "state"))
    yield running, folder / "state"
    assert running.stop() == 0


@pytest.fixture
def run(kept: tuple[Stack, Path]) -> Run:
    def script(*arguments: str, answer: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "scripts/rotate_keys.py", "--local", "--state-dir", str(kept[1]), *arguments]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return subprocess.run(
            command, cwd=ROOT, input=answer, capture_output=True, text=True, check=False, env=environment
        )

    return script


def keys(status: str, ring: str) -> dict[str, list[str]]:
    """The kids of a ring by state, from what the script prints."""
    found: dict[str, list[str]] = {}
    lines = iter(status.splitlines())
    for line in lines:
        if line.startswith(f"ring {ring},"):
            for shown in lines:
                if not shown.startswith("  "):
                    break
                kid, _algorithm, state, *_ = shown.split()
                found.setdefault(state, []).append(kid)
    return found


def test_a_key_is_revoked_in_an_incident(kept: tuple[Stack, Path], run: Run) -> None:
    api = Api(kept[0].url)
    api("POST", "/identity/register", {"username": "ada", "password": PASSWORD})
    access = api("POST", "/identity/auth", {"username": "ada", "password": PASSWORD}).body["access_token"]
    qrg = api("POST", "/identity/qrg", {"scopes": ["identity:read"]}, token=access).body["handle"]
    before = keys(run("status").stdout, "qrg")
    (active,), (standby,) = before["active"], before["pending"]

    dry = run("--ring", "qrg", "revoke", active, "--dry-run")
    assert dry.returncode == 0
    assert f"{standby} (ML-DSA-44) signs from now on." in dry.stdout
    assert "1 QRG tokens of 1 users die." in dry.stdout
    unanswered = run("--ring", "qrg", "revoke", active)
    refused = run("--ring", "qrg", "revoke", active, answer="no\n")
    assert (unanswered.returncode, refused.returncode) == (2, 2)
    assert keys(run("status").stdout, "qrg") == before
    assert api("GET", "/identity/profile", token=qrg).status == 200

    done = run("--ring", "qrg", "revoke", active, answer="yes\n")
    assert done.returncode == 0, done.stderr
    after = keys(run("status").stdout, "qrg")
    assert (after["active"], after["retired"]) == ([standby], [active])
    assert len(after["pending"]) == 1, "there is a new standby at once"
    assert api("GET", "/identity/profile", token=qrg).status == 403
    assert api("GET", "/identity/profile", token=access).status == 200
    fresh = api("POST", "/identity/qrg", {"scopes": ["identity:read"]}, token=access).body["handle"]
    assert api("GET", "/identity/profile", token=fresh).status == 200
    published = {key["kid"] for key in api("GET", "/.well-known/jwks.json").body["keys"]}
    assert active not in published
    assert standby in published


def test_a_rotation_ends_no_token_and_can_be_taken_back(kept: tuple[Stack, Path], run: Run) -> None:
    api = Api(kept[0].url)
    credentials = {"username": "eve", "password": PASSWORD}
    api("POST", "/identity/register", credentials)
    first = api("POST", "/identity/auth", credentials).body["access_token"]
    young = run("--ring", "access", "rotate", "--yes")
    assert (young.returncode, "too young" in young.stderr) == (1, True)
    before = keys(run("status").stdout, "access")
    assert run("--ring", "access", "rotate", "--early", "--yes").returncode == 0
    second = api("POST", "/identity/auth", credentials).body["access_token"]
    rotated = keys(run("status").stdout, "access")
    assert (rotated["active"], rotated["retiring"]) == (before["pending"], before["active"])
    assert run("--ring", "access", "rollback", "--yes").returncode == 0
    assert keys(run("status").stdout, "access")["active"] == before["active"]
    third = api("POST", "/identity/auth", credentials).body["access_token"]
    assert [api("GET", "/identity/profile", token=token).status for token in (first, second, third)] == [200] * 3


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("rotate", "--yes"), "--ring"),
        (("--ring", "x", "rollback", "--yes"), "--ring"),
        (("--ring", "access", "revoke", "nobody", "--yes"), "no key nobody"),
    ],
)
def test_what_the_script_refuses(run: Run, arguments: tuple[str, ...], text: str) -> None:
    done = run(*arguments)
    assert done.returncode == 1
    assert text in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_stack_it_says_how_to_start_one(tmp_path: Path, run: Run) -> None:
    for left in (None, {"pid": 2**22 + 1}):
        if left:
            (tmp_path / "stack.json").write_text(json.dumps(left))
        done = run("--state-dir", str(tmp_path), "status")
        assert done.returncode == 1
        assert "make run" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_deployed_function_is_called_once_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", dict(os.environ))
    config = {"region_name": "eu-central-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
    clients = {name: boto3.client(name, **config) for name in ("cloudformation", "lambda")}
    for module in (rotate_keys, place):
        monkeypatch.setattr(module.boto3, "client", lambda name, **_: clients[name])
    with Stubber(clients["cloudformation"]) as described, Stubber(clients["lambda"]) as called:
        for logical_id, physical in (("RotateKeysFunction", "fn-1"), ("QrgIssueFunction", "fn-2"), (ANY, "fn-1")):
            found = {
                "LogicalResourceId": str(logical_id),
                "PhysicalResourceId": physical,
                "ResourceType": "x",
                "LastUpdatedTimestamp": 1,
                "ResourceStatus": "CREATE_COMPLETE",
            }
            asked = {"StackName": "lukhas-prod", "LogicalResourceId": logical_id}
            described.add_response("describe_stack_resource", {"StackResourceDetail": found}, asked)
        for name, variables in (("fn-1", {"KEYS_TABLE": "keys-1"}), ("fn-2", {"FAMILIES_TABLE": "families-1"})):
            answer = {"Environment": {"Variables": variables}}
            called.add_response("get_function_configuration", answer, {"FunctionName": name})
        options = argparse.Namespace(local=False, stack="lukhas-prod")
        place.take_environment(options, "RotateKeysFunction", "QrgIssueFunction")
        assert (os.environ["KEYS_TABLE"], os.environ["FAMILIES_TABLE"]) == ("keys-1", "families-1")
        call = rotate_keys._runs_in("lukhas-prod")
        body = Body(b'{"qrg": "kid"}')
        called.add_response("invoke", {"Payload": body}, {"FunctionName": "fn-1", "Payload": b'{"command": "tend"}'})
        assert call({"command": "tend"}) == {"qrg": "kid"}
        failed = {"Payload": Body(b'{"errorMessage": "x"}'), "FunctionError": "Unhandled"}
        called.add_response("invoke", failed, {"FunctionName": "fn-1", "Payload": ANY})
        with pytest.raises(SystemExit, match="look at its log"):
            call({"command": "tend"})


class Body:
    """What botocore answers for a payload."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self) -> bytes:
        return self._content


@pytest.fixture
def as_function(stack: Stack, tables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in {**stack.ready["admin"], **tables, "STAGE": "local"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    forget()
    yield
    forget()


@pytest.mark.usefixtures("as_function")
@pytest.mark.parametrize(
    ("event", "text"),
    [
        ({"command": "tend"}, "a command has"),
        ({"command": "tend", "ring": "x"}, "access and qrg"),
        ({"command": "destroy", "ring": "qrg"}, "one of"),
        ({"command": "revoke", "ring": "qrg"}, "takes the kid"),
        ({"command": "revoke", "ring": "qrg", "kid": ["x"]}, "takes the kid"),
        ({"command": "rotate", "ring": "qrg", "kid": "x"}, "takes the kid"),
        ({"command": "rotate", "ring": "qrg", "early": "yes"}, "true or false"),
        ({"command": "rotate", "ring": "qrg", "more": 1}, "a command has"),
        ({"command": "rotate", "ring": "qrg"}, "which version"),
        ({"command": "rollback", "ring": "qrg", "version": "3"}, "which version"),
        ({"command": "rollback", "ring": "qrg", "version": 1}, "look again"),
        ({"command": "rotate", "ring": "access", "version": -1, "early": True}, "look again"),
    ],
)
def test_a_command_that_cannot_be_meant_changes_nothing(
    event: dict[str, Any], text: str, aws: Callable[[str], Any], tables: dict[str, str]
) -> None:
    rings = DynamoRings(aws("dynamodb"), tables["KEYS_TABLE"], LIVES)
    before = rings.load("qrg")
    answer = load_handler("identity", "rotate_keys")(event, None)
    assert text in answer["refused"]
    assert rings.load("qrg") == before


@pytest.mark.usefixtures("as_function")
def test_a_scheduled_run_answers_the_active_keys_and_changes_nothing_that_is_not_due(
    aws: Callable[[str], Any], tables: dict[str, str]
) -> None:
    rings = DynamoRings(aws("dynamodb"), tables["KEYS_TABLE"], LIVES)
    tend = load_handler("identity", "rotate_keys")
    tend({}, None)
    before = {name: rings.load(name) for name in LIVES}
    active = tend({"detail-type": "Scheduled Event"}, None)
    assert {name: rings.load(name) for name in LIVES} == before
    assert active == {name: ring.active().kid for name, (ring, _) in before.items() if ring.active()}  # type: ignore[union-attr]
    assert all(ring.standby() is not None for ring, _ in before.values())


@pytest.mark.usefixtures("as_function")
def test_a_ring_that_fails_wakes_someone_and_the_others_are_tended(monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing:
        def tend(self) -> None:
            raise OSError("secret=abc")

    audit, known, tended = Audit(), signing.key_rings(), []
    monkeypatch.setattr(signing, "ledger_audit", lambda: audit)
    monkeypatch.setattr(signing, "key_rings", lambda: {"broken": Failing(), **known})
    monkeypatch.setattr(
        type(known["qrg"]), "tend", lambda ring: tended.append(ring.name) or ring.store.load(ring.name)[0]
    )
    with pytest.raises(ExceptionGroup, match="could not be tended"):
        load_handler("identity", "rotate_keys")({}, None)
    assert audit.alarms == ["key.tending_failed"]
    assert "secret" not in repr(audit.events)
    assert tended == list(known)


def test_data_keys_move_to_another_key_and_back(kept: tuple[Stack, Path], tmp_path: Path) -> None:
    """By a copy of the file that tells the script of the stack, as functions would be told after a deployment."""
    ready = kept[0].ready
    admin = {name.lower(): ready["admin"][name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    kms = boto3.Session(region_name="eu-central-1", **admin).client("kms", endpoint_url=ready["standin_url"])
    new = kms.create_key()["KeyMetadata"]["Arn"]
    assert Api(kept[0].url)("POST", "/identity/register", {"username": "moved", "password": PASSWORD}).status == 201

    def rewrap(*arguments: str, **told: str) -> list[str]:
        stack = json.loads((kept[1] / "stack.json").read_text())
        stack["functions"]["ExportConsentFunction"] |= told
        (tmp_path / "stack.json").write_text(json.dumps(stack))
        command = [sys.executable, "scripts/rewrap_keys.py", "--local", "--state-dir", str(tmp_path), *arguments]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, env=environment)
        return done.stdout.splitlines()

    asked = rewrap("--dry-run", NEW_DATA_KEY_ARN=new)
    assert asked[0] == f"under {new}"
    there = int(asked[1].removeprefix("to move: "))
    assert there > 0
    assert rewrap(NEW_DATA_KEY_ARN=new)[1:3] == [f"moved: {there}", "there already: 0"]
    old = ready["functions"]["ExportConsentFunction"]["DATA_KEY_ID"]
    back = rewrap(NEW_DATA_KEY_ARN=old, FORMER_DATA_KEY_ARN=new)
    assert back[1:3] == [f"moved: {there}", "there already: 0"]
