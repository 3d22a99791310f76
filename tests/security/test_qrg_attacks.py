"""QRG tokens under attack by those who hold one, or know what logs and tables say of one."""

from __future__ import annotations

import pytest

from lukhas_common.crypto.local_keys import LocalSigner
from lukhas_common.identity.errors import IdentityError, Reason, TokenInvalidError
from lukhas_common.qrg import tokens
from lukhas_common.qrg.config import QRGConfig
from lukhas_common.qrg.families import Family, MemoryFamilies
from lukhas_common.qrg.generator import QRGGenerator
from tests.security.forge import NOW, Target, adopt, refusal


@pytest.fixture(params=["QRG", "handle"])
def held(request: pytest.FixtureRequest) -> Target:
    """A token in either form, in a new world."""
    return Target(request.param)


def refused(target: Target, token: str, **changes: object) -> Reason:
    """Why a rotation is refused."""
    with pytest.raises(IdentityError) as refusal:
        target.world.qrg.issuer.rotate(token, **changes)  # type: ignore[arg-type]
    return refusal.value.reason


def test_class_22_a_token_is_rotated_once(held: Target) -> None:
    """Whoever comes second, after a theft or a lost answer, gets nothing, and the successor stays good."""
    issuer = held.world.qrg.issuer
    made = issuer.rotate(held.token)
    for _ in range(3):
        assert refused(held, held.token) in (Reason.QRG_TOKEN_ROTATED, Reason.TOKEN_INVALID)
    assert held.world.ask(made.token).allowed
    assert held.world.ask(made.handle).allowed


def test_class_22_two_rotations_at_once_make_one_token(held: Target) -> None:
    issuer = held.world.qrg.issuer

    faster: list[str] = []

    class Slow(MemoryFamilies):
        def rotate(self, family: Family, rotated: Family, now: float) -> Family | None:
            if not faster:
                faster.append("on its way")
                faster[0] = issuer.rotate(held.token).token
            return super().rotate(family, rotated, now)

    object.__setattr__(issuer, "families", Slow(held.world.families.families))
    assert refused(held, held.token) is Reason.QRG_TOKEN_ROTATED
    assert held.world.ask(faster[0]).allowed


def test_class_22_rotation_prolongs_nothing_but_what_was_given(held: Target) -> None:
    """Each successor lives as long as the first was given, and the family ends when it was to end."""
    world = held.world
    token = held.token
    world.clock.now = world.families.families[next(iter(world.families.families))].ends_at - 3599.5
    assert refusal(world, token) is Reason.TOKEN_EXPIRED
    assert refused(held, token) is Reason.TOKEN_EXPIRED
    made = world.qrg.issuer.issue(held.user_id, ["identity:read"], 60)
    assert world.qrg.issuer.rotate(made.token).claims.expires_at == int(world.clock()) + 60


def test_class_21_no_rotation_adds_a_scope(held: Target) -> None:
    for scopes in (["identity:write"], ["identity:read", "identity:write"], ["qrg:issue"], ["identity:READ"]):
        assert refused(held, held.token, scopes=scopes) is Reason.SCOPE_NOT_GRANTED
    for scopes in (
        [],
        "identity:read",
        ["identity:read identity:write"],
        ["identity:read\0"],
        [""],
        ["identity:read\n"],
    ):
        with pytest.raises(ValueError, match="scopes"):
            held.world.qrg.issuer.rotate(held.token, scopes)
    assert held.world.ask(held.token).allowed


def test_class_21_nobody_hands_on_what_is_not_theirs_and_no_token_makes_tokens(held: Target) -> None:
    issuer = held.world.qrg.issuer
    for scopes, within in (
        (["identity:write"], {"identity:read"}),
        (["qrg:issue"], None),
        (["qrg:issue"], {"qrg:issue"}),
    ):
        with pytest.raises(IdentityError) as refusal:
            issuer.issue(held.user_id, scopes, within=None if within is None else frozenset(within))
        assert refusal.value.reason is Reason.SCOPE_NOT_GRANTED
    assert held.world.ask(held.token, "POST /identity/qrg").reason is Reason.SCOPE_MISSING
    assert held.world.ask(held.token, "POST /identity/logout").reason is Reason.SCOPE_MISSING


