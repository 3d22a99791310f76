"""Refresh tokens rotate; theft ends a session, a lost answer does not."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.identity.errors import IdentityError, Reason
from lukhas_common.identity.refresh_tokens import RefreshTokens, digest
from tests.fakes import server_key
from tests.world import HERE, PASSWORD, World


def refused(world: World, token: str) -> Reason:
    with pytest.raises(IdentityError) as caught:
        world.login.refresh(token)
    return caught.value.reason


def test_a_refresh_gives_new_tokens_that_work(world: World) -> None:
    first = world.registered()
    second = world.login.refresh(first.refresh_token)
    assert second.refresh_token != first.refresh_token
    assert second.access_token != first.access_token
    assert world.ask(second.access_token).allowed


def test_the_successor_is_an_hmac_and_only_digests_are_stored(world: World) -> None:
    first = world.registered()
    second = world.login.refresh(first.refresh_token)
    assert second.refresh_token == RefreshTokens(server_key).successor(first.refresh_token)
    stored = repr(world.session_store.sessions)
    assert digest(second.refresh_token) in stored
    assert second.refresh_token not in stored
    assert first.refresh_token not in stored


@pytest.mark.parametrize("seconds", [0, 3, 10])
def test_a_repeat_within_the_grace_gets_the_same_successor(world: World, seconds: int) -> None:
    first = world.registered()
    second = world.login.refresh(first.refresh_token)
    world.clock.advance(seconds)
    again = world.login.refresh(first.refresh_token)
    assert again.refresh_token == second.refresh_token
    assert world.ask(again.access_token).allowed


def test_a_repeat_after_the_grace_revokes_the_family(world: World) -> None:
    first = world.registered()
    second = world.login.refresh(first.refresh_token)
    world.clock.advance(10.01)
    assert refused(world, first.refresh_token) is Reason.REFRESH_TOKEN_REUSED
    assert refused(world, second.refresh_token) is Reason.SESSION_ENDED
    assert world.ask(second.access_token).reason is Reason.TOKEN_REVOKED
    assert ("identity.refresh_refused", {"reason": Reason.REFRESH_TOKEN_REUSED}) in world.audit.events


def test_without_a_grace_a_first_use_is_no_repeat(world: World) -> None:
    strict = replace(world.login, sessions=replace(world.sessions, grace=0))
    first = world.registered()
    assert strict.refresh(first.refresh_token)
    world.clock.advance(0.001)
    with pytest.raises(IdentityError) as caught:
        strict.refresh(first.refresh_token)
    assert caught.value.reason is Reason.REFRESH_TOKEN_REUSED


def test_an_older_token_revokes_the_family_even_within_the_grace(world: World) -> None:
    first = world.registered()
    second = world.login.refresh(first.refresh_token)
    third = world.login.refresh(second.refresh_token)
    assert refused(world, first.refresh_token) is Reason.REFRESH_TOKEN_REUSED
    assert refused(world, third.refresh_token) is Reason.SESSION_ENDED


def test_guessing_at_refresh_tokens_costs_nobody_a_session(world: World) -> None:
    tokens = world.registered()
    session_id = next(iter(world.session_store.sessions))
    forged = RefreshTokens(lambda purpose: b"x" * 32).first(session_id)
    assert refused(world, forged) is Reason.REFRESH_TOKEN_INVALID
    assert world.login.refresh(tokens.refresh_token)


@given(data=st.data())
def test_no_altered_refresh_token_is_ours(data: st.DataObject) -> None:
    tokens = RefreshTokens(server_key)
    token = tokens.first("01a201ec-885b-7d64-90a4-8da2819ef2a3")
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters().filter(lambda char: char != token[place]))
    altered = data.draw(
        st.sampled_from([token[:place] + other + token[place + 1 :], token[:place], token + other, other + token])
    )
    assert tokens.session_of(altered) is None


def test_a_refresh_token_expires(world: World) -> None:
    tokens = world.registered()
    world.clock.advance(7 * 86400)
    assert refused(world, tokens.refresh_token) is Reason.SESSION_ENDED


def test_a_session_ends_however_often_it_is_refreshed(world: World) -> None:
    tokens = world.registered()
    for _ in range(5):
        world.clock.advance(6 * 86400 - 1)
        tokens = world.login.refresh(tokens.refresh_token)
    assert tokens.expires_in <= 5
    world.clock.advance(5)
    assert not world.ask(tokens.access_token).allowed
    assert refused(world, tokens.refresh_token) is Reason.SESSION_ENDED


def test_logout_ends_access_and_refresh(world: World) -> None:
    tokens = world.registered()
    session_id = next(iter(world.session_store.sessions))
    world.session_store.revoke(session_id, "logout")
    assert world.ask(tokens.access_token).reason is Reason.TOKEN_REVOKED
    assert refused(world, tokens.refresh_token) is Reason.SESSION_ENDED


def test_a_new_password_ends_all_sessions_but_the_one_it_starts(world: World) -> None:
    old = world.registered()
    user = world.users.by_username("ada")
    assert user is not None
    new = world.login.change_password(user.user_id, PASSWORD, "another long passphrase 42", HERE)
    assert world.ask(old.access_token).reason is Reason.TOKEN_REVOKED
    assert refused(world, old.refresh_token) is Reason.SESSION_ENDED
    assert world.ask(new.access_token).allowed


def test_a_login_that_is_demanded_ends_the_sessions_before_it(world: World) -> None:
    old = world.registered()
    user = world.users.by_username("ada")
    assert user is not None
    world.users.users[user.user_id] = replace(user, fresh_after=world.clock())
    assert world.ask(old.access_token).reason is Reason.TOKEN_REVOKED
    assert world.introspection.facts(old.refresh_token) is None
    assert refused(world, old.refresh_token) is Reason.SESSION_ENDED
    world.clock.advance(1)
    assert world.ask(world.login.authenticate("ada", PASSWORD, HERE).access_token).allowed


def test_a_session_started_with_the_old_password_meanwhile_is_dead(world: World) -> None:
    """The login read the user before the change, and writes its session after it."""
    world.registered()
    before = world.users.by_username("ada")
    assert before is not None
    world.login.change_password(before.user_id, PASSWORD, "another long passphrase 42", HERE)
    session, refresh_token = world.sessions.start(before, before.scopes, world.clock())
    access_token, _ = world.issuer.issue(session, world.clock())
    assert world.ask(access_token).reason is Reason.TOKEN_REVOKED
    assert refused(world, refresh_token) is Reason.SESSION_ENDED


@given(steps=st.lists(st.sampled_from(["use", "repeat", "wait", "logout"]), max_size=12))
def test_at_most_one_successor_and_never_life_after_death(steps: list[str]) -> None:
    """Whatever the order of calls, a token has one successor, and a dead session stays dead."""
    world = World()
    tokens = [world.registered().refresh_token]
    session_id = next(iter(world.session_store.sessions))
    successors: dict[str, set[str]] = {}
    dead = False
    seen = Counter[str]()
    for step in steps:
        seen[step] += 1
        if step == "wait":
            world.clock.advance(11)
        elif step == "logout":
            world.session_store.revoke(session_id, "logout")
            dead = True
        else:
            token = tokens[-1] if step == "use" or len(tokens) < 2 else tokens[-2]
            try:
                answer = world.login.refresh(token).refresh_token
            except IdentityError:
                dead = True
            else:
                assert not dead
                successors.setdefault(token, set()).add(answer)
                if answer not in tokens:
                    tokens.append(answer)
    assert all(len(answers) == 1 for answers in successors.values())
