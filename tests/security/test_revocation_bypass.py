"""Revocation under attack: what was ended stays ended, however it is spelled, signed again, or raced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lukhas_common.crypto.base64url import b64url, unb64url
from lukhas_common.identity.errors import IdentityError, Reason
from lukhas_common.identity.strict_auth import StrictAuth
from tests.security.forge import KINDS, Target, refusal
from tests.security.test_signatures import P256
from tests.world import HERE, PASSWORD


def revoked_token(target: Target) -> None:
    target.world.revocation.revoke(target.token)


def revoked_session(target: Target) -> None:
    world = target.world
    if target.ring == "access":
        world.session_store.revoke(next(iter(world.session_store.sessions)), "logout")
    else:
        world.families.revoke(next(iter(world.families.families)), "revoked")


def revoked_kid(target: Target) -> None:
    ring = target.world.access_ring if target.ring == "access" else target.world.qrg_ring
    ring.revoke(target.signer.public_key.kid)


def changed_password(target: Target) -> None:
    target.world.login.change_password(target.user_id, PASSWORD, f"{PASSWORD}-2", HERE)


def deleted_user(target: Target) -> None:
    del target.world.users.users[target.user_id]


ENDS: list[Callable[[Target], None]] = [revoked_token, revoked_session, revoked_kid, changed_password, deleted_user]


@pytest.mark.parametrize("end", ENDS)
def test_class_20_a_revoked_token_is_refused_at_once_and_for_good(fresh: Target, end: Callable[[Target], None]) -> None:
    assert fresh.world.ask(fresh.token).allowed
    end(fresh)
    for wait in (0, 1, 11, 120):
        fresh.world.clock.advance(wait)
        assert refusal(fresh.world, fresh.token) is Reason.TOKEN_REVOKED


@pytest.mark.parametrize("end", ENDS)
def test_class_20_no_other_spelling_of_a_revoked_token(fresh_signed: Target, end: Callable[[Target], None]) -> None:
    """Nor another signature by the right key over the same claims."""
    signer, token = fresh_signed.signer, fresh_signed.token
    again = fresh_signed.forged(sign=signer.sign)
    end(fresh_signed)
    assert refusal(fresh_signed.world, again) is Reason.TOKEN_REVOKED
    for other in (f"{token}=", f"{token}A", token.swapcase(), f" {token}", token.replace("_", "/").replace("-", "+")):
        refusal(fresh_signed.world, other)


def malleated(token: str) -> str:
    """The token with the other signature that ECDSA has for it: n - s."""
    message, _, signature = token.rpartition(".")
    raw = unb64url(signature)
    return f"{message}.{b64url(raw[:32] + (P256 - int.from_bytes(raw[32:], 'big')).to_bytes(32, 'big'))}"


def test_class_20_the_deny_list_knows_a_token_by_its_jti() -> None:
    """The second signature of ES256 needs no key: it neither saves a revoked token nor is it another one."""
    target = Target("ES256")
    second = malleated(target.token)
    assert target.world.ask(second).allowed
    target.world.revocation.revoke(target.token)
    assert refusal(target.world, second) is Reason.TOKEN_REVOKED
    other = Target("ES256")
    other.world.revocation.revoke(malleated(other.token))
    assert refusal(other.world, other.token) is Reason.TOKEN_REVOKED


@pytest.mark.parametrize("kind", ["QRG", "handle"])
def test_class_20_a_rotated_token_is_over_in_both_forms(kind: str) -> None:
    target = Target(kind)
    issuer = target.world.qrg.issuer
    first = issuer.issue(target.user_id, ["identity:read"])
    second = issuer.rotate(first.token if kind == "QRG" else first.handle)
    assert target.world.ask(second.token).allowed
    assert target.world.ask(second.handle).allowed
    assert refusal(target.world, first.token) is Reason.TOKEN_REVOKED
    assert refusal(target.world, first.handle) is Reason.TOKEN_INVALID
    with pytest.raises(IdentityError):
        issuer.rotate(first.token if kind == "QRG" else first.handle)
    assert target.world.qrg.revoke_token(first.token)
    for token in (second.token, second.handle):
        assert refusal(target.world, token) is Reason.TOKEN_REVOKED


@pytest.mark.parametrize("kind", ["QRG", "handle"])
def test_class_20_what_is_over_is_not_rotated(kind: str) -> None:
    for end in ENDS:
        target = Target(kind)
        end(target)
        with pytest.raises(IdentityError) as refused:
            target.world.qrg.issuer.rotate(target.token)
        assert refused.value.reason in (Reason.TOKEN_REVOKED, Reason.SIGNATURE_INVALID, Reason.TOKEN_INVALID)
        assert refusal(target.world, target.token) is Reason.TOKEN_REVOKED


@pytest.mark.parametrize("kind", KINDS)
def test_class_20_a_logout_wins_its_race(kind: str) -> None:
    """The token is read, then everything ends, then its standing is read."""
    target = Target(kind)
    world = target.world

    class Slow:
        def verify(self, token: str, now: float) -> Any:
            user = world.bearer.verify(token, now)
            revoked_session(target)
            return user

    world.auth = StrictAuth(Slow(), world.standings, world.limiter, world.revocations, world.audit, world.clock)
    assert world.ask(target.token).reason is Reason.TOKEN_REVOKED


def test_class_20_no_decision_is_replayed_for_another_route(target: Target) -> None:
    """Every request is decided anew: template.yaml keeps the gateway from remembering."""
    for route, allowed in (("GET /identity/profile", True), ("POST /identity/qrg/rotate", True)):
        before = target.world.standings.loads
        assert target.world.ask(target.token, route).allowed is allowed
        assert target.world.standings.loads == before + 1
    for route in ("POST /identity/qrg", "POST /identity/logout", "PUT /identity/password"):
        decision = target.world.ask(target.token, route)
        assert decision.allowed is (target.ring == "access"), route


def test_class_20_a_forged_token_revokes_nothing(fresh_signed: Target) -> None:
    """Nor does a stranger's signature over the real claims end a session, a family or a token."""
    world, signature = fresh_signed.world, fresh_signed.parts()[2]
    for token in (
        fresh_signed.forged(sign=lambda _: bytes(len(signature))),
        fresh_signed.forged(sign=lambda _: Target(fresh_signed.kind).parts()[2]),
        fresh_signed.token[:-4],
        f"rt_{fresh_signed.token}",
        fresh_signed.session.refresh_token.swapcase(),
    ):
        world.revocation.revoke(token)
        assert not world.qrg.revoke_token(token)
        assert world.ask(fresh_signed.token).allowed
    assert not world.revocations.denied
