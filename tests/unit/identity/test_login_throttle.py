"""Guessing is slowed down; the owner is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.identity.errors import IdentityError, Reason
from lukhas_common.identity.login_throttle import Client, Lane
from tests.world import HERE, PASSWORD, World

STRANGER = Client("203.0.113.9")


def attempt(world: World, username: str = "ada", password: str = "wrong", client: Client = STRANGER) -> Reason | None:
    try:
        world.login.authenticate(username, password, client)
    except IdentityError as error:
        return error.reason
    return None


def test_guesses_are_made_to_wait_twice_as_long_each_time(world: World) -> None:
    world.registered()
    assert [attempt(world) for _ in range(5)] == [Reason.CREDENTIALS_INVALID] * 5
    waits = []
    for _ in range(12):
        with pytest.raises(IdentityError) as caught:
            world.login.authenticate("ada", PASSWORD, STRANGER)
        assert caught.value.reason is Reason.LOGIN_THROTTLED
        waits.append(caught.value.retry_after)
        world.clock.advance(caught.value.retry_after or 0)
        assert attempt(world) is Reason.CREDENTIALS_INVALID
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


def test_the_owner_gets_in_while_someone_guesses(world: World) -> None:
    cookie = world.registered().device_cookie
    for _ in range(300):
        attempt(world)
    assert attempt(world, password=PASSWORD, client=Client("198.51.100.4")) is Reason.LOGIN_THROTTLED
    assert attempt(world, password=PASSWORD, client=Client("198.51.100.4", cookie)) is None
    assert attempt(world, password=PASSWORD, client=Client("203.0.113.9", cookie)) is None


def test_a_stolen_device_is_slowed_down_alone(world: World) -> None:
    stolen = world.registered().device_cookie
    other = world.login.authenticate("ada", PASSWORD, HERE).device_cookie
    for _ in range(20):
        attempt(world, client=Client("203.0.113.9", stolen))
    assert attempt(world, password=PASSWORD, client=Client("203.0.113.9", stolen)) is Reason.LOGIN_THROTTLED
    assert attempt(world, password=PASSWORD, client=Client("203.0.113.9", other)) is None


@given(cookie=st.one_of(st.text(max_size=80), st.just("a.b.c"), st.just(".9999999999.")))
def test_an_invented_device_cookie_is_a_stranger(cookie: str) -> None:
    world = World()
    world.registered()
    for _ in range(6):
        attempt(world)
    assert attempt(world, password=PASSWORD, client=Client("198.51.100.4", cookie)) is Reason.LOGIN_THROTTLED


def test_a_device_cookie_is_for_one_user_and_ends(world: World) -> None:
    cookie = world.registered().device_cookie
    assert world.throttle.knows("ada", cookie, world.clock())
    assert not world.throttle.knows("eve", cookie, world.clock())
    world.clock.advance(90 * 86400)
    assert not world.throttle.knows("ada", cookie, world.clock())


def test_one_address_cannot_try_many_usernames(world: World) -> None:
    answers = [attempt(world, username=f"user{number}") for number in range(60)]
    assert answers[:50] == [Reason.CREDENTIALS_INVALID] * 50
    assert Reason.LOGIN_THROTTLED in answers[50:]


def test_addresses_of_one_ipv6_network_are_one_source(world: World) -> None:
    answers = [attempt(world, f"user{n}", client=Client(f"2001:db8::{n:x}")) for n in range(60)]
    assert Reason.LOGIN_THROTTLED in answers


def test_parallel_guesses_add_up(world: World) -> None:
    """Each of them reads the lane before any other has written it."""
    admitted = 0
    world.lanes.load = lambda lane_ids: dict.fromkeys(lane_ids, Lane())  # type: ignore[method-assign]
    for _ in range(64):
        try:
            world.throttle.admit("ada", STRANGER, world.clock())
            admitted += 1
        except IdentityError:
            pass
    assert admitted == 5


def test_parallel_guesses_over_many_names_add_up_for_their_address(world: World) -> None:
    """All are let through before one has failed, and then all of them fail."""
    now = world.clock()
    attempts = [world.throttle.admit(f"user{number}", STRANGER, now) for number in range(40)]
    for admitted in attempts:
        world.throttle.failed(admitted, now)
    assert [lane.failures for name, lane in world.lanes.lanes.items() if "source" in name] == [40]


def test_strangers_cannot_keep_the_owner_from_changing_the_password(world: World) -> None:
    world.registered()
    user = world.users.by_username("ada")
    assert user is not None
    for _ in range(100):
        attempt(world)
    session = Client("203.0.113.9", session_id="session-1")
    assert world.login.change_password(user.user_id, PASSWORD, "another long passphrase 42", session)


def test_a_stolen_session_is_slowed_down_too(world: World) -> None:
    world.registered()
    user = world.users.by_username("ada")
    assert user is not None
    thief = Client("203.0.113.9", session_id="session-1")
    reasons = []
    for _ in range(7):
        with pytest.raises(IdentityError) as caught:
            world.login.change_password(user.user_id, "wrong", "another long passphrase 42", thief)
        reasons.append(caught.value.reason)
    assert reasons == [Reason.CREDENTIALS_INVALID] * 5 + [Reason.LOGIN_THROTTLED] * 2


def test_every_refused_password_is_logged_with_its_source_and_without_what_was_typed(world: World) -> None:
    world.registered()
    for name in ("ada", "typed-a-password-here"):
        for _ in range(6):
            attempt(world, username=name)
    with pytest.raises(IdentityError):
        world.login.authenticate("ada", PASSWORD, HERE, ("admin:all",))
    refusals = [details for name, details in world.audit.events if name == "identity.password_refused"]
    assert {details["source_ip"] for details in refusals} == {"203.0.113.9", "192.0.2.1"}
    assert {details["reason"] for details in refusals} == {
        Reason.CREDENTIALS_INVALID,
        Reason.LOGIN_THROTTLED,
    }
    assert "typed" not in repr(world.audit.events)


def test_a_success_forgives(world: World) -> None:
    world.registered()
    for _ in range(4):
        attempt(world)
    assert attempt(world, password=PASSWORD) is None
    assert [attempt(world) for _ in range(5)] == [Reason.CREDENTIALS_INVALID] * 5


def test_failures_are_forgotten_one_by_one(world: World) -> None:
    world.registered()
    for _ in range(5):
        attempt(world)
    world.clock.advance(2 * 900)
    assert [attempt(world) for _ in range(3)] == [
        Reason.CREDENTIALS_INVALID,
        Reason.CREDENTIALS_INVALID,
        Reason.LOGIN_THROTTLED,
    ]


def test_an_address_that_many_share_drains_in_minutes(world: World) -> None:
    for number in range(60):
        attempt(world, username=f"user{number}")
    assert attempt(world, username="someone") is Reason.LOGIN_THROTTLED
    world.clock.advance(60)
    assert attempt(world, username="someone") is Reason.CREDENTIALS_INVALID


def test_what_was_typed_as_a_username_is_not_stored(world: World) -> None:
    attempt(world, username="my-secret-password")
    assert "secret" not in repr(world.lanes.lanes)


def test_an_unknown_user_and_a_wrong_password_are_answered_alike(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.registered()
    calls: list[str] = []
    verify = type(world.hasher).verify
    monkeypatch.setattr(type(world.hasher), "verify", lambda self, *args: calls.append("verify") or verify(self, *args))
    details = []
    for name in ("ada", "nobody"):
        with pytest.raises(IdentityError) as caught:
            world.login.authenticate(name, "wrong", STRANGER)
        details.append((caught.value.reason, caught.value.detail))
    assert details[0] == details[1]
    assert calls == ["verify", "verify"]
