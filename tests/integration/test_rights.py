"""No role is wider than what its function does: every right in template.yaml is used somewhere in this story."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from lukhas_common.aws import clients
from lukhas_common.identity.password_hashes import PasswordHasher
from tests.events import event, load_handler
from tests.integration.test_handlers import forget
from tests.integration.test_roles import FUNCTIONS, allowed_by_template
from tests.stack import Stack
from tests.world import PASSWORD

LOGICAL = {
    "USERS_TABLE": "UsersTable",
    "USERNAMES_TABLE": "UsernamesTable",
    "SESSIONS_TABLE": "SessionsTable",
    "COUNTERS_TABLE": "CountersTable",
    "SIGNING_KEY_ID": "SigningKey",
    "SERVER_KEY_ID": "ServerKey",
}
Used = dict[str, set[tuple[str, str]]]


class Recorder:
    """Runs handlers as cold functions and notes (action, logical id) of every AWS call."""

    def __init__(self, tables: dict[str, str]) -> None:
        self.used: Used = {name: set() for name in FUNCTIONS}
        self._names = {value: LOGICAL[variable] for variable, value in tables.items()}

    def run(self, function: str, handler: str, made: dict[str, Any]) -> Any:
        forget()
        for service in ("dynamodb", "kms"):
            note = self._noting(function, service)
            clients.client(service).meta.events.register("before-call", note)
        return load_handler("identity", handler)(made, None)

    def _noting(self, function: str, service: str) -> Callable[..., None]:
        def note(model: Any, params: dict[str, Any], **_: Any) -> None:
            body = json.loads(params["body"])
            targets = body.get("RequestItems") or [body.get("TableName") or body["KeyId"]]
            self.used[function] |= {(f"{service}:{model.name}", self._names[target]) for target in targets}

        return note


@pytest.fixture
def recorder(stack: Stack, tables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    for name, value in {**stack.ready["admin"], **tables, "STAGE": "local"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    boto3.DEFAULT_SESSION = None
    yield Recorder(tables)
    forget()


def test_every_right_is_used(
    recorder: Recorder, aws: Callable[[str], Any], tables: dict[str, str], username: str
) -> None:
    credentials = {"username": username, "password": PASSWORD}
    aws("dynamodb").put_item(
        TableName=tables["USERNAMES_TABLE"],
        Item={"username": {"S": username}, "user_id": {"S": "dead"}, "claimed_at": {"N": "1"}},
    )
    registered = recorder.run("RegisterFunction", "register", event("POST /identity/register", credentials))
    assert registered["statusCode"] == 201
    aws("dynamodb").update_item(
        TableName=tables["USERS_TABLE"],
        Key={"user_id": {"S": json.loads(registered["body"])["user_id"]}},
        UpdateExpression="SET password_hash = :weak",
        ExpressionAttributeValues={":weak": {"S": PasswordHasher(memory_kib=64, time_cost=1).hash(PASSWORD)}},
    )
    login = recorder.run("AuthenticateFunction", "authenticate", event("POST /identity/auth", credentials))
    tokens = json.loads(login["body"])
    asked = event("GET /identity/profile", token=tokens["access_token"])
    user = recorder.run("AuthorizerFunction", "authorizer", asked)["context"]
    recorder.run("ProfileFunction", "profile", event("GET /identity/profile", user=user))
    refresh = event("POST /identity/token/refresh", {"refresh_token": tokens["refresh_token"]})
    recorder.run("RefreshTokenFunction", "refresh_token", refresh)
    change = {"old_password": PASSWORD, "new_password": "another long passphrase 42"}
    recorder.run("ChangePasswordFunction", "change_password", event("PUT /identity/password", change, user=user))
    recorder.run("LogoutFunction", "logout", event("POST /identity/logout", user=user))
    recorder.run("JwksFunction", "jwks", event("GET /.well-known/jwks.json"))
    recorder.run("HealthFunction", "health", event("GET /health"))
    assert recorder.used == {name: allowed_by_template(name) for name in FUNCTIONS}
