"""The Consciousness API over HTTP, for those who may change something, and for bad input of every kind."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.flow_consciousness import CALM, UPSET
from tests.http_client import PASSWORD, Api, expect
from tests.stack import Stack

DETECT, AWARENESS, HEARTBEAT = (
    "/consciousness/drift/detect",
    "/consciousness/awareness/update",
    "/consciousness/heartbeat",
)
SCOPES = ("consciousness:read", "consciousness:write", "consciousness:admin", "role:admin")


@pytest.fixture(scope="module")
def admin_name() -> str:
    return f"admin-{secrets.token_hex(6)}"


@pytest.fixture(scope="module")
def admin(stack: Stack, aws: Callable[[str], Any], tables: dict[str, str], admin_name: str) -> str:
    """The token of an admin with all scopes of this API."""
    api, credentials = Api(stack.url), {"username": admin_name, "password": PASSWORD}
    user_id = expect(api("POST", "/identity/register", credentials), 201).body["user_id"]
    aws("dynamodb").update_item(
        TableName=tables["USERS_TABLE"],
        Key={"user_id": {"S": user_id}},
        UpdateExpression="SET scopes = :scopes",
        ExpressionAttributeValues={":scopes": {"L": [{"S": scope} for scope in SCOPES]}},
    )
    return str(expect(api("POST", "/identity/auth", credentials), 200).body["access_token"])


def test_an_admin_sets_the_level_and_everybody_sees_it(stack: Stack, admin: str, tokens: dict[str, Any]) -> None:
    api, other = Api(stack.url), tokens["access_token"]
    update = {"new_level": 0.25, "reason": "Maintenance.", "metadata": {"ticket": 7}}
    first = expect(api("POST", AWARENESS, update, admin, Idempotency_Key="k"), 200).body
    assert (first["level"], first["reason"], first["metadata"]) == (0.25, "Maintenance.", {"ticket": 7})
    assert expect(api("GET", "/consciousness/status", token=other), 200).body["awareness_level"] == 0.25
    second = expect(api("POST", AWARENESS, {"new_level": 1, "reason": "Done."}, admin), 200).body
    assert second["previous_level"] == 0.25
    assert expect(api("POST", AWARENESS, update, admin, Idempotency_Key="k"), 200).body == first
    expect(
        api("POST", AWARENESS, {**update, "new_level": 0}, admin, Idempotency_Key="k"), 422, "idempotency_key_reused"
    )
    shown = expect(api("GET", "/consciousness/metrics", token=other), 200).body["awareness"]
    assert shown[:2] == [second, first]
    assert api("POST", AWARENESS, update, other).status == 403


def test_the_scope_without_the_role_sets_nothing(stack: Stack, admin: str, admin_name: str) -> None:
    api = Api(stack.url)
    narrow = {"username": admin_name, "password": PASSWORD, "scopes": ["consciousness:admin", "consciousness:read"]}
    token = expect(api("POST", "/identity/auth", narrow), 200).body["access_token"]
    before = expect(api("GET", "/consciousness/status", token=token), 200).body["awareness_level"]
    expect(api("POST", AWARENESS, {"new_level": 0.123, "reason": "r"}, token), 403, "access_denied")
    assert expect(api("GET", "/consciousness/status", token=token), 200).body["awareness_level"] == before


@pytest.mark.parametrize(
    ("path", "body"),
    [
        *((AWARENESS, {"reason": "r", "new_level": level}) for level in (-0.1, 1.1, "1", None, True, [], 10**400)),
        (AWARENESS, {"new_level": 1}),
        (AWARENESS, {"new_level": 1, "reason": ""}),
        (AWARENESS, {"new_level": 1, "reason": "r" * 501}),
        (AWARENESS, {"new_level": 1, "reason": "r", "metadata": {"x": "y" * 3000}}),
        (AWARENESS, {"new_level": 1, "reason": "r", "metadata": {"x": 2**70}}),
        (AWARENESS, {"new_level": 1, "reason": "r", "more": 1}),
        *((HEARTBEAT, {"name": name, "interval_seconds": 60}) for name in ("", "A", "../x", "x" * 65, 7, "ü")),
        *((HEARTBEAT, {"name": "x", "interval_seconds": every}) for every in (0, -1, 86401, "60", None)),
        (HEARTBEAT, {"name": "x", "interval_seconds": 60, "degraded": "a\nb"}),
        (HEARTBEAT, {"name": "x", "interval_seconds": 60, "degraded": "y" * 201}),
        (DETECT, {"baseline_state": [], "current_state": {}}),
        (DETECT, {"baseline_state": {}, "current_state": {str(number): number for number in range(10_001)}}),
        (DETECT, {"baseline_state": {"a": "b" * 2000}, "current_state": {"a" * 1025: 1}}),
        (DETECT, {"baseline_state": {}, "current_state": {}, "threshold": 2}),
        (DETECT, {"baseline_state": {}, "current_state": {}, "ranges": {"/a": [1]}}),
        (DETECT, {"baseline_state": {}, "current_state": {}, "baseline_id": "x"}),
        (DETECT, {"baseline_state": {"a": 2**1100}, "current_state": {}}),
    ],
    ids=lambda value: None,
)  # fmt: skip
def test_bad_input_is_a_clear_refusal(stack: Stack, admin: str, path: str, body: Any) -> None:
    answer = expect(Api(stack.url)("POST", path, body, admin), 422, "request_invalid")
    assert answer.body["errors"]


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e999"])
@pytest.mark.parametrize("path", [AWARENESS, DETECT])
def test_what_is_no_number_is_refused(stack: Stack, admin: str, path: str, literal: str) -> None:
    bodies = {
        AWARENESS: '{"new_level": %s, "reason": "r"}',
        DETECT: '{"baseline_state": {"a": %s}, "current_state": {"a": 1}}',
    }
    headers = {"Authorization": f"Bearer {admin}"}
    answer = stack.request("POST", path, bodies[path] % literal, content_type="application/json", **headers)
    assert answer.status in (400, 422), answer.body
    assert answer.json()["code"] in ("body_invalid", "request_invalid")


def test_a_subsystem_that_says_it_is_ill_degrades_the_status_until_it_is_well(
    stack: Stack, admin: str, username: str
) -> None:
    api, name = Api(stack.url), f"part-{username}"
    ill = {"name": name, "interval_seconds": 60, "degraded": "disk full"}
    heard = expect(api("POST", HEARTBEAT, ill, admin), 200).body
    assert heard["name"] == name
    status = expect(api("GET", "/consciousness/status", token=admin), 200).body
    assert status["status"] == "degraded"
    assert f"{name}: disk full" in status["reasons"]
    assert status["subsystems"][name] is False
    # Well again, and for so long that no other test finds it missing.
    expect(api("POST", HEARTBEAT, {"name": name, "interval_seconds": 86400}, admin), 200)
    status = expect(api("GET", "/consciousness/status", token=admin), 200).body
    assert status["subsystems"][name] is True
    assert not [reason for reason in status["reasons"] if name in reason]
    for ours in ("identity", "guardian.health"):
        expect(api("POST", HEARTBEAT, {"name": ours, "interval_seconds": 60}, admin), 409, "subsystem_reserved")


def test_the_systems_series_is_fed_by_an_admin_and_seen_by_all(
    stack: Stack, admin: str, tokens: dict[str, Any], username: str
) -> None:
    api, name = Api(stack.url), f"s-{username}"
    asked = {"baseline_state": CALM, "current_state": UPSET, "series": name, "series_owner": "system"}
    expect(api("POST", DETECT, asked, tokens["access_token"]), 403, "access_denied")
    fed = expect(api("POST", DETECT, asked, admin), 200).body
    assert fed["series"]["owner"] == "system"
    for token in (admin, tokens["access_token"]):
        drift = expect(api("GET", "/consciousness/metrics", token=token), 200).body["drift"]
        assert ("system", name) in [(each["owner"], each["series"]) for each in drift]
        assert expect(api("GET", "/consciousness/status", token=token), 200).body["drift_score"] >= round(
            fed["score"], 4
        )


def test_detections_that_race_all_count(stack: Stack, tokens: dict[str, Any]) -> None:
    api, token = Api(stack.url), tokens["access_token"]
    asked = {"baseline_state": CALM, "current_state": UPSET, "series": "raced"}
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: api("POST", DETECT, asked, token), range(12)))
    assert {answer.status for answer in answers} == {200}
    (series,) = expect(api("GET", "/consciousness/metrics", token=token), 200).body["drift"][:1]
    assert len(series["scores"]) == 12
