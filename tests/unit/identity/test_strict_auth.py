"""The authorizer's checks, their order, and that it denies when in doubt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.identity import jose
from lukhas_common.identity.errors import Reason
from lukhas_common.identity.strict_auth import StrictAuth
from lukhas_common.routes import ROUTES
from tests.world import HERE, PASSWORD, SCOPES, World

PROFILE = "GET /identity/profile"


def test_a_live_token_with_the_scope_is_let_through_and_says_who_asks(world: World) -> None:
    decision = world.ask(world.registered().access_token)
    assert decision.allowed
    assert decision.user is not None
    user = world.users.by_username("ada")
    assert user is not None
    assert (decision.user.user_id, decision.user.client_id) == (user.user_id, "lukhas")
    assert decision.user.scopes == set(SCOPES)


@pytest.mark.parametrize("path", ["/health", "/docs", "/openapi.json"])
def test_exempted_paths_need_nothing(world: World, path: str) -> None:
    assert world.ask(None, f"GET {path}", scheme="http").allowed


@pytest.mark.parametrize("route", ["GET /admin", "POST /identity/profile", "", "$default", "GET /identity/profile/"])
def test_a_route_that_is_not_listed_is_denied(world: World, route: str) -> None:
    decision = world.ask(world.registered().access_token, route)
    assert (decision.allowed, decision.reason) == (False, Reason.ROUTE_UNKNOWN)


def test_an_exempted_path_does_not_open_a_protected_route(world: World) -> None:
    assert not world.ask(None, PROFILE, path="/health").allowed


@pytest.mark.parametrize("scheme", ["http", "", "HTTPS", "https,http", "https "])
def test_anything_but_https_is_refused_before_the_token_is_read(world: World, scheme: str) -> None:
    assert world.ask("nonsense", scheme=scheme).reason is Reason.HTTPS_REQUIRED


def test_a_local_stage_may_be_called_without_https(world: World) -> None:
    world.auth.require_https = False
    assert world.ask(world.registered().access_token, scheme="http").allowed


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ((), Reason.AUTHORIZATION_MISSING),
        (("",), Reason.AUTHORIZATION_MISSING),
        (("Bearer TOKEN", "Bearer TOKEN"), Reason.AUTHORIZATION_MALFORMED),
        (("Bearer TOKEN,Bearer TOKEN",), Reason.AUTHORIZATION_MALFORMED),
        (("Bearer TOKEN, Basic eDp5",), Reason.AUTHORIZATION_MALFORMED),
        (("bearer TOKEN",), Reason.AUTHORIZATION_MALFORMED),
        (("BEARER TOKEN",), Reason.AUTHORIZATION_MALFORMED),
        (("Bearer  TOKEN",), Reason.AUTHORIZATION_MALFORMED),
        (("Bearer TOKEN ",), Reason.AUTHORIZATION_MALFORMED),
        (("Bearer\tTOKEN",), Reason.AUTHORIZATION_MALFORMED),
        (("Bearer TOKEN\n",), Reason.AUTHORIZATION_MALFORMED),
        (("Basic eDp5",), Reason.AUTHORIZATION_MALFORMED),
        (("TOKEN",), Reason.AUTHORIZATION_MALFORMED),
        (("Bearer",), Reason.AUTHORIZATION_MALFORMED),
    ],
)
def test_only_one_exact_bearer_header_is_read(world: World, headers: tuple[str, ...], reason: Reason) -> None:
    token = world.registered().access_token
    given = tuple(header.replace("TOKEN", token) for header in headers)
    assert world.ask(None, authorization=given).reason is reason


def test_an_expired_token_is_refused_to_the_second(world: World) -> None:
    tokens = world.registered()
    world.clock.advance(tokens.expires_in - 1)
    assert world.ask(tokens.access_token).allowed
    world.clock.advance(1)
    assert world.ask(tokens.access_token).reason is Reason.TOKEN_EXPIRED


def test_logout_is_felt_by_the_next_request(world: World) -> None:
    token = world.registered().access_token
    assert world.ask(token).allowed
    world.session_store.revoke(next(iter(world.session_store.sessions)), "logout")
    assert world.ask(token).reason is Reason.TOKEN_REVOKED


def test_a_session_that_vanished_is_refused(world: World) -> None:
    token = world.registered().access_token
    world.session_store.sessions.clear()
    assert world.ask(token).reason is Reason.TOKEN_REVOKED


def test_a_user_who_vanished_is_refused(world: World) -> None:
    token = world.registered().access_token
    world.users.users.clear()
    assert world.ask(token).reason is Reason.TOKEN_REVOKED


def test_a_token_cannot_borrow_a_session_of_someone_else(world: World) -> None:
    world.registered("ada")
    token = world.registered("eve").access_token
    claims, _kid = jose.verify(token, "at+jwt", world.verifier.keys)
    ada = next(s for s in world.session_store.sessions.values() if s.user_id != claims["sub"])
    mixed = jose.sign("at+jwt", {**claims, "sid": ada.session_id}, world.signer)
    assert world.ask(mixed).reason is Reason.TOKEN_REVOKED


def test_the_hundred_and_first_request_of_a_minute_is_limited(world: World) -> None:
    token = world.registered().access_token
    decisions = [world.ask(token) for _ in range(101)]
    assert [decision.allowed for decision in decisions] == [True] * 100 + [False]
    assert decisions[-1].reason is Reason.RATE_LIMITED
    assert 0 < decisions[-1].retry_after <= 61
    world.clock.advance(decisions[-1].retry_after)
    assert world.ask(token).allowed


def test_all_tokens_of_a_user_share_one_limit(world: World) -> None:
    world.accounts.register("ada", PASSWORD)
    tokens = [world.login.authenticate("ada", PASSWORD, HERE).access_token for _ in range(4)]
    assert sum(world.ask(tokens[turn % 4]).allowed for turn in range(120)) == 100


def test_a_refused_request_is_not_counted_against_the_limit(world: World) -> None:
    world.registered()
    narrow = world.login.authenticate("ada", PASSWORD, HERE, ("identity:read",)).access_token
    for _ in range(150):
        assert world.ask(narrow, "PUT /identity/password").reason is Reason.SCOPE_MISSING
    assert world.ask(narrow).allowed


@pytest.mark.parametrize("error", [TimeoutError(), OSError(), KeyError("x"), RuntimeError("token=abc")])
def test_a_failing_store_denies_and_tells_no_details(world: World, error: Exception) -> None:
    token = world.registered().access_token
    world.standings.broken = error
    assert world.ask(token).reason is Reason.UNAVAILABLE
    assert world.audit.alarms == ["auth.failed"]
    assert "token=abc" not in repr(world.audit.events)


def test_what_cannot_be_logged_does_not_happen(world: World) -> None:
    token = world.registered().access_token
    world.audit.broken = True
    assert not world.ask(token).allowed


def test_every_decision_is_logged_without_the_token(world: World) -> None:
    token = world.registered().access_token
    world.ask(token)
    message, _, signature = token.rpartition(".")
    world.ask(f"{message}.{signature[::-1]}")
    world.ask(None)
    logged = [details for name, details in world.audit.events if name.startswith("auth.")]
    assert [details["reason"] for details in logged] in (
        [None, "signature_invalid", "authorization_missing"],
        [None, "token_invalid", "authorization_missing"],
    )
    assert token.split(".")[2] not in repr(logged)
    assert {details["request_id"] for details in logged} == {"request-1"}


def test_a_bad_token_costs_no_read_of_storage(world: World) -> None:
    world.ask("a.b.c")
    world.ask(None)
    assert world.standings.loads == 0


@given(token=st.text(max_size=300))
def test_no_text_is_a_token(token: str) -> None:
    world = World()
    assert not world.ask(token).allowed


@pytest.mark.parametrize("route", [key for key, route in ROUTES.items() if not route.is_public])
def test_every_protected_route_refuses_a_request_without_a_token(world: World, route: str) -> None:
    assert world.ask(None, route).reason is Reason.AUTHORIZATION_MISSING


def test_exempted_paths_can_be_chosen(world: World) -> None:
    auth = StrictAuth(
        world.bearer,
        world.standings,
        world.limiter,
        world.revocations,
        world.audit,
        world.clock,
        ["/ping"],
        require_https=False,
    )
    world.auth = auth
    assert world.ask(None, "GET /ping").allowed
    assert not world.ask(None, "GET /docs").allowed
