"""The life of QRG tokens, as a library without AWS and with everything that a deployment brings."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lukhas_common.identity.errors import IdentityError, Reason, TokenExpiredError, TokenInvalidError
from lukhas_common.qrg import tokens
from lukhas_common.qrg.config import QRGConfig
from lukhas_common.qrg.generator import QRGGenerator
from lukhas_common.qrg.issuer import REPEATED
from tests.fakes import Clock
from tests.world import World

READ = ["identity:read"]


def handle_of(generator: QRGGenerator, token: str) -> str:
    return f"QRG_{generator.decode_token(token)['cti']}"


def refused(reason: Reason) -> pytest.RaisesExc[IdentityError]:
    return pytest.raises(IdentityError, match=f"^{reason}$")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def generator(clock: Clock) -> QRGGenerator:
    return QRGGenerator({}, clock=clock)


@pytest.mark.parametrize("algorithm", ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87", "dilithium2"])
def test_both_forms_of_a_token_are_good_for_its_scopes(algorithm: str) -> None:
    generator = QRGGenerator({"algorithm": algorithm})
    token = generator.generate_qrg_token("ada", ["gov:read", "gov:write"])
    handle = handle_of(generator, token)
    assert re.fullmatch(r"QRG_[A-Za-z0-9_-]+", token)
    assert re.fullmatch(r"QRG_[0-9a-f]{32}", handle)
    assert len(token) <= 8192
    for form in (token, handle):
        assert generator.verify_token(form)
        assert generator.verify_token(form, ["gov:read"])
        assert generator.verify_token(form, ["gov:write", "gov:read"])
        assert not generator.verify_token(form, ["gov:admin"])
        assert not generator.verify_token(form, ["gov:read", "gov:admin"])
        assert not generator.verify_token(form, ["gov:rea"])


def test_no_two_tokens_are_alike(generator: QRGGenerator) -> None:
    made = [generator.generate_qrg_token("ada", READ) for _ in range(200)]
    assert len(set(made)) == len({handle_of(generator, token) for token in made}) == 200


def test_a_token_says_what_it_was_given(generator: QRGGenerator, clock: Clock) -> None:
    token = generator.generate_qrg_token("ada", ["b:c", "a:b", "b:c"], ttl_seconds=60)
    claims = generator.decode_token(token)
    assert (claims["iss"], claims["aud"], claims["sub"]) == ("lukhas.id", "lukhas-api", "ada")
    assert (claims["scope"], claims["scopes"]) == ("b:c a:b", ["b:c", "a:b"])
    assert (claims["iat"], claims["exp"]) == (int(clock()), int(clock()) + 60)
    assert generator.decode_token(f"QRG_{claims['cti']}") == claims


@pytest.mark.parametrize(("asked", "configured", "given_"), [(3600, 3600, 3600), (60, 3600, 60), (3600, 600, 600)])
def test_no_token_outlives_what_was_asked_or_configured(clock: Clock, asked: int, configured: int, given_: int) -> None:
    generator = QRGGenerator(QRGConfig(ttl_seconds=configured), clock=clock)
    token = generator.generate_qrg_token("ada", READ, asked)
    handle = handle_of(generator, token)
    clock.advance(given_ - 1)
    assert generator.verify_token(token)
    clock.advance(1)
    assert not generator.verify_token(token)
    assert not generator.verify_token(handle)
    assert generator.decode_token(token)["sub"] == "ada"
    with pytest.raises(TokenExpiredError):
        generator.rotate_token(token)


@pytest.mark.parametrize(
    ("user", "scopes", "ttl"),
    [
        ("", READ, 60),
        ("a\nb", READ, 60),
        ("ada", [], 60),
        ("ada", ["a b"], 60),
        ("ada", ['a"'], 60),
        ("ada", [""], 60),
        ("ada", "identity:read", 60),
        ("ada", READ, 0),
        ("ada", READ, -1),
    ],
)
def test_what_makes_no_token(generator: QRGGenerator, user: str, scopes: list[str], ttl: int) -> None:
    with pytest.raises(ValueError, match=r"a token needs|scopes are"):
        generator.generate_qrg_token(user, scopes, ttl)


def test_a_token_cannot_be_given_the_right_to_issue_others(generator: QRGGenerator) -> None:
    with refused(Reason.SCOPE_NOT_GRANTED):
        generator.generate_qrg_token("ada", [*READ, "qrg:issue"])


def test_nobody_gives_what_is_not_theirs(generator: QRGGenerator) -> None:
    with refused(Reason.SCOPE_NOT_GRANTED):
        generator.issuer.issue("ada", ["a:b", "c:d"], within=frozenset({"a:b"}))


@pytest.mark.parametrize("as_handle", [False, True])
def test_rotation_keeps_the_scopes_and_ends_the_old_token(generator: QRGGenerator, as_handle: bool) -> None:
    old = generator.generate_qrg_token("ada", ["a:b", "c:d"])
    old_handle = handle_of(generator, old)
    new = generator.rotate_token(old_handle if as_handle else old)
    assert generator.decode_token(new)["scopes"] == ["a:b", "c:d"]
    assert [generator.verify_token(form) for form in (old, old_handle)] == [False, False]
    assert [generator.verify_token(form) for form in (new, handle_of(generator, new))] == [True, True]
    with refused(Reason.QRG_TOKEN_ROTATED):
        generator.rotate_token(old)
    assert generator.verify_token(new), "a second rotation of the old one leaves the new one alone"


def test_rotation_can_narrow_and_never_widen(generator: QRGGenerator) -> None:
    token = generator.generate_qrg_token("ada", ["a:b", "c:d"])
    with refused(Reason.SCOPE_NOT_GRANTED):
        generator.rotate_token(token, scopes=["a:b", "e:f"])
    narrow = generator.rotate_token(token, scopes=["a:b"])
    with refused(Reason.SCOPE_NOT_GRANTED):
        generator.rotate_token(narrow, scopes=["a:b", "c:d"])
    assert generator.decode_token(generator.rotate_token(narrow))["scopes"] == ["a:b"]


def test_a_family_ends_however_often_it_is_rotated(clock: Clock) -> None:
    generator = QRGGenerator({"ttl_seconds": 100, "max_age_seconds": 250}, clock=clock)
    token = generator.generate_qrg_token("ada", READ)
    lifetimes = []
    for _ in range(3):
        clock.advance(90)
        token = generator.rotate_token(token) if clock() < 1_800_000_250 else token
        claims = generator.decode_token(token)
        lifetimes.append(claims["exp"] - claims["iat"])
    assert lifetimes == [100, 70, 70]
    assert not generator.verify_token(token)


@pytest.mark.parametrize("which", ["long", "handle", "an older one", "an older handle"])
def test_revoking_ends_the_whole_family(generator: QRGGenerator, which: str) -> None:
    """A thief may have rotated the token more than once since its owner saw it."""
    old = generator.generate_qrg_token("ada", READ)
    old_handle = handle_of(generator, old)
    token = old
    for _ in range(3):
        token = generator.rotate_token(token)
    handle = handle_of(generator, token)
    forms = {"long": token, "handle": handle, "an older one": old, "an older handle": old_handle}
    assert generator.revoke_token(forms[which])
    assert not generator.verify_token(token)
    assert not generator.verify_token(handle)
    with pytest.raises(TokenInvalidError, match=Reason.TOKEN_REVOKED):
        generator.rotate_token(token)
    assert generator.revoke_token(token)


@given(text=st.text(max_size=80) | st.from_regex(r"QRG_[0-9a-f]{32}", fullmatch=True) | st.binary().map(str))
def test_nothing_else_is_a_token(text: str) -> None:
    generator = QRGGenerator({})
    assert not generator.verify_token(text)
    assert not generator.revoke_token(text)
    for use in (generator.decode_token, generator.rotate_token):
        with pytest.raises(TokenInvalidError):
            use(text)


def test_tokens_of_another_key_issuer_or_audience_are_refused(clock: Clock) -> None:
    generator = QRGGenerator({}, clock=clock)
    assert not generator.verify_token(QRGGenerator({}, clock=clock).generate_qrg_token("ada", READ))
    for other in ({"issuer": "lukhas.id.example"}, {"audience": "other"}):
        signers = generator.issuer.signers
        stranger = QRGGenerator(other, signers=signers, keys=generator._reader.keys, clock=clock)
        token = stranger.generate_qrg_token("ada", READ)
        assert stranger.verify_token(token)
        assert not generator.verify_token(token)


def test_the_same_key_gets_the_same_token_while_it_is_good(generator: QRGGenerator, clock: Clock) -> None:
    first = generator.generate_qrg_token("ada", READ, idempotency_key="k")
    clock.advance(5)
    again = generator.generate_qrg_token("ada", READ, idempotency_key="k")
    assert generator.decode_token(again) == generator.decode_token(first)
    clock.advance(REPEATED - 5)
    assert generator.decode_token(generator.generate_qrg_token("ada", READ, idempotency_key="k")) == (
        generator.decode_token(first)
    )
    for user, scopes, ttl in (("ada", ["other:scope"], 3600), ("ada", READ, 60)):
        with refused(Reason.IDEMPOTENCY_KEY_REUSED):
            generator.generate_qrg_token(user, scopes, ttl, idempotency_key="k")
    other = generator.generate_qrg_token("eve", READ, idempotency_key="k")
    assert generator.decode_token(other)["sub"] == "eve"
    generator.revoke_token(first)
    with refused(Reason.IDEMPOTENCY_KEY_REUSED):
        generator.generate_qrg_token("ada", READ, idempotency_key="k")


def test_a_request_is_repeated_for_ten_minutes_only(generator: QRGGenerator, clock: Clock) -> None:
    token = generator.generate_qrg_token("ada", READ, idempotency_key="k")
    generator.rotate_token(token, idempotency_key="r")
    other = generator.generate_qrg_token("ada", READ, idempotency_key="other")
    clock.advance(REPEATED + 1)
    with refused(Reason.QRG_TOKEN_ROTATED):
        generator.rotate_token(token, idempotency_key="r")
    with refused(Reason.IDEMPOTENCY_KEY_REUSED):
        generator.generate_qrg_token("ada", READ, idempotency_key="other")
    assert generator.verify_token(other)


def test_a_handle_that_was_revoked_does_not_revive_with_its_idempotency_key(
    generator: QRGGenerator, clock: Clock
) -> None:
    token = generator.generate_qrg_token("ada", READ, idempotency_key="k")
    handle = handle_of(generator, token)
    generator.revoke_token(token)
    generator._families.families.clear()  # type: ignore[attr-defined]  # swept, days later
    clock.advance(2 * 86400)
    again = generator.generate_qrg_token("ada", READ, idempotency_key="k")
    assert generator.verify_token(again)
    assert not generator.verify_token(handle)


def test_of_parallel_changes_to_a_family_in_memory_one_wins(generator: QRGGenerator) -> None:
    token = generator.generate_qrg_token("ada", READ)

    def rotate(_: int) -> bool:
        try:
            generator.rotate_token(token)
        except IdentityError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(rotate, range(32))).count(True) == 1


def test_a_token_that_nobody_would_read_is_not_made(generator: QRGGenerator) -> None:
    with pytest.raises(ValueError, match="fewer scopes"):
        generator.generate_qrg_token("ada", [f"{number:060}:read" for number in range(60)])


@pytest.mark.parametrize("as_handle", [False, True])
def test_a_repeated_rotation_gets_the_same_successor_while_it_is_good(generator: QRGGenerator, as_handle: bool) -> None:
    token = generator.generate_qrg_token("ada", ["a:b", "c:d"])
    token = handle_of(generator, token) if as_handle else token
    first = generator.rotate_token(token, scopes=["a:b"], idempotency_key="k")
    again = generator.rotate_token(token, scopes=["a:b"], idempotency_key="k")
    assert generator.decode_token(first) == generator.decode_token(again)
    for scopes, key, reason in (
        (["a:b"], "other", Reason.QRG_TOKEN_ROTATED),
        (["a:b"], None, Reason.QRG_TOKEN_ROTATED),
        (["c:d"], "k", Reason.SCOPE_NOT_GRANTED),
    ):
        with refused(reason):
            generator.rotate_token(token, scopes=scopes, idempotency_key=key)
    generator.rotate_token(first)
    with refused(Reason.QRG_TOKEN_ROTATED):
        generator.rotate_token(token, scopes=["a:b"], idempotency_key="k")


def test_tokens_of_a_user_die_with_the_epoch(world: World) -> None:
    user = world.accounts.register("ada", "correct-horse-battery-staple")
    token = world.qrg.generate_qrg_token(user.user_id, READ)
    assert world.ask(token).allowed
    world.users.replace_password(user.user_id, old_hash=user.password_hash, new_hash="new", epochs=1)
    assert not world.ask(token).allowed
    assert not world.qrg.verify_token(token)
    with pytest.raises(TokenInvalidError, match=Reason.TOKEN_REVOKED):
        world.qrg.rotate_token(token)
    with refused(Reason.USER_NOT_FOUND):
        world.qrg.generate_qrg_token("nobody", READ)


def test_a_revoked_key_ends_its_tokens_in_both_forms(world: World) -> None:
    user = world.accounts.register("ada", "correct-horse-battery-staple")
    token = world.qrg.generate_qrg_token(user.user_id, READ)
    handle = handle_of(world.qrg, token)
    assert world.ask(handle).allowed
    world.qrg_ring.revoke(world.qrg_signer.public_key.kid)
    assert [world.ask(form).allowed for form in (token, handle)] == [False, False]
    assert [world.qrg.verify_token(form) for form in (token, handle)] == [False, False]
    assert world.ask(world.qrg.generate_qrg_token(user.user_id, READ)).allowed


def test_neither_token_nor_handle_is_stored_or_logged(world: World) -> None:
    user = world.accounts.register("ada", "correct-horse-battery-staple")
    token = world.qrg.generate_qrg_token(user.user_id, READ)
    cti = world.qrg.decode_token(token)["cti"]
    world.ask(token)
    world.ask(f"QRG_{cti}")
    seen = repr(world.families.families) + repr(world.audit.events)
    assert cti not in seen
    assert cti[12:] not in seen
    assert token[-40:] not in seen


def test_half_a_deployment_is_refused() -> None:
    generator = QRGGenerator({})
    with pytest.raises(ValueError, match="together"):
        QRGGenerator({}, signers=generator.issuer.signers)


@pytest.mark.parametrize(
    "config",
    [
        {"algorithm": "dilithium3"},
        {"algorithm": "ES256"},
        {"algorithm": "ML-DSA-44", "security_level": 3},
        {"ttl_seconds": 0},
        {"ttl_seconds": 86401},
        {"unknown": 1},
        {"issuer": ""},
    ],
)
def test_a_configuration_that_cannot_be_meant_is_refused(config: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        QRGGenerator(config)


def test_the_configuration_has_the_defaults_of_the_seed() -> None:
    config = QRGConfig()
    assert (config.algorithm, config.ttl_seconds, config.security_level) == ("ML-DSA-44", 3600, 2)
    assert QRGConfig(algorithm="dilithium2").algorithm == "ML-DSA-44"  # type: ignore[arg-type]
    assert QRGConfig(algorithm="ML-DSA-87", security_level=5).security_level == 5


def test_families_are_found_by_the_beginning_of_the_id() -> None:
    cti = bytes(range(16))
    assert tokens.family(cti) == "000102030405"
    assert tokens.handle_cti(tokens.handle(cti)) == cti
    assert tokens.handle_cti("QRG_" + "A" * 32) is None
