"""Registration: one name, one account, whatever dies in between."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.identity.errors import IdentityError, Reason
from lukhas_common.identity.password_hashes import PasswordHasher
from lukhas_common.identity.users import Accounts, User, _derived_id
from tests.world import HERE, PASSWORD, SCOPES, World


def refused(world: World, username: str, password: str = PASSWORD, key: str | None = None) -> Reason:
    with pytest.raises(IdentityError) as caught:
        world.accounts.register(username, password, key)
    return caught.value.reason


def test_a_new_account_has_the_default_scopes_and_no_plain_password(world: World) -> None:
    user = world.accounts.register("Ada", PASSWORD)
    assert (user.username, user.scopes, user.epoch) == ("ada", SCOPES, 1)
    assert PASSWORD not in repr(user)
    assert user.password_hash.startswith("$argon2id$")


@pytest.mark.parametrize("other", ["ada", "ADA", " ada ", "ａｄａ"])
def test_a_name_is_taken_in_every_spelling(world: World, other: str) -> None:
    world.accounts.register("Ada", PASSWORD)
    assert refused(world, other) is Reason.USERNAME_TAKEN


@given(name=st.text(max_size=80))
def test_only_plain_names_are_accepted(name: str) -> None:
    world = World()
    try:
        user = world.accounts.register(name, PASSWORD)
    except IdentityError as error:
        assert error.reason is Reason.USERNAME_INVALID
    else:
        assert user.username.isascii()
        assert 3 <= len(user.username) <= 64


def test_the_same_idempotency_key_gives_the_same_account(world: World) -> None:
    first = world.accounts.register("ada", PASSWORD, "key")
    assert world.accounts.register("ada", PASSWORD, "key") == first
    assert len(world.users.users) == 1


def test_an_idempotency_key_is_not_a_second_password(world: World) -> None:
    world.accounts.register("ada", PASSWORD, "key")
    assert refused(world, "ada", "another long passphrase 42", "key") is Reason.IDEMPOTENCY_KEY_REUSED


@pytest.mark.parametrize("password", [PASSWORD, "a wrong long passphrase 42"])
def test_a_key_tells_no_right_password_from_a_wrong_one_later(
    world: World, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    """Registration has no throttle: after a minute it looks at no password any more."""
    world.accounts.register("ada", PASSWORD, "key")
    world.clock.advance(61)
    monkeypatch.setattr(PasswordHasher, "verify", lambda *args: pytest.fail("a password was looked at"))
    assert refused(world, "ada", password, "key") is Reason.USERNAME_TAKEN


def test_a_key_is_spent_once_the_password_has_changed(world: World) -> None:
    user = world.accounts.register("ada", PASSWORD, "key")
    world.login.change_password(user.user_id, PASSWORD, "another long passphrase 42", HERE)
    for password in (PASSWORD, "another long passphrase 42"):
        assert refused(world, "ada", password, "key") is Reason.USERNAME_TAKEN


def test_a_registration_that_goes_on_late_cannot_lose_its_name_meanwhile(world: World) -> None:
    """Its claim is old, but it is at it again; someone else comes between claim and user."""
    first = world.accounts
    world.users.claim("ada", _derived_id("key", "ada"), now=world.clock(), stale_before=0)
    world.clock.advance(61)
    add = world.users.add

    def meanwhile(user: User) -> User:
        world.users.add = add  # type: ignore[method-assign]
        assert refused(world, "ada", "another long passphrase 42") is Reason.USERNAME_TAKEN
        return add(user)

    world.users.add = meanwhile  # type: ignore[method-assign]
    mine = first.register("ada", PASSWORD, "key")
    assert world.users.by_username("ada") == mine


def test_the_same_key_for_another_name_is_another_account(world: World) -> None:
    first = world.accounts.register("ada", PASSWORD, "key")
    assert world.accounts.register("eve", PASSWORD, "key").user_id != first.user_id


def test_a_registration_that_died_blocks_its_name_for_a_minute_only(world: World) -> None:
    world.users.claim("ada", "dead", now=world.clock(), stale_before=0)
    assert refused(world, "ada") is Reason.USERNAME_TAKEN
    world.clock.advance(61)
    assert world.accounts.register("ada", PASSWORD).username == "ada"
    assert world.login.authenticate("ada", PASSWORD, HERE)


def test_a_registration_that_died_goes_on_with_its_key(world: World) -> None:
    class Dead(Exception):
        pass

    def die(user: object) -> None:
        raise Dead

    alive, world.users.add = world.users.add, die  # type: ignore[method-assign, assignment]
    with pytest.raises(Dead):
        world.accounts.register("ada", PASSWORD, "key")
    world.users.add = alive  # type: ignore[method-assign]
    assert world.accounts.register("ada", PASSWORD, "key").username == "ada"


def test_an_account_in_use_is_never_taken_over(world: World) -> None:
    world.accounts.register("ada", PASSWORD)
    world.clock.advance(10 * 86400)
    assert refused(world, "ada", "another long passphrase 42") is Reason.USERNAME_TAKEN


@pytest.mark.parametrize(
    "password", ["hunter2", "passwordpassword", "123456789012345", "ada_ada_ada_ada_", "lukhaslukhaslukhas"]
)
def test_weak_passwords_are_refused_with_advice(world: World, password: str) -> None:
    with pytest.raises(IdentityError) as caught:
        world.accounts.register("ada", password)
    assert caught.value.reason is Reason.PASSWORD_WEAK
    assert "Use" in caught.value.detail or "Let" in caught.value.detail
    assert password not in caught.value.detail


def test_a_weak_new_password_changes_nothing(world: World) -> None:
    tokens = world.registered()
    user = world.users.by_username("ada")
    assert user is not None
    with pytest.raises(IdentityError):
        world.login.change_password(user.user_id, PASSWORD, "short", HERE)
    assert world.ask(tokens.access_token).allowed
    assert world.users.by_username("ada") == user


def test_the_old_password_is_asked_for(world: World) -> None:
    tokens = world.registered()
    user = world.users.by_username("ada")
    assert user is not None
    with pytest.raises(IdentityError) as caught:
        world.login.change_password(user.user_id, "wrong", "another long passphrase 42", HERE)
    assert caught.value.reason is Reason.CREDENTIALS_INVALID
    assert world.ask(tokens.access_token).allowed


def test_of_two_changes_that_race_one_wins(world: World) -> None:
    world.registered()
    user = world.users.by_username("ada")
    assert user is not None
    assert world.accounts.change_password(user, "another long passphrase 42").epoch == 2
    with pytest.raises(IdentityError) as caught:
        world.accounts.change_password(user, "a third long passphrase 43")
    assert caught.value.reason is Reason.CREDENTIALS_INVALID


def test_a_login_stores_the_hash_with_the_present_parameters_and_ends_nothing(world: World) -> None:
    tokens = world.registered()
    stronger = Accounts(
        world.users,
        PasswordHasher(memory_kib=128, time_cost=1),
        world.accounts.policy,
        (),
        60,
        world.audit,
        world.clock,
    )
    login = replace(world.login, accounts=stronger)
    login.authenticate("ada", PASSWORD, HERE)
    user = world.users.by_username("ada")
    assert user is not None
    assert "m=128" in user.password_hash
    assert world.ask(tokens.access_token).allowed


def test_a_login_may_ask_for_fewer_scopes_but_not_for_more(world: World) -> None:
    world.registered()
    narrow = world.login.authenticate("ada", PASSWORD, HERE, ("identity:read",))
    assert world.ask(narrow.access_token).allowed
    assert world.ask(narrow.access_token, "PUT /identity/password").reason is Reason.SCOPE_MISSING
    with pytest.raises(IdentityError) as caught:
        world.login.authenticate("ada", PASSWORD, HERE, ("admin:all",))
    assert caught.value.reason is Reason.SCOPE_NOT_GRANTED


def test_a_profile_that_is_gone_is_not_found(world: World) -> None:
    with pytest.raises(IdentityError) as caught:
        world.accounts.profile("nobody")
    assert caught.value.reason is Reason.USER_NOT_FOUND
