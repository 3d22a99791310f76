"""The main job over HTTP, and what makes it safe when calls race."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.flow import drive
from tests.stack import Stack
from tests.world import PASSWORD


def test_the_whole_life_of_an_account(stack: Stack) -> None:
    assert len(drive(stack.url)) == 7


def test_parallel_refreshes_of_one_token_get_one_successor(stack: Stack, tokens: dict[str, Any]) -> None:
    body = {"refresh_token": tokens["refresh_token"]}
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: stack.post("/identity/token/refresh", body), range(32)))
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


def test_parallel_registrations_of_one_name_make_one_account(stack: Stack, username: str) -> None:
    credentials = {"username": username, "password": PASSWORD}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: stack.post("/identity/register", credentials), range(8)))
    assert sorted(answer.status for answer in answers) == [201, *[409] * 7]
    assert stack.post("/identity/auth", credentials).status == 200


def test_the_limit_of_a_user_holds_when_requests_are_parallel(stack: Stack, tokens: dict[str, Any]) -> None:
    bearer = f"Bearer {tokens['access_token']}"
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: stack.request("GET", "/identity/profile", Authorization=bearer), range(150)))
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
