"""Requests under attack: one header with one token, counted against whoever it is."""

from __future__ import annotations

import pytest

from lukhas_common.identity.errors import Reason
from tests.security.forge import ACCESS, KINDS, URL, Target
from tests.world import HERE, PASSWORD


def headers(token: str) -> list[tuple[str, ...]]:
    """Authorization headers that another server may read as the token's."""
    good = f"Bearer {token}"
    return [
        (good, good),
        (good, ""),
        ("", good),
        (good, "Basic YTpi"),
        ("Basic YTpi", good),
        (f"{good}, {good}",),
        (f"{good},{good}",),
        (f"Basic YTpi, {good}",),
        (f"{good}, Basic YTpi",),
        (f"{good} {good}",),
        (f"{good};charset=utf-8",),
        (f"{good}\r\nX-Admin: 1",),
        (f"{good}\n",),
        (f" {good}",),
        (f"{good} ",),
        (f"\t{good}",),
        (f"Bearer  {token}",),
        (f"Bearer\t{token}",),
        (f"Bearer\u00a0{token}",),
        (f"Bearer{token}",),
        (f"bearer {token}",),
        (f"BEARER {token}",),
        (f"Bearer: {token}",),
        (f"Bearer, {token}",),
        (f'Bearer token="{token}"',),
        (f"Bearer {token}",) * 3,
        (f"Basic {token}",),
        (f"Token {token}",),
        (f"dpop {token}",),
        (token,),
        ("Bearer ",),
        ("Bearer",),
        (" ",),
        ("\ud800",),
        ("Ｂｅａｒｅｒ " + token,),
    ]


def test_class_23_one_header_with_one_token(target: Target) -> None:
    for header in headers(target.token):
        decision = target.world.ask(None, authorization=header)
        assert not decision.allowed, header
        assert decision.reason in (Reason.AUTHORIZATION_MALFORMED, Reason.TOKEN_INVALID)
        assert decision.user is None
    assert not target.world.audit.alarms


def test_class_23_no_token_outside_of_the_header(target: Target) -> None:
    """RFC 6750, section 2.3: a query is logged by everyone."""
    for changes in (
        {},
        {"authorization": ("",)},
        {"url": f"{URL}?access_token={target.token}"},
        {"url": f"{URL}#access_token={target.token}"},
        {"proofs": (target.token,)},
        {"source_ip": target.token},
    ):
        decision = target.world.ask(None, **changes)
        assert decision.reason is Reason.AUTHORIZATION_MISSING
        assert decision.user is None


@pytest.mark.parametrize(
    "route", ["GET /identity/Profile", "GET /identity/profile/", "get /identity/profile", "", "$default"]
)
def test_class_23_no_route_but_those_of_the_table(target: Target, route: str) -> None:
    decision = target.world.ask(target.token, "GET /identity/profile", route_key=route)
    assert decision.reason is Reason.ROUTE_UNKNOWN
    assert not target.world.ask(target.token, route, path="/health/../identity/profile").allowed


@pytest.mark.parametrize("scheme", ["http", "", "HTTPS", "https,http", "https "])
def test_class_23_no_token_without_tls(target: Target, scheme: str) -> None:
    assert target.world.ask(target.token, scheme=scheme).reason is Reason.HTTPS_REQUIRED


def admitted(target: Target, tokens: list[str], tries: int) -> int:
    """How many requests are let through, the tokens used in turn."""
    return sum(target.world.ask(tokens[number % len(tokens)]).allowed for number in range(tries))


def test_class_24_many_tokens_of_one_user_share_one_window(fresh: Target) -> None:
    """Sessions, both kinds and both forms: a hundred requests in sixty seconds."""
    world = fresh.world
    made = world.qrg.issuer.issue(fresh.user_id, ["identity:read"])
    again = world.login.authenticate("ada", PASSWORD, HERE)
    tokens = [fresh.token, fresh.session.access_token, again.access_token, made.token, made.handle]
    assert admitted(fresh, tokens, 130) == 100
    assert world.ask(fresh.token).reason is Reason.RATE_LIMITED
    assert world.ask(fresh.of_another()).allowed
    assert list(world.windows.windows) == list(world.users.users)


def test_class_24_no_double_burst_at_the_edge_of_a_window(fresh: Target) -> None:
    fresh.world.clock.now += 0.9
    assert admitted(fresh, [fresh.token], 100) == 100
    for wait in (0.2, 29, 30, 0.7):
        fresh.world.clock.advance(wait)
        assert admitted(fresh, [fresh.token], 5) == 0
    fresh.world.clock.advance(1)
    assert admitted(fresh, [fresh.token], 130) == 100


def test_class_24_a_clock_that_steps_back_gives_no_second_window(fresh: Target) -> None:
    fresh.world.clock.advance(5)
    assert admitted(fresh, [fresh.token], 100) == 100
    for step in (-1, -2, 1, 2):
        fresh.world.clock.advance(step)
        assert admitted(fresh, [fresh.token], 5) == 0


@pytest.mark.parametrize("kind", ACCESS)
def test_class_24_no_other_spelling_of_the_user_has_a_window(kind: str) -> None:
    target = Target(kind)
    user = target.user_id
    for other in (
        user.upper(),
        f"{user} ",
        f" {user}",
        user.replace("-", "\u2010"),
        user.replace("0", "\uff10"),
        f"{user}%00",
    ):
        if other != user:
            assert target.world.ask(target.forged(claims={"sub": other})).reason is Reason.TOKEN_REVOKED
    assert not target.world.windows.windows


@pytest.mark.parametrize("kind", KINDS)
def test_class_24_refused_requests_leave_the_owner_room(kind: str) -> None:
    """Whoever holds no good token cannot use up the window of someone who does."""
    target = Target(kind)
    for _ in range(150):
        assert not target.world.ask(target.token[:-1]).allowed
    assert admitted(target, [target.token], 100) == 100
