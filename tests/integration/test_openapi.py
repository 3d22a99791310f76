"""docs/openapi.json, held against the handlers and, by schemathesis, against the running stack."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from lukhas_common.routes import ROUTES
from scripts.build_openapi import document, written
from tests.stack import ROOT, Stack
from tests.world import PASSWORD

schema = schemathesis.openapi.from_path(str(ROOT / "docs" / "openapi.json"))
NOT_DRAWN = ("authorization", "content-length", "transfer-encoding", "connection", "upgrade", "expect")
"""What is set below, and how a message is framed: a server answers nonsense there before any route is found."""

HEAD_TOO_LARGE = 431
"""What the gateway answers before any route is found, so no operation describes it."""

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


TOKENS: dict[str, str] = {}
ENDS_SESSIONS = ("POST /identity/logout", "PUT /identity/password", "POST /identity/token/revoke")


def test_the_committed_file_is_what_the_handlers_say() -> None:
    assert json.loads((ROOT / "docs" / "openapi.json").read_text()) == document()


def test_scopes_are_those_of_the_routes() -> None:
    for key, route in ROUTES.items():
        method, path = key.split(" ")
        operation = schema.raw_schema["paths"][written(path)][method.lower()]
        wanted = None if route.is_public else [{"StrictAuth": [route.scope] if ":" in route.scope else []}]
        assert operation.get("security") == wanted


@schema.parametrize()
@hypothesis_settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_stack_conforms(case: Any, stack: Stack) -> None:
    """A fresh account for each operation, and for each case of one that ends the session, so that neither a logout nor
    the rate limit ends the test."""
    case.headers = {name: value for name, value in (case.headers or {}).items() if name.lower() not in NOT_DRAWN}
    if case.operation.definition.raw.get("security"):
        key = f"{case.operation.method.upper()} {case.operation.path}"
        if key in ENDS_SESSIONS or key not in TOKENS:
            TOKENS[key] = fresh_token(stack)
        case.headers["Authorization"] = f"Bearer {TOKENS[key]}"
    answer = case.call(base_url=stack.url, timeout=20)
    if answer.status_code != HEAD_TOO_LARGE:
        case.validate_response(answer, checks=CHECKS)


@pytest.mark.parametrize("route", [key for key, route in ROUTES.items() if not route.is_public])
@pytest.mark.parametrize("authorization", [None, "Bearer x.y.z", "Basic eDp5", "Bearer"])
def test_every_protected_route_refuses_who_does_not_prove_themselves(
    stack: Stack, route: str, authorization: str | None
) -> None:
    method, path = route.split(" ")
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = stack.request(method, path, "{}", content_type="application/json", **headers)
    assert answer.status == (401 if authorization is None else 403)


def fresh_token(stack: Stack) -> str:
    credentials = {"username": f"fuzz-{secrets.token_hex(6)}", "password": PASSWORD}
    assert stack.post("/identity/register", credentials).status == 201
    answer = stack.post("/identity/auth", credentials)
    assert answer.status == 200, answer.body
    return str(answer.json()["access_token"])
