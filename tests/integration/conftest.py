"""The product on the one-machine stack, and its stores on the stack's embedded AWS."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from tests.stack import ROOT, Stack, start
from tests.world import PASSWORD


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole product, each function in its own process under its own role."""
    running = start(tmp_path_factory.mktemp("stack"), ROOT / "template.yaml", "--ephemeral", "--no-schedules")
    yield running
    assert running.stop() == 0
    log = running.log.read_text()
    assert "Traceback" not in log, log[-4000:]
    assert '"level":"ERROR"' not in log, log[-4000:]


@pytest.fixture(scope="session")
def tables(stack: Stack) -> dict[str, str]:
    """Names of tables, keys and the stack by variable: what the functions are told."""
    return {
        name: value
        for environment in stack.ready["functions"].values()
        for name, value in environment.items()
        if (name.endswith(("_TABLE", "_KEY_ID", "_BUCKET", "_QUEUE", "_TOPIC")) and not name.startswith("AWS_"))
        or name == "STACK_NAME"
    }


@pytest.fixture(scope="session")
def aws(stack: Stack) -> Callable[[str], Any]:
    """Clients of the embedded AWS that may do everything."""
    admin = stack.ready["admin"]
    session = boto3.Session(
        aws_access_key_id=admin["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=admin["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=admin.get("AWS_SESSION_TOKEN"),
        region_name=admin["AWS_DEFAULT_REGION"],
    )

    def client(service: str) -> Any:
        made = session.client(service, endpoint_url=stack.ready["standin_url"])
        made.meta.events.register("provide-client-params.dynamodb", consistent)
        return made

    return client


SURVEY = "#owner = :owner"


def consistent(params: dict[str, Any], model: Any, **_: Any) -> None:
    """Every read that the product makes is strongly consistent, where DynamoDB has it; the embedded AWS could not show
    one that is not. Only the weekly survey of all memories of a person says that it need not be."""
    if model.name in ("GetItem", "Query") and "IndexName" not in params:
        surveys = params.get("KeyConditionExpression") == SURVEY and params.get("ConsistentRead") is False
        assert surveys or params.get("ConsistentRead") is True
    if model.name == "BatchGetItem":
        assert all(request.get("ConsistentRead") is True for request in params["RequestItems"].values())


@pytest.fixture
def username() -> str:
    return f"user-{secrets.token_hex(6)}"


@pytest.fixture
def tokens(stack: Stack, username: str) -> dict[str, Any]:
    """A fresh account's tokens, over HTTP."""
    credentials = {"username": username, "password": PASSWORD}
    assert stack.post("/identity/register", credentials).status == 201
    answer = stack.post("/identity/auth", credentials)
    assert answer.status == 200
    return dict(answer.json())
