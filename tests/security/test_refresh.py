"""Refresh tokens under attack: each is spent once, and belongs to one session, which ends when one is stolen."""

from __future__ import annotations

from typing import Any

import pytest

from lukhas_common.crypto.base64url import b64url, unb64url
from lukhas_common.identity.errors import IdentityError, Reason
from tests.fakes import MemorySessions
from tests.security.forge import refusal
from tests.world import World


def refused_refresh(world: World, token: str) -> Reason:
    with pytest.raises(IdentityError) as refused:
        world.login.refresh(token)
    return refused.value.reason


def test_class_22_a_spent_refresh_token_ends_its_session(world: World) -> None:
    first = world.registered()
    second = world.login.refresh(first.refresh_token)
    world.clock.advance(11)
    assert refused_refresh(world, first.refresh_token) is Reason.REFRESH_TOKEN_REUSED
    assert refused_refresh(world, second.refresh_token) is Reason.SESSION_ENDED
    for token in (first.access_token, second.access_token):
        assert refusal(world, token) is Reason.TOKEN_REVOKED


def test_class_22_two_that_spend_one_token_get_one_successor(world: World) -> None:
    first = world.registered()
    assert len({world.login.refresh(first.refresh_token).refresh_token for _ in range(3)}) == 1
    assert len(world.session_store.sessions) == 1


def test_class_22_within_one_second_a_chain_is_still_a_chain(world: World) -> None:
    """The grace is for the token used last only, in the same second, too (Keycloak #50999)."""
    first = world.registered()
    second = world.login.refresh(first.refresh_token)
    world.login.refresh(second.refresh_token)
    assert refused_refresh(world, first.refresh_token) is Reason.REFRESH_TOKEN_REUSED
    assert refusal(world, second.access_token) is Reason.TOKEN_REVOKED


def test_class_22_a_refresh_token_is_of_one_session(world: World) -> None:
    ada, eve = world.registered("ada"), world.registered("eve")
    mine, other = (unb64url(tokens.refresh_token.removeprefix("rt_")) for tokens in (ada, eve))
    for cut in (12, 16, 32, 48, 56):
        for spliced in (mine[:cut] + other[cut:], other[:cut] + mine[cut:]):
            assert refused_refresh(world, f"rt_{b64url(spliced)}") is Reason.REFRESH_TOKEN_INVALID
    assert refused_refresh(world, ada.access_token) is Reason.REFRESH_TOKEN_INVALID
    assert world.login.refresh(ada.refresh_token)
    assert world.login.refresh(eve.refresh_token)


@pytest.mark.parametrize("first", ["revocation", "rotation"])
def test_class_22_a_revocation_wins_its_race_with_a_refresh(world: World, first: str) -> None:
    """Whichever write comes first, nothing that the refresh gave is good afterwards (Keycloak #51312)."""

    class Raced(MemorySessions):
        def rotate(self, session_id: str, **changes: Any) -> Any:
            if first == "revocation":
                self.revoke(session_id, "logout")
            found = super().rotate(session_id, **changes)
            self.revoke(session_id, "logout")
            return found

    tokens = world.registered()
    raced = Raced(world.session_store.sessions)
    object.__setattr__(world.sessions, "store", raced)
    if first == "revocation":
        assert refused_refresh(world, tokens.refresh_token) is Reason.SESSION_ENDED
    else:
        fresh = world.login.refresh(tokens.refresh_token)
        assert refusal(world, fresh.access_token) is Reason.TOKEN_REVOKED
        assert refused_refresh(world, fresh.refresh_token) is Reason.SESSION_ENDED
    assert refusal(world, tokens.access_token) is Reason.TOKEN_REVOKED
