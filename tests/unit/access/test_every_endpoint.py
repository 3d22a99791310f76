"""No endpoint reaches a person's data past the gate."""

from __future__ import annotations

import importlib
import json
from typing import Any

import pytest

from lukhas_common.access.errors import AccessDeniedError, AccessReason
from lukhas_common.access.gate import Access
from lukhas_common.http import Endpoint
from lukhas_common.routes import ROUTES, SYSTEM, Route
from tests.events import event
from tests.stack import ROOT

CALLER, PERSON = "01a20334-8068-759b-90c6-2b25c56c2702", "01a20334-8068-759b-90c6-000000000000"
BODY = {"user_id": PERSON, "requester_role": "agent", "scopes": ["elr"]}
PUBLIC = {
    "GET /health": "says nothing about anybody",
    "GET /.well-known/jwks.json": "public keys",
    "GET /.well-known/oauth-authorization-server": "public addresses",
    "POST /identity/register": "there is no person yet; what is made is logged",
    "POST /identity/auth": "proves who asks; logged as an event of identity",
    "POST /identity/token/refresh": "proves who asks; logged as an event of identity",
    "POST /identity/token/revoke": "takes rights away and tells nothing; logged as an event of identity",
    "POST /identity/qrg/revoke": "takes rights away and tells nothing; logged as an event of identity",
    "GET /ledger/checkpoint": "commitments only",
    "GET /ledger/tile/{path+}": "commitments only",
    "GET /ledger/keys": "public keys",
    "GET /guardian/health": "versions, counts and times; nothing about anybody",
}
"""What has no gate, and why it needs none."""


def endpoints() -> dict[str, Endpoint]:
    """Every handler of an HTTP route, by route key."""
    found = {}
    for file in sorted((ROOT / "functions").glob("*/*.py")):
        handler = importlib.import_module(f"functions.{file.parent.name}.{file.stem}").handler
        if isinstance(handler, Endpoint):
            found[handler.route.key] = handler
    return found


ENDPOINTS = endpoints()
GATED = [key for key, route in ROUTES.items() if not route.is_public]


class Guard:
    """A gate that lets nobody in, and knows who came."""

    def __init__(self) -> None:
        self.asked: list[Access] = []

    def admit(self, access: Access) -> None:
        self.asked.append(access)
        raise AccessDeniedError(AccessReason.ACCESS_DENIED, "Nobody gets in.")


def ask(endpoint: Endpoint) -> dict[str, Any]:
    path = endpoint.route.path.replace("{user_id}", PERSON).replace("{scope}", "elr").replace("{id}", PERSON)
    path = path.replace("{hash}", "0" * 64).replace("{version}", "v1")
    body = BODY if endpoint.takes_body else None
    user = {"user_id": CALLER, "session_id": "s", "token_id": "t", "scopes": ""}
    return endpoint(event(f"{endpoint.route.method} {path}", body, user=user), None)


def check(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """It asks the gate once, for what its route says, and what the gate refuses is refused."""
    guard = Guard()
    monkeypatch.setattr("lukhas_common.gating.gate", lambda: guard)
    answer = ask(endpoint)
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (403, "access_denied")
    (access,) = guard.asked
    assert access.permission is endpoint.route.permission
    assert access.principal.user_id == CALLER
    assert access.subject_id == (
        SYSTEM if endpoint.route.subject == SYSTEM else PERSON if endpoint.route.subject else CALLER
    )
    assert access.trace["route"] == endpoint.route.key


def test_every_route_has_its_endpoint_and_what_has_no_gate_is_on_the_list() -> None:
    assert ENDPOINTS.keys() == ROUTES.keys()
    assert {key for key, route in ROUTES.items() if route.is_public} == PUBLIC.keys()
    assert all(ROUTES[key].permission is None for key in PUBLIC)


@pytest.mark.parametrize("key", GATED)
def test_every_endpoint_with_a_caller_asks_the_gate(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    check(ENDPOINTS[key], monkeypatch)


@pytest.mark.parametrize("key", GATED)
def test_without_its_gate_the_check_above_fails(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = ENDPOINTS[key]
    monkeypatch.setattr("lukhas_common.http._admit", lambda *_: None)
    with pytest.raises(AssertionError):
        check(endpoint, monkeypatch)


@pytest.mark.parametrize("key", GATED)
def test_a_route_that_forgets_its_permission_does_nothing(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = ENDPOINTS[key]
    route = endpoint.route
    monkeypatch.setattr(endpoint, "route", Route(route.method, route.path, route.scope, route.summary))
    assert ask(endpoint)["statusCode"] == 500
