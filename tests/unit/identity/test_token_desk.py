"""Revocation (RFC 7009) and introspection (RFC 7662) of every kind of token."""

from __future__ import annotations

import pytest

from tests.dpop_client import DpopClient
from tests.world import HERE, PASSWORD, World

KINDS = ["access", "refresh", "qrg", "handle"]


@pytest.fixture
def of_kind(world: World) -> dict[str, str]:
    tokens = world.registered()
    user = world.users.by_username("ada")
    assert user is not None
    qrg = world.qrg.generate_qrg_token(user.user_id, ["identity:read"])
    return {
        "access": tokens.access_token,
        "refresh": tokens.refresh_token,
        "qrg": qrg,
        "handle": f"QRG_{world.qrg.decode_token(qrg)['cti']}",
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_token_is_described_and_a_revoked_one_is_not(world: World, of_kind: dict[str, str], kind: str) -> None:
    facts = world.introspection.facts(of_kind[kind])
    user = world.users.by_username("ada")
    assert facts is not None
    assert user is not None
    assert facts.user_id == user.user_id
    assert facts.client_id == ("qrg" if kind in ("qrg", "handle") else "lukhas")
    assert set(facts.scopes) <= set(user.scopes)
    assert facts.expires_at > world.clock()
    assert facts.token_type == (None if kind == "refresh" else "Bearer")
    world.revocation.revoke(of_kind[kind])
    world.revocation.revoke(of_kind[kind])
    assert world.introspection.facts(of_kind[kind]) is None


@pytest.mark.parametrize("kind", KINDS)
def test_an_expired_token_is_not_described(world: World, of_kind: dict[str, str], kind: str) -> None:
    world.clock.advance(8 * 86400)
    assert world.introspection.facts(of_kind[kind]) is None
    world.revocation.revoke(of_kind[kind])


@pytest.mark.parametrize("text", ["", "x", "rt_", "rt_AAAA", "QRG_", "QRG_" + "0" * 32, "a.b.c", "\ud800", "Ā" * 9000])
def test_what_is_no_token_is_neither_described_nor_an_error(world: World, text: str) -> None:
    assert world.introspection.facts(text) is None
    world.revocation.revoke(text)
    assert not world.revocations.denied


def test_revoking_an_access_token_leaves_its_session_alone(world: World) -> None:
    tokens = world.registered()
    world.revocation.revoke(tokens.access_token)
    assert not world.ask(tokens.access_token).allowed
    renewed = world.login.refresh(tokens.refresh_token)
    assert world.ask(renewed.access_token).allowed


def test_revoking_a_refresh_token_ends_its_session(world: World) -> None:
    tokens = world.registered()
    renewed = world.login.refresh(tokens.refresh_token)
    world.revocation.revoke(tokens.refresh_token)
    assert not world.ask(renewed.access_token).allowed
    assert world.introspection.facts(renewed.refresh_token) is None


def test_a_spent_refresh_token_is_not_good(world: World) -> None:
    tokens = world.registered()
    renewed = world.login.refresh(tokens.refresh_token)
    assert world.introspection.facts(tokens.refresh_token) is None
    assert world.introspection.facts(renewed.refresh_token) is not None


def test_an_access_token_is_refused_by_its_id_whatever_its_spelling(world: World) -> None:
    tokens = world.registered()
    facts = world.introspection.facts(tokens.access_token)
    assert facts is not None
    world.revocation.revoke(tokens.access_token)
    assert set(world.revocations.denied) == {facts.token_id}


def test_a_bound_token_is_described_with_its_key(world: World) -> None:
    world.accounts.register("ada", PASSWORD)
    client = DpopClient("https://api.example.org", world.clock)
    from lukhas_common.identity.dpop import verify_proof

    path = "/identity/auth"
    proof = verify_proof(
        client.proof("POST", path), method="POST", url=f"https://api.example.org{path}", now=world.clock()
    )
    tokens = world.login.authenticate("ada", PASSWORD, HERE, None, proof)
    for token, kind in ((tokens.access_token, "DPoP"), (tokens.refresh_token, None)):
        facts = world.introspection.facts(token)
        assert facts is not None
        assert (facts.token_type, facts.key_thumbprint) == (kind, proof.thumbprint)