def test_class_20_what_logs_and_tables_say_of_a_token_is_none(held: Target) -> None:
    """The id of the family, the digest, the kid, and any secret with the right family."""
    family_id, family = next(iter(held.world.families.families.items()))
    for guess in ("0" * 16, "f" * 16, family_id, family.current[:16], family.current[-16:], held.user_id[:16]):
        assert refusal(held.world, f"QRG_{family_id}{guess}") in (Reason.TOKEN_INVALID, Reason.AUTHORIZATION_MALFORMED)
    for name in (family_id, family.current, family.current[:32], family_id * 2, family.kid):
        refusal(held.world, f"QRG_{name}")
    assert not held.world.qrg.revoke_token(f"QRG_{family_id}{'0' * 16}")
    assert held.world.ask(held.token).allowed


def test_class_20_a_token_is_of_its_family_and_its_user() -> None:
    """Even the right key cannot sign for another user, another family, or a successor that was not stored."""
    target = Target("QRG")
    other = target.of_another()
    eve = list(target.world.users.users)[1]
    mine, theirs = (bytes.fromhex(family) for family in target.world.families.families)
    cti = target.parts()[1][7]
    assert cti.startswith(mine)
    for claims in (
        {"jti": theirs + cti[6:]},
        {"jti": theirs + cti[6:], "sub": eve},
        {"jti": mine + bytes(10)},
        {"jti": bytes(16)},
    ):
        assert refusal(target.world, target.forged(claims=claims)) is Reason.TOKEN_REVOKED
    assert target.world.ask(target.forged(claims={"sub": eve})).reason is Reason.TOKEN_REVOKED
    assert target.world.ask(other).allowed


def test_class_4_a_handle_is_as_good_as_the_key_of_its_token() -> None:
    target = Target("handle")
    adopt(target.world, "qrg", LocalSigner.generate("ML-DSA-44").public_key)
    assert target.world.ask(target.token).allowed
    family = next(iter(target.world.families.families.values()))
    target.world.qrg_ring.revoke(family.kid)
    assert refusal(target.world, target.token) is Reason.TOKEN_REVOKED
    target.world.rings.forget("qrg", family.kid)
    target.world.clock.advance(11)
    stranger = Target("handle")
    stranger.world.families.families.update(target.world.families.families)
    assert refusal(stranger.world, target.token) is Reason.TOKEN_INVALID


def test_class_12_a_token_ends_to_the_second_in_both_forms(held: Target) -> None:
    held.world.clock.now = NOW + 3599.999
    assert held.world.ask(held.token).allowed
    held.world.clock.now = NOW + 3600
    assert refusal(held.world, held.token) is Reason.TOKEN_EXPIRED
    held.world.clock.now = NOW - 5
    assert held.world.ask(held.token).allowed
    held.world.clock.now = NOW - 5.1
    assert refusal(held.world, held.token) is Reason.TOKEN_INVALID


def test_class_13_a_token_of_another_service_is_none_here(held: Target) -> None:
    """Another key; and with our key, another issuer or audience."""
    world = held.world
    stranger = QRGGenerator(QRGConfig(), epochs=lambda _: 1, audit=world.audit, clock=world.clock)
    made = stranger.issuer.issue(held.user_id, ["identity:read"])
    assert stranger.verify_token(made.token, ["identity:read"])
    assert refusal(world, made.token) is Reason.SIGNATURE_INVALID
    assert refusal(world, made.handle) is Reason.TOKEN_INVALID
    for config, reason in (
        (QRGConfig(issuer="lukhas.id.evil.example"), Reason.ISSUER_UNKNOWN),
        (QRGConfig(audience="lukhas-api-2"), Reason.AUDIENCE_MISMATCH),
    ):
        claims = tokens.Claims(
            config.issuer, config.audience, held.user_id, ("identity:read",), NOW, NOW + 60, bytes(16)
        )
        assert refusal(world, tokens.write(claims, world.qrg_signer)) is reason


def test_class_26_the_library_refuses_by_no_or_by_its_own_error(held: Target) -> None:
    """Whatever the text: verify_token and revoke_token say no, decode_token and rotate_token say why."""
    qrg = held.world.qrg
    for text in (
        "",
        "QRG_",
        "QRG_\ud800",
        "\0",
        "QRG_" + "a" * 9000,
        "é" * 40,
        held.token + "\n",
        held.token[:-1],
        "a.b.c",
    ):
        assert qrg.verify_token(text) is False
        assert qrg.revoke_token(text) is False
        for read in (qrg.decode_token, qrg.rotate_token):
            with pytest.raises(TokenInvalidError) as refusal:
                read(text)
            assert refusal.value.reason in (Reason.TOKEN_INVALID, Reason.SIGNATURE_INVALID)
            assert text == "" or text not in f"{refusal.value}{refusal.value.detail}"
    assert qrg.verify_token(held.token)
    assert not qrg.verify_token(held.token, ["identity:write"])
