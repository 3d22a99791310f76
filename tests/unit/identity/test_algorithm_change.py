"""Access tokens while their keys, or the algorithm of their keys, change: nobody is logged out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lukhas_common.identity.jose import segments
from tests.world import HERE, PASSWORD, QUARTER, World

HOUR = 3600


def algorithm_of(token: str) -> str:
    return str(segments(token)[0]["alg"])


@pytest.mark.parametrize(("old", "new"), [("ES256", "ML-DSA-44"), ("ML-DSA-44", "ES256"), ("ES256", "ES256")])
def test_tokens_of_both_keys_are_good_during_a_change(old: str, new: str) -> None:
    world = World(old)
    world.registered()
    ring = replace(world.access_ring, algorithm=new)
    world.clock.advance(QUARTER - 3 * HOUR)
    ring.tend()
    world.clock.advance(3 * HOUR - 60)
    before = world.login.authenticate("ada", PASSWORD, HERE)
    if old == new:
        assert algorithm_of(before.access_token) == old
        kid = world.signer.public_key.kid
    world.clock.advance(60)
    ring.tend()
    after = world.login.authenticate("ada", PASSWORD, HERE)
    assert algorithm_of(after.access_token) == new
    if old == new:
        assert world.signer.public_key.kid != kid
    assert [world.ask(tokens.access_token).allowed for tokens in (before, after)] == [True, True]
    renewed = world.login.refresh(before.refresh_token)
    assert algorithm_of(renewed.access_token) == new
    world.access_ring.rollback()
    again = world.login.refresh(after.refresh_token)
    assert algorithm_of(again.access_token) == old
    live = (before, after, renewed, again)
    assert all(world.ask(tokens.access_token).allowed for tokens in live), "going back ends nothing either"


def test_a_change_of_the_algorithm_waits_until_the_new_key_is_known() -> None:
    world = World("ES256")
    world.registered()
    ring = replace(world.access_ring, algorithm="ML-DSA-44")
    for minutes, wanted in ((0, "ES256"), (119, "ES256"), (2, "ML-DSA-44")):
        world.clock.advance(minutes * 60)
        ring.tend()
        assert algorithm_of(world.login.authenticate("ada", PASSWORD, HERE).access_token) == wanted


def test_an_access_token_of_ml_dsa_fits_the_header_limit() -> None:
    token = World("ML-DSA-44").registered().access_token
    assert 3_600 < len(token) < 4_200
