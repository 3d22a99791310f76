"""Algorithms under attack: a key verifies the one algorithm it is for, and no token chooses."""

from __future__ import annotations

import pytest

from lukhas_common.crypto.base64url import unb64url
from lukhas_common.crypto.keys import PublicKey
from lukhas_common.crypto.local_keys import LocalSigner
from lukhas_common.crypto.rotation import KeyRing
from lukhas_common.identity.errors import Reason
from tests.security.forge import REMOVED, SIGNED, Target, adopt, refusal
from tests.world import QUARTER

NONE = ["none", "None", "NONE", "nOnE", "none ", "", None, REMOVED, 0, False, [], ["none"], {}, 1.5, b"", -48.0, -47]


@pytest.mark.parametrize("alg", NONE, ids=repr)
def test_class_1_no_algorithm_none(signed: Target, alg: object) -> None:
    if isinstance(alg, bytes) and signed.kind != "QRG":
        alg = alg.decode()
    for sign in (None, lambda _: b"", lambda _: b"\0"):
        assert refusal(signed.world, signed.forged({"alg": alg}, sign=sign)) in (
            Reason.TOKEN_INVALID,
            Reason.SIGNATURE_INVALID,
        )


@pytest.mark.parametrize("claimed", ["ES256", "Ed25519", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87", "EdDSA", "ES384"])
@pytest.mark.parametrize("used", ["ES256", "Ed25519", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87"])
def test_class_3_no_other_family_under_the_kid_of_ours(signed: Target, claimed: str, used: str) -> None:
    """A stranger's key of any algorithm, under any algorithm's name and the right kid."""
    cose = {
        "EdDSA": -8,
        "ES384": -35,
        "ES256": -7,
        "Ed25519": -19,
        "ML-DSA-44": -48,
        "ML-DSA-65": -49,
        "ML-DSA-87": -50,
    }
    alg = cose[claimed] if signed.kind == "QRG" else claimed
    sign = LocalSigner.generate(used).sign
    assert refusal(signed.world, signed.forged({"alg": alg}, sign=sign)) is Reason.SIGNATURE_INVALID


@pytest.mark.parametrize("kind", ["ML-DSA-44", "QRG"])
def test_class_3_the_same_seed_makes_another_key_of_a_larger_parameter_set(kind: str) -> None:
    target = Target(kind)
    seed = target.signer._private.private_bytes_raw()
    larger = LocalSigner("ML-DSA-65", seed)
    for token in (
        target.forged(sign=larger.sign),
        target.forged(key=larger.public_key, sign=larger.sign),
        target.forged({"kid": target.parts()[0].get("kid", unb64url(larger.public_key.kid))}, sign=larger.sign),
        target.forged(target.naming(larger.public_key) if kind == "QRG" else {"alg": "ML-DSA-65"}),
    ):
        assert refusal(target.world, token) is Reason.SIGNATURE_INVALID


@pytest.mark.parametrize("alg", ["ML-DSA-44-ES256", "MLDSA44-ES256-SHA256", "ES256+ML-DSA-44", "ML-DSA-44,ES256"])
def test_class_3_no_composite_and_none_stripped_to_one_half(signed: Target, alg: str) -> None:
    other = LocalSigner.generate("ML-DSA-44" if signed.kind == "ES256" else "ES256")
    for sign in (
        signed.signer.sign,
        other.sign,
        lambda message: signed.signer.sign(message) + other.sign(message),
        lambda message: other.sign(message) + signed.signer.sign(message),
    ):
        assert refusal(signed.world, signed.forged({"alg": alg}, sign=sign))
    both = signed.forged(sign=lambda message: signed.signer.sign(message) + other.sign(message))
    assert refusal(signed.world, both) is Reason.SIGNATURE_INVALID


def two_algorithms(kind: str) -> tuple[Target, LocalSigner, LocalSigner]:
    """A ring in the middle of its change to another algorithm; both of its keys are believed."""
    target = Target(kind)
    world, old = target.world, target.signer
    algorithm = {"ES256": "ML-DSA-44", "ML-DSA-44": "ES256", "QRG": "ML-DSA-65"}[kind]
    next_ring = KeyRing(target.ring, algorithm, world.rings, world.vault, world.key_audit, world.clock, period=QUARTER)
    next_ring.tend()
    next_ring.rotate(early=True)
    assert target.signer.public_key.algorithm == algorithm
    return target, old, target.signer


@pytest.mark.parametrize("kind", SIGNED)
def test_class_4_the_algorithm_is_that_of_the_kid(kind: str) -> None:
    target, *signers = two_algorithms(kind)
    for signer in signers:
        assert target.world.ask(target.forged(key=signer.public_key, sign=signer.sign)).allowed
    for one, other in (signers, reversed(signers)):
        mixed = target.naming(one.public_key) | {
            name: value for name, value in target.naming(other.public_key).items() if name in ("alg", 1)
        }
        for sign in (one.sign, other.sign):
            assert refusal(target.world, target.forged(mixed, sign=sign)) is Reason.SIGNATURE_INVALID
        assert refusal(target.world, target.forged(key=one.public_key, sign=other.sign)) is Reason.SIGNATURE_INVALID


@pytest.mark.parametrize("alg", ["es256", "ES256K", "ml-dsa-44", "ML-DSA-44 ", "dilithium2", "RS256", -7, -257, 2**70])
def test_class_4_no_unknown_algorithm_with_a_known_kid(signed: Target, alg: object) -> None:
    assert refusal(signed.world, signed.forged({"alg": alg})) in (Reason.TOKEN_INVALID, Reason.SIGNATURE_INVALID)


def test_class_4_a_key_without_its_algorithm_is_none() -> None:
    """RFC 9964: a JWK of type AKP must say its algorithm; of other types the curve does, whatever ``alg`` says."""
    ml_dsa, es256 = (LocalSigner.generate(name).public_key for name in ("ML-DSA-44", "ES256"))
    assert all(key.as_jwk()["alg"] == key.algorithm for key in (ml_dsa, es256))
    for alg in (REMOVED, None, "", "ML-DSA-65", "ES256", "none", 44, ["ML-DSA-44"]):
        jwk = {name: value for name, value in {**ml_dsa.jwk, "alg": alg}.items() if value is not REMOVED}
        with pytest.raises(ValueError, match="key"):
            PublicKey.from_jwk(jwk)
    assert PublicKey.from_jwk({**es256.jwk, "alg": "HS256"}).algorithm == "ES256"
    with pytest.raises(ValueError, match="key"):
        PublicKey.from_jwk({**es256.jwk, "kty": "oct", "k": "AA"})


@pytest.mark.parametrize("kind", SIGNED)
def test_class_3_a_key_of_the_ring_of_another_kind_signs_nothing_here(kind: str) -> None:
    """Each ring signs one kind, even where both use one algorithm."""
    target = Target(kind)
    world = target.world
    other = world.qrg_signer if target.ring == "access" else Target("ML-DSA-44").signer
    token = target.forged(key=other.public_key, sign=other.sign)
    assert refusal(world, token) is Reason.SIGNATURE_INVALID
    fresh = Target(kind)
    adopt(fresh.world, fresh.ring, other.public_key)
    assert fresh.world.ask(fresh.forged(key=other.public_key, sign=other.sign)).allowed
