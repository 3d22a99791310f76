"""What an outage must not cost: a session, or writes for requests that come to nothing."""

from __future__ import annotations

import pytest

from lukhas_common.identity.dpop import verify_proof
from lukhas_common.identity.errors import IdentityError, Reason
from tests.dpop_client import DpopClient
from tests.world import HERE, PASSWORD, World

BASE = "https://api.example.org"


def test_a_refresh_that_could_not_be_signed_is_no_theft(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = world.registered()

    def fails(*_: object) -> None:
        raise OSError("KMS is throttled")

    with monkeypatch.context() as outage:
        outage.setattr(world.vault, "signer", fails)
        for _ in range(3):
            with pytest.raises(OSError):  # noqa: PT011
                world.login.refresh(tokens.refresh_token)
            world.clock.advance(60)
    renewed = world.login.refresh(tokens.refresh_token)
    assert world.ask(renewed.access_token).allowed


def test_a_proof_beside_a_refresh_token_that_is_none_is_not_written_down(world: World) -> None:
    client = DpopClient(BASE, world.clock)
    path = "/identity/token/refresh"
    proof = verify_proof(client.proof("POST", path), method="POST", url=BASE + path, now=world.clock())
    with pytest.raises(IdentityError, match=Reason.REFRESH_TOKEN_INVALID):
        world.login.refresh("rt_nonsense", proof)
    assert not world.revocations.spent


def test_a_caller_over_the_limit_spends_no_proof(world: World) -> None:
    world.accounts.register("ada", PASSWORD)
    client = DpopClient(BASE, world.clock)
    path = "/identity/auth"
    proof = verify_proof(client.proof("POST", path), method="POST", url=BASE + path, now=world.clock())
    token = world.login.authenticate("ada", PASSWORD, HERE, None, proof).access_token
    reasons = []
    for _ in range(105):
        sent = client.headers("GET", "/identity/profile", token)
        decision = world.ask(None, authorization=(sent["authorization"],), proofs=(sent["dpop"],))
        reasons.append(decision.reason)
    assert reasons == [None] * 100 + [Reason.RATE_LIMITED] * 5
    assert len(world.revocations.spent) == 101
