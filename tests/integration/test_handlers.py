"""The handlers in this process, on the embedded AWS: what an event becomes, and what it costs in AWS calls."""

from __future__ import annotations

import importlib
import json
import pkgutil
import secrets
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from lukhas_common import aws, times
from lukhas_common.aws import clients
from lukhas_common.aws.heartbeats import pulse
from lukhas_common.settings import settings
from tests.events import event, load_handler
from tests.integration.conftest import consistent
from tests.stack import Stack
from tests.world import PASSWORD

MODULES = [importlib.import_module(f"lukhas_common.aws.{found.name}") for found in pkgutil.iter_modules(aws.__path__)]
CACHES = [
    function
    for module in MODULES
    for function in vars(module).values()
    if hasattr(function, "cache_clear") and function.__module__ == module.__name__
]


def forget() -> None:
    """Forget everything a process remembers between requests."""
    boto3.DEFAULT_SESSION = None
    settings.cache_clear()
    for cached in CACHES:
        cached.cache_clear()


@pytest.fixture
def calls(stack: Stack, tables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """This process as a function with all variables; the AWS calls that it makes."""
    admin = stack.ready["admin"]
    # Heartbeats come once a minute, whatever is called then; they have a test of their own.
    for name, value in {**admin, **tables, "STAGE": "local", "HEARTBEAT_SECONDS": "0"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    forget()
    made: list[str] = []
    for used in (clients.client("dynamodb"), clients.client("kms"), clients.hasty_client("dynamodb")):
        events = used.meta.events
        events.register("before-call", lambda model, params, **_: made.append(named(model, params, tables)))
        events.register("provide-client-params.dynamodb", consistent)
    yield made
    forget()


def named(model: Any, params: dict[str, Any], tables: dict[str, str]) -> str:
    """A call by its name; those for the ledger's sake are told apart."""
    target = json.loads(params["body"]).get("TableName", "")
    places = {
        tables["LEDGER_TABLE"]: "ledger.",
        tables["DATA_KEYS_TABLE"]: "data_keys.",
        tables["HEARTBEATS_TABLE"]: "heartbeats.",
    }
    return places.get(target, "") + model.name


AUDITED = ["ledger.PutItem"]
"""What an event costs that is told to the ledger, once the process holds the data key."""

ADMITTED = ["ledger.Query", "ledger.PutItem"]
"""What passing the gate costs: the person's access stream has many writers."""


def run(name: str, *args: Any, **kwargs: Any) -> tuple[int, Any, list[str]]:
    answer = load_handler("identity", name)(event(*args, **kwargs), None)
    return answer["statusCode"], json.loads(answer["body"]), answer["cookies"]


@pytest.fixture
def access_token(calls: list[str], username: str) -> str:
    """The token of someone who has just registered and logged in."""
    credentials = {"username": username, "password": PASSWORD}
    run("register", "POST /identity/register", credentials)
    return str(run("authenticate", "POST /identity/auth", credentials)[1]["access_token"])


def test_an_account_through_the_handlers_and_its_cost(calls: list[str], username: str) -> None:
    credentials = {"username": username, "password": PASSWORD}
    status, profile, _ = run("register", "POST /identity/register", credentials, headers={"idempotency-key": "k"})
    assert (status, profile["username"]) == (201, username)

    status, tokens, cookies = run("authenticate", "POST /identity/auth", credentials)
    assert status == 200
    assert [cookie.partition("=")[0] for cookie in cookies] == ["__Host-lukhas_device"]
    known = [cookies[0].partition(";")[0]]
    calls.clear()
    status, _, cookies = run("authenticate", "POST /identity/auth", credentials, cookies=known)
    assert (status, cookies) == (200, [])
    assert calls == [
        *("GetItem", "GetItem", "BatchGetItem", "UpdateItem", "DeleteItem", "PutItem"),
        *AUDITED,
        *("Query", "Sign"),
    ]

    authorize = load_handler("identity", "authorizer")
    allowed = authorize(event("GET /identity/profile", token=tokens["access_token"]), None)
    assert allowed["isAuthorized"] is True
    assert allowed["context"]["user_id"] == profile["user_id"]
    assert all(isinstance(value, str) for value in allowed["context"].values())
    calls.clear()
    authorize(event("GET /identity/profile", token=tokens["access_token"]), None)
    assert calls == ["BatchGetItem", "UpdateItem", *AUDITED]

    calls.clear()
    status, shown, _ = run("profile", "GET /identity/profile", user=allowed["context"])
    assert (status, shown) == (200, profile)
    assert calls == [*ADMITTED, "GetItem"]

    status, renewed, _ = run(
        "refresh_token", "POST /identity/token/refresh", {"refresh_token": tokens["refresh_token"]}
    )
    assert status == 200
    calls.clear()
    run("refresh_token", "POST /identity/token/refresh", {"refresh_token": renewed["refresh_token"]})
    assert calls == ["GetItem", "Query", "Sign", "UpdateItem", "GetItem", *AUDITED]

    change = {"old_password": PASSWORD, "new_password": "another long passphrase 42"}
    status, changed, _ = run(
        "change_password", "PUT /identity/password", change, user=allowed["context"], cookies=known
    )
    assert status == 200
    denied = authorize(event("GET /identity/profile", token=tokens["access_token"]), None)
    assert denied == {"isAuthorized": False, "context": {}}

    allowed = authorize(event("POST /identity/logout", token=changed["access_token"]), None)
    calls.clear()
    status, body, cookies = run("logout", "POST /identity/logout", user=allowed["context"])
    assert (status, body) == (200, {"status": "logged_out"})
    assert calls == [*ADMITTED, "UpdateItem", *AUDITED]
    assert "Max-Age=0" in cookies[0]
    assert not authorize(event("GET /identity/profile", token=changed["access_token"]), None)["isAuthorized"]


def test_a_heartbeat_is_one_write_with_the_first_request_and_one_a_minute(
    calls: list[str], access_token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    authorize = load_handler("identity", "authorizer")
    asked = event("GET /identity/profile", token=access_token)
    user = authorize(asked, None)["context"]
    settings.cache_clear()
    monkeypatch.setenv("HEARTBEAT_SECONDS", "60")
    start = times.now() // 900 * 900 + 100
    authorized, shown = ["BatchGetItem", "UpdateItem", *AUDITED], [*ADMITTED, "GetItem"]
    for passed, beats in ((0, 1), (59, 0), (61, 1), (62, 0)):
        pulse()._clock = lambda at=start + passed: at  # type: ignore[misc]
        calls.clear()
        authorize(asked, None)
        assert calls == [*authorized, *["heartbeats.PutItem"] * beats]
        calls.clear()
        assert run("profile", "GET /identity/profile", user=user)[0] == 200
        assert calls == [*shown, *["heartbeats.PutItem"] * beats]


def test_a_heartbeat_that_cannot_be_stored_refuses_nothing(
    calls: list[str], access_token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEARTBEAT_SECONDS", "60")
    monkeypatch.setenv("HEARTBEATS_TABLE", "no-such-table")
    forget()
    warned: list[str] = []
    monkeypatch.setattr("lukhas_common.aws.heartbeats.logger.warning", lambda line, **_: warned.append(line))
    for _ in range(3):
        allowed = load_handler("identity", "authorizer")(event("GET /identity/profile", token=access_token), None)
        assert allowed["isAuthorized"]
        assert run("profile", "GET /identity/profile", user=allowed["context"])[0] == 200
    assert warned == ["heartbeat.not_stored"] * 2, "one for each function, not for each request"


def test_whoever_does_not_get_in_costs_the_same_calls(calls: list[str], username: str) -> None:
    """Known, unknown, impossible: as many round trips, so as much time."""
    run("register", "POST /identity/register", {"username": username, "password": PASSWORD})
    stranger = {"username": "somebody", "password": "wrong"}
    run("authenticate", "POST /identity/auth", stranger)  # from now on the process holds the day's key for strangers
    seen = []
    for name in (username, username, f"{username}-nobody", " ", "x" * 256):
        calls.clear()
        status, problem, _ = run("authenticate", "POST /identity/auth", {"username": name, "password": "wrong"})
        assert (status, problem["code"]) == (401, "credentials_invalid")
        seen.append([call for call in calls if call != "GenerateMac"])
    assert all(made == seen[0] for made in seen)


def test_one_address_is_slowed_down_over_many_names(calls: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGIN_SOURCE_FREE", "2")
    forget()
    source = f"2001:db8:{secrets.token_hex(2)}:{secrets.token_hex(2)}::1"
    statuses = []
    for number in range(4):
        asked = event("POST /identity/auth", {"username": f"name-{source}-{number}", "password": "wrong"})
        asked["requestContext"]["http"]["sourceIp"] = source
        statuses.append(load_handler("identity", "authenticate")(asked, None)["statusCode"])
    assert statuses == [401, 401, 429, 429]


def test_a_browser_keeps_its_refresh_token_in_a_cookie(calls: list[str], username: str) -> None:
    credentials = {"username": username, "password": PASSWORD}
    run("register", "POST /identity/register", credentials)
    login = {**credentials, "refresh_token_delivery": "cookie"}
    status, tokens, cookies = run("authenticate", "POST /identity/auth", login)
    assert (status, tokens["refresh_token"]) == (200, None)
    refresh = next(cookie for cookie in cookies if cookie.startswith("__Secure-lukhas_refresh="))
    for attribute in ("HttpOnly", "Secure", "SameSite=Strict", "Path=/identity/token/refresh", "Max-Age=604800"):
        assert attribute in refresh.split("; ")
    sent = [refresh.partition(";")[0]]
    status, renewed, cookies = run("refresh_token", "POST /identity/token/refresh", {}, cookies=sent)
    assert (status, renewed["refresh_token"]) == (200, None)
    assert cookies[0].startswith("__Secure-lukhas_refresh=rt_")
    status, problem, _ = run("refresh_token", "POST /identity/token/refresh", {})
    assert (status, problem["code"]) == (401, "refresh_token_invalid")


def test_the_limit_is_marked_for_the_endpoint(access_token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATE_LIMIT", "2")
    forget()
    asked = event("GET /identity/profile", token=access_token)
    authorize = load_handler("identity", "authorizer")
    answers = [authorize(asked, None) for _ in range(3)]
    assert [answer["context"].get("refused") for answer in answers] == [None, None, "rate_limited"]
    assert answers[2]["isAuthorized"] is True
    assert "user_id" not in answers[2]["context"]
    status, problem, _ = run("profile", "GET /identity/profile", user=answers[2]["context"])
    assert (status, problem["code"]) == (429, "rate_limited")


@pytest.mark.parametrize("stage", ["dev", "staging", "prod"])
def test_a_deployed_stage_insists_on_https(access_token: str, monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
    monkeypatch.setenv("STAGE", stage)
    forget()
    authorize = load_handler("identity", "authorizer")
    for scheme, allowed in (("https", True), ("http", False)):
        asked = event("GET /identity/profile", token=access_token, headers={"x-forwarded-proto": scheme})
        assert authorize(asked, None)["isAuthorized"] is allowed
    headers = {"authorization": f"Bearer {access_token}", "x-forwarded-proto": "https", "X-Forwarded-Proto": "http"}
    twice = {**event("GET /identity/profile"), "headers": headers}
    assert authorize(twice, None)["isAuthorized"] is False


def test_sam_local_writes_header_names_in_capitals(access_token: str) -> None:
    asked = event("GET /identity/profile")
    bearer = f"Bearer {access_token}"
    authorize = load_handler("identity", "authorizer")
    assert authorize({**asked, "headers": {"Authorization": bearer}}, None)["isAuthorized"]
    twice = {"Authorization": bearer, "authorization": bearer}
    assert not authorize({**asked, "headers": twice}, None)["isAuthorized"]


def test_the_keys_are_public_and_cacheable(calls: list[str]) -> None:
    answer = load_handler("identity", "jwks")(event("GET /.well-known/jwks.json"), None)
    keys = json.loads(answer["body"])["keys"]
    assert {(key["kty"], key["alg"]) for key in keys} == {("EC", "ES256"), ("AKP", "ML-DSA-44")}
    members = {"EC": {"crv", "x", "y"}, "AKP": {"pub"}}
    assert all(set(key) == {"kty", "kid", "alg", "use", *members[key["kty"]]} for key in keys)
    assert answer["headers"]["Cache-Control"] == "public, max-age=300"


def test_health_is_measured(calls: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("health", "GET /health")[:2] == (200, {"status": "healthy", "stage": "local"})
    monkeypatch.setenv("SESSIONS_TABLE", "no-such-table")
    forget()
    status, problem, _ = run("health", "GET /health")
    assert (status, problem["code"]) == (503, "unavailable")


def test_a_table_that_is_gone_denies(access_token: str, username: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTERS_TABLE", "no-such-table")
    forget()
    asked = event("GET /identity/profile", token=access_token)
    assert load_handler("identity", "authorizer")(asked, None) == {"isAuthorized": False, "context": {}}
    status, problem, _ = run("authenticate", "POST /identity/auth", {"username": username, "password": PASSWORD})
    assert (status, problem["code"]) == (500, "internal_error")


def test_qrg_tokens_through_the_handlers_and_their_cost(calls: list[str], access_token: str) -> None:
    authorize = load_handler("identity", "authorizer")
    user = authorize(event("POST /identity/qrg", token=access_token), None)["context"]
    wanted = {"scopes": ["identity:read"], "ttl_seconds": 60}
    keyed = {"headers": {"idempotency-key": "k"}, "user": user}
    status, issued, _ = run("qrg_issue", "POST /identity/qrg", wanted, **keyed)
    assert (status, issued["expires_in"], issued["scopes"]) == (201, 60, ["identity:read"])
    assert issued["token_type"] == "bearer"
    calls.clear()
    assert run("qrg_issue", "POST /identity/qrg", wanted, user=user)[0] == 201
    assert calls == [*ADMITTED, "GetItem", "Query", "Sign", "PutItem", *AUDITED]
    status, again, _ = run("qrg_issue", "POST /identity/qrg", wanted, **keyed)
    assert (status, again["handle"]) == (201, issued["handle"])
    status, problem, _ = run("qrg_issue", "POST /identity/qrg", {**wanted, "ttl_seconds": 61}, **keyed)
    assert (status, problem["code"]) == (422, "idempotency_key_reused")

    path = "GET /identity/profile"
    for form, cost in (
        ("token", ["BatchGetItem", "UpdateItem", *AUDITED]),
        ("handle", ["GetItem", "BatchGetItem", "UpdateItem", *AUDITED]),
    ):
        authorize(event(path, token=issued[form]), None)
        calls.clear()
        allowed = authorize(event(path, token=issued[form]), None)
        assert allowed["isAuthorized"] is True
        assert allowed["context"].keys() == {"user_id", "client_id", "token_id", "scopes"}
        assert calls == cost

    calls.clear()
    status, rotated, _ = run("qrg_rotate", "POST /identity/qrg/rotate", {"token": issued["token"]}, user=user)
    assert status == 200
    assert calls == [
        *ADMITTED,
        *("Query", "GetItem", "GetItem", "Query", "Query", "Sign", "UpdateItem"),
        *AUDITED,
    ]
    assert not authorize(event(path, token=issued["token"]), None)["isAuthorized"]
    status, problem, _ = run("qrg_rotate", "POST /identity/qrg/rotate", {"token": issued["token"]}, user=user)
    assert (status, problem["code"]) == (409, "qrg_token_rotated")
    for nonsense in ("QRG_" + "0" * 32, "x"):
        status, problem, _ = run("qrg_rotate", "POST /identity/qrg/rotate", {"token": nonsense}, user=user)
        assert (status, problem["code"]) == (400, "token_invalid")
    calls.clear()
    assert run("qrg_revoke", "POST /identity/qrg/revoke", {"token": rotated["token"]})[:2] == (
        200,
        {"status": "revoked"},
    )
    assert calls == ["Query", "GetItem", "UpdateItem", *AUDITED]
    assert not authorize(event(path, token=rotated["handle"]), None)["isAuthorized"]


def test_an_unknown_kid_costs_one_read_in_ten_seconds(calls: list[str], access_token: str) -> None:
    authorize = load_handler("identity", "authorizer")
    header = "eyJhbGciOiJFUzI1NiIsImtpZCI6IngiLCJ0eXAiOiJhdCtqd3QifQ"
    forged = ".".join([header, *access_token.split(".")[1:]])
    assert authorize(event("GET /identity/profile", token=access_token), None)["isAuthorized"]
    assert not authorize(event("GET /identity/profile", token=forged), None)["isAuthorized"]
    calls.clear()
    for _ in range(20):
        assert not authorize(event("GET /identity/profile", token=forged), None)["isAuthorized"]
    assert calls == AUDITED * 20


@pytest.mark.parametrize(
    ("issuer", "status"),
    [
        ("lukhas.id", 404),
        ("http://id.example.org", 404),
        ("https://", 404),
        ("https://id.example.org?x=1", 404),
        ("https://id.example.org", 200),
        ("https://id.example.org/", 404),
        ("https://id.example.org/base", 404),
        ("https://user@id.example.org", 404),
    ],
)
def test_metadata_is_there_for_an_issuer_that_is_an_https_url(
    calls: list[str], monkeypatch: pytest.MonkeyPatch, issuer: str, status: int
) -> None:
    monkeypatch.setenv("ISSUER", issuer)
    forget()
    answered, metadata, _ = run("metadata", "GET /.well-known/oauth-authorization-server")
    assert answered == status
    if status == 200:
        assert metadata["issuer"] == issuer
        assert metadata["jwks_uri"] == f"{issuer}/.well-known/jwks.json"
        assert metadata["token_endpoint"] == f"{issuer}/identity/token/refresh"
        assert metadata["grant_types_supported"] == ["refresh_token"]
        assert "qrg:issue" in metadata["scopes_supported"]
        assert "session" not in metadata["scopes_supported"]
