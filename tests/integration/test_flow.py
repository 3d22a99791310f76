"""The main job over HTTP, and what makes it safe when calls race."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from lukhas_common.consent.verify import verify_export
from lukhas_common.crypto.hpke import OpeningKey
from lukhas_common.crypto.sealed_files import MEDIA_TYPE, open_file
from tests.dpop_client import DpopClient
from tests.flow import drive
from tests.stack import Reply, Stack
from tests.world import PASSWORD


def test_the_whole_life_of_an_account(stack: Stack) -> None:
    assert len(drive(stack.url)) == 26


def test_parallel_refreshes_of_one_token_get_one_successor(stack: Stack, tokens: dict[str, Any]) -> None:
    body = {"refresh_token": tokens["refresh_token"]}
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: stack.post("/identity/token/refresh", body), range(64)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1


def test_a_refresh_that_races_a_logout_leaves_nothing_alive(stack: Stack, tokens: dict[str, Any]) -> None:
    bearer = f"Bearer {tokens['access_token']}"
    body = {"refresh_token": tokens["refresh_token"]}
    with ThreadPoolExecutor(8) as pool:
        refreshes = [pool.submit(stack.post, "/identity/token/refresh", body) for _ in range(8)]
        logout = pool.submit(stack.request, "POST", "/identity/logout", None, Authorization=bearer)
        assert logout.result().status == 200
    for refresh in refreshes:
        answer = refresh.result()
        assert answer.status in (200, 401)
        if answer.status == 200:
            fresh = answer.json()
            live = stack.request("GET", "/identity/profile", Authorization=f"Bearer {fresh['access_token']}")
            assert live.status == 403
            again = stack.post("/identity/token/refresh", {"refresh_token": fresh["refresh_token"]})
            assert again.status == 401


def test_parallel_rotations_of_one_qrg_token_give_one_good_token(stack: Stack, tokens: dict[str, Any]) -> None:
    bearer = f"Bearer {tokens['access_token']}"
    issued = stack.post("/identity/qrg", {"scopes": ["identity:read"]}, Authorization=bearer).json()
    body = {"token": issued["handle"]}
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: stack.post("/identity/qrg/rotate", body, Authorization=bearer), range(32)))
    won = [answer for answer in answers if answer.status == 200]
    assert len(won) == 1
    assert {answer.status for answer in answers} <= {200, 400, 409}
    live = stack.request("GET", "/identity/profile", Authorization=f"Bearer {won[0].json()['token']}")
    assert live.status == 200


def test_a_rotation_that_races_a_revocation_leaves_nothing_alive(stack: Stack, tokens: dict[str, Any]) -> None:
    bearer = f"Bearer {tokens['access_token']}"
    for _ in range(4):
        issued = stack.post("/identity/qrg", {"scopes": ["identity:read"]}, Authorization=bearer).json()
        body = {"token": issued["token"]}
        with ThreadPoolExecutor(4) as pool:
            rotations = [pool.submit(stack.post, "/identity/qrg/rotate", body, Authorization=bearer) for _ in range(3)]
            assert pool.submit(stack.post, "/identity/qrg/revoke", body).result().status == 200
        tokens_left = [issued, *(done.result().json() for done in rotations if done.result().status == 200)]
        for left in tokens_left:
            answer = stack.request("GET", "/identity/profile", Authorization=f"Bearer {left['token']}")
            assert answer.status == 403


def test_a_bound_session_is_worth_nothing_without_its_key(stack: Stack, username: str) -> None:
    credentials = {"username": username, "password": PASSWORD}
    stack.post("/identity/register", credentials)
    client, thief = DpopClient(stack.url), DpopClient(stack.url)
    login = stack.post("/identity/auth", credentials, DPoP=client.proof("POST", "/identity/auth")).json()
    assert login["token_type"] == "DPoP"
    token = login["access_token"]

    def ask(**headers: str) -> int:
        return stack.request("GET", "/identity/profile", None, **headers).status

    proof = client.headers("GET", "/identity/profile", token)
    assert ask(**proof) == 200
    assert ask(**proof) == 403, "a proof counts once"
    assert ask(Authorization=f"Bearer {token}") == 403
    assert ask(Authorization=f"DPoP {token}") == 403
    assert ask(**thief.headers("GET", "/identity/profile", token)) == 403
    refresh = {"refresh_token": login["refresh_token"]}
    path = "/identity/token/refresh"
    assert stack.post(path, refresh).json()["code"] == "dpop_proof_invalid"
    assert stack.post(path, refresh, DPoP=thief.proof("POST", path)).json()["code"] == "dpop_proof_invalid"
    assert (
        stack.post(path, refresh, DPoP=client.proof("POST", "/identity/auth")).json()["error"] == "invalid_dpop_proof"
    )
    renewed = stack.post(path, refresh, DPoP=client.proof("POST", path)).json()
    assert ask(**client.headers("GET", "/identity/profile", renewed["access_token"])) == 200


def test_oauth_clients_send_forms(stack: Stack, tokens: dict[str, Any]) -> None:
    def form(path: str, text: str, **headers: str) -> Reply:
        return stack.request("POST", path, text, content_type="application/x-www-form-urlencoded", **headers)

    refresh = f"grant_type=refresh_token&refresh_token={tokens['refresh_token']}"
    renewed = form("/identity/token/refresh", f"{refresh}&client_id=app&scope=")
    assert (renewed.status, renewed.json()["token_type"]) == (200, "bearer")
    assert form("/identity/token/refresh", "grant_type=password&refresh_token=x").json()["error"] == (
        "unsupported_grant_type"
    )
    assert form("/identity/token/refresh", f"{refresh}&refresh_token=x").json()["error"] == "invalid_request"
    assert form("/identity/token/refresh", "a=%ff").status == 400
    bearer = f"Bearer {tokens['access_token']}"
    token = f"token={renewed.json()['refresh_token']}&token_type_hint=refresh_token"
    assert form("/identity/token/introspect", token, Authorization=bearer).json()["active"] is True
    assert form("/identity/token/revoke", token).status == 200
    assert form("/identity/register", "username=a").status == 415


def test_an_export_is_sealed_to_whoever_holds_the_key(stack: Stack, tokens: dict[str, Any]) -> None:
    key, bearer = OpeningKey.random(), f"Bearer {tokens['access_token']}"
    recipient = key.recipient().as_text()
    sealed = stack.request("GET", f"/consent/export?recipient={recipient}", Authorization=bearer)
    assert (sealed.status, sealed.headers["content-type"]) == (200, MEDIA_TYPE)
    export = b"".join(open_file(key, [sealed.body]))
    verify_export(export)
    assert json.loads(export)["subject"].encode() not in sealed.body
    for wrong in (recipient[:-1], recipient + "A", "_" * len(recipient), ""):
        refused = stack.request("GET", f"/consent/export?recipient={wrong}", Authorization=bearer)
        assert (refused.status, refused.json()["code"]) == (422, "request_invalid")


def test_parallel_registrations_of_one_name_make_one_account(stack: Stack, username: str) -> None:
    credentials = {"username": username, "password": PASSWORD}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: stack.post("/identity/register", credentials), range(8)))
    assert sorted(answer.status for answer in answers) == [201, *[409] * 7]
    assert stack.post("/identity/auth", credentials).status == 200


def test_the_limit_of_a_user_holds_when_requests_are_parallel(stack: Stack, tokens: dict[str, Any]) -> None:
    bearer = f"Bearer {tokens['access_token']}"
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda _: stack.request("GET", "/identity/profile", Authorization=bearer), range(200)))
    statuses = [answer.status for answer in answers]
    assert set(statuses) == {200, 429}
    assert statuses.count(200) == 100
    limited = next(answer for answer in answers if answer.status == 429)
    assert limited.headers["content-type"] == "application/problem+json"
    assert limited.json()["code"] == "rate_limited"
    assert 0 < int(limited.headers["retry-after"]) <= 61


def test_guessing_is_throttled_and_the_owner_is_not(stack: Stack, username: str) -> None:
    credentials = {"username": username, "password": PASSWORD}
    stack.post("/identity/register", credentials)
    cookie = stack.post("/identity/auth", credentials).cookies[0].partition(";")[0]
    guesses = [stack.post("/identity/auth", {**credentials, "password": "wrong"}) for _ in range(12)]
    assert [answer.status for answer in guesses[:5]] == [401] * 5
    throttled = [answer for answer in guesses if answer.status == 429]
    assert int(throttled[-1].headers["retry-after"]) >= 1
    assert stack.post("/identity/auth", credentials, Cookie=cookie).status == 200
