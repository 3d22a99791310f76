"""ML-DSA under attack: FIPS 204 in its pure form, with an empty context, in its one encoding."""

from __future__ import annotations

import hashlib

import pqcrypto.pqcrypto
import pqcrypto.sign.ml_dsa_44 as other_ml_dsa
import pytest
from dilithium_py.dilithium import Dilithium2
from dilithium_py.ml_dsa import ML_DSA_44

from lukhas_common.crypto.keys import PublicKey
from lukhas_common.identity.errors import Reason
from tests.security.forge import Sign, Target, adopt, refusal

ML_DSA = ("ML-DSA-44", "QRG")


def with_key_of_the_forger(kind: str, public: bytes, sign: Sign) -> tuple[Target, str]:
    """A token by a key that the ring was made to believe, signed in the forger's way."""
    target = Target(kind)
    key = PublicKey.of("ML-DSA-44", public)
    adopt(target.world, target.ring, key)
    return target, target.forged(key=key, sign=sign)


@pytest.mark.parametrize("kind", ML_DSA)
def test_class_3_no_signature_of_round_3(kind: str) -> None:
    """CRYSTALS-Dilithium has keys and signatures of the same lengths as ML-DSA-44, and is something else."""
    public, secret = ML_DSA_44.keygen()
    target, token = with_key_of_the_forger(kind, public, lambda message: ML_DSA_44.sign(secret, message))
    assert target.world.ask(token).allowed
    public, secret = Dilithium2.keygen()
    target, token = with_key_of_the_forger(kind, public, lambda message: Dilithium2.sign(secret, message))
    assert len(target.token) == len(token)
    assert refusal(target.world, token) is Reason.SIGNATURE_INVALID


@pytest.mark.parametrize("kind", ML_DSA)
def test_class_9_no_context_no_prehash_and_no_internal_signature(kind: str) -> None:
    """FIPS 204: a context, HashML-DSA and Sign_internal make other signatures by the same key."""
    public, secret = other_ml_dsa.keygen()
    target, good = with_key_of_the_forger(kind, public, lambda message: other_ml_dsa.sign(secret, message))
    assert target.world.ask(good).allowed
    hashed = pqcrypto.pqcrypto.HashAlgorithm
    oid = bytes.fromhex("0609608648016503040203")
    ways: list[Sign] = [
        *(lambda m, ctx=ctx: other_ml_dsa.sign(secret, m, context=ctx) for ctx in (b"\0", b"lukhas", b"x" * 200)),
        *(
            lambda m, name=name: other_ml_dsa.sign(secret, m, hash_algorithm=name)
            for name in (hashed.Sha256, hashed.Sha512, hashed.Shake128, hashed.Shake256)
        ),
        lambda m: other_ml_dsa.sign(secret, hashlib.sha512(m).digest()),
        lambda m: other_ml_dsa.sign(secret, b"\1\0" + oid + hashlib.sha512(m).digest()),
        lambda m: other_ml_dsa.sign(secret, b"\0\0" + m),
        lambda m: ML_DSA_44._sign_internal(secret, m, bytes(32)),
    ]
    for sign in ways:
        signature = sign(b"message")
        assert len(signature) == 2420
        token = target.forged(key=PublicKey.of("ML-DSA-44", public), sign=sign)
        assert refusal(target.world, token) is Reason.SIGNATURE_INVALID
    internal = ML_DSA_44._sign_internal(secret, b"\0\0" + b"message", bytes(32))
    assert PublicKey.of("ML-DSA-44", public).verifies(b"message", internal)


def hints(signature: bytes, *changes: tuple[int, int]) -> bytes:
    """The signature with bytes of its hint changed: 80 places, then where each of the four polynomials ends."""
    changed = bytearray(signature)
    for place, value in changes:
        changed[len(changed) - 84 + place] = value
    return bytes(changed)


@pytest.mark.parametrize("kind", ML_DSA)
def test_class_8_one_encoding_of_the_hints(kind: str) -> None:
    """FIPS 204, algorithm 21: places rise within a polynomial, its ends rise, and what is unused is zero."""
    target = Target(kind)
    message, signatures = [], []
    target.forged(sign=lambda sent: message.append(sent) or b"")
    while not signatures or not 2 <= signatures[-1][-4] < signatures[-1][-1] < 80:
        signatures.append(target.signer.sign(message[0]))
    raw = signatures[-1]
    assert target.world.ask(target.forged(sign=lambda _: raw)).allowed
    places, ends = raw[-84:-4], raw[-4:]
    for changes in (
        [(0, places[1]), (1, places[0])],
        [(1, places[0])],
        [(ends[3], 1)],
        [(79, 255)],
        [(83, ends[3] + 1)],
        [(83, 81)],
        [(83, 255)],
        [(80, ends[1] + 1)],
        [(place, 0) for place in range(84)],
    ):
        token = target.forged(sign=lambda _, changes=changes: hints(raw, *changes))
        assert refusal(target.world, token) is Reason.SIGNATURE_INVALID
