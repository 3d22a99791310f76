"""Vectors that others made, through our own code: Wycheproof's and the examples of RFC 9964.

The number of cases is part of each test, so that vectors that moved or changed their form are noticed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.crypto import aes_gcm
from lukhas_common.crypto.base64url import b64url, unb64url
from lukhas_common.crypto.keys import PublicKey
from lukhas_common.crypto.local_keys import LocalSigner
from lukhas_common.crypto.macs import mac
from lukhas_common.crypto.sealing import SealError, derive, seal, unseal
from lukhas_common.qrg import cose
from tests.fakes import Keys

raw = bytes.fromhex
Case = tuple[dict[str, Any], dict[str, Any]]


def cases(shared: Path, name: str) -> Iterator[Case]:
    """Every case of a file of Wycheproof, with its group."""
    file = shared / "vectors" / "wycheproof" / f"{name}_test.json"
    for group in json.loads(file.read_text())["testGroups"]:
        for case in group["tests"]:
            yield group, case


def verdict(algorithm: str, public: bytes | dict[str, str], message: bytes, signature: bytes) -> str:
    """What our code says of a signature, or of a key that is none."""
    try:
        key = PublicKey.from_jwk(public) if isinstance(public, dict) else PublicKey.of(algorithm, public)
    except ValueError:
        return "no key"
    assert key.algorithm == algorithm
    return "valid" if key.verifies(message, signature) else "invalid"


def test_class_8_and_9_ml_dsa_44_verifies_as_wycheproof_has_it(shared: Path) -> None:
    """Hints, norms and lengths; a signature under a context is none, because we have none."""
    seen: Counter[tuple[bool, str]] = Counter()
    for group, case in cases(shared, "mldsa_44_verify"):
        found = verdict("ML-DSA-44", raw(group["publicKey"]), raw(case["msg"]), raw(case["sig"]))
        of_ours = not case.get("ctx")
        assert (found == "valid") is (case["result"] == "valid" and of_ours), case["comment"]
        seen[of_ours, found] += 1
    assert seen == {(True, "valid"): 75, (True, "invalid"): 94, (True, "no key"): 4, (False, "invalid"): 7}


def test_class_9_ml_dsa_44_makes_the_keys_and_knows_the_signatures_of_wycheproof(shared: Path) -> None:
    """From the seed: the public key is theirs, and each side's signature verifies."""
    seen: Counter[str] = Counter()
    for group, case in cases(shared, "mldsa_44_sign_seed"):
        if len(raw(group["privateSeed"])) != 32:
            with pytest.raises(ValueError, match="32 bytes"):
                LocalSigner("ML-DSA-44", raw(group["privateSeed"]))
            seen["no seed"] += 1
            continue
        signer = LocalSigner("ML-DSA-44", raw(group["privateSeed"]))
        assert unb64url(signer.public_key.jwk["pub"]) == raw(group["publicKey"])
        if "msg" not in case:
            seen["key only: the message is not given, only its hash"] += 1
            continue
        message, of_ours = raw(case["msg"]), not case.get("ctx")
        assert signer.public_key.verifies(message, raw(case["sig"])) is of_ours, case["comment"]
        assert signer.public_key.verifies(message, signer.sign(message))
        seen["theirs and ours" if of_ours else "not with a context"] += 1
    assert seen == {
        "theirs and ours": 71,
        "not with a context": 4,
        "key only: the message is not given, only its hash": 8,
        "no seed": 3,
    }


def as_jwk(key: dict[str, Any]) -> dict[str, str]:
    """The JWK of a point for which Wycheproof gives none."""
    point = raw(key["uncompressed"])
    return {"kty": "EC", "crv": "P-256", "x": b64url(point[1:33]), "y": b64url(point[33:])}


@pytest.mark.parametrize(
    ("name", "algorithm", "counts"),
    [
        ("ecdsa_secp256r1_sha256_p1363", "ES256", {"valid": 173, "invalid": 89}),
        ("ed25519", "Ed25519", {"valid": 88, "invalid": 63}),
    ],
)
def test_class_8_elliptic_curves_verify_as_wycheproof_has_it(
    shared: Path, name: str, algorithm: str, counts: dict[str, int]
) -> None:
    """Ranges, lengths, small orders and malleability."""
    seen: Counter[str] = Counter()
    for group, case in cases(shared, name):
        found = verdict(
            algorithm, group.get("publicKeyJwk") or as_jwk(group["publicKey"]), raw(case["msg"]), raw(case["sig"])
        )
        assert found == case["result"], case["comment"]
        seen[found] += 1
    assert seen == counts


def test_class_19_hmac_is_that_of_wycheproof(shared: Path) -> None:
    seen: Counter[str] = Counter()
    for group, case in cases(shared, "hmac_sha256"):
        tag = mac(raw(case["key"]), raw(case["msg"]))[: group["tagSize"] // 8]
        assert (tag == raw(case["tag"])) is (case["result"] == "valid"), case["comment"]
        seen[case["result"]] += 1
    assert seen == {"valid": 66, "invalid": 108}


def test_class_19_derived_keys_are_those_of_wycheproof(shared: Path) -> None:
    seen: Counter[str] = Counter()
    for _, case in cases(shared, "hkdf_sha256"):
        asked: dict[str, Any] = {"salt": raw(case["salt"]), "length": case["size"]}
        if case["result"] == "valid":
            assert derive(raw(case["ikm"]), raw(case["info"]), **asked) == raw(case["okm"]), case["comment"]
        else:
            with pytest.raises(ValueError, match="large"):
                derive(raw(case["ikm"]), raw(case["info"]), **asked)
        seen[case["result"]] += 1
    assert seen == {"valid": 83, "invalid": 3}


def test_class_19_what_wycheproof_sealed_is_unsealed(shared: Path) -> None:
    """Nonces of 12 bytes; sealed bytes have no place for others, of which a third of the cases is."""
    seen: Counter[str] = Counter()
    for group, case in cases(shared, "aes_gcm"):
        if (group["ivSize"], group["tagSize"]) != (96, 128):
            seen["another nonce"] += 1
            continue
        nonce, encrypted, bound = raw(case["iv"]), raw(case["ct"] + case["tag"]), raw(case["aad"])
        try:
            found = aes_gcm.decrypt(raw(case["key"]), nonce, encrypted, bound)
        except SealError:
            seen["invalid"] += 1
            assert case["result"] == "invalid", case["comment"]
        else:
            seen["valid"] += 1
            assert found == raw(case["msg"]), case["comment"]
            assert case["result"] == "valid", case["comment"]
            assert aes_gcm.encrypt(raw(case["key"]), nonce, found, bound) == encrypted, case["comment"]
            assert unseal(raw(case["key"]), nonce + encrypted, bound) == found, "as it was sealed before"
    assert seen == {"valid": 116, "invalid": 81, "another nonce": 119}


@given(plaintext=st.binary(max_size=100), bound=st.binary(max_size=30), data=st.data())
def test_class_19_what_is_sealed_is_unsealed_with_the_same_key_and_purpose_only(
    plaintext: bytes, bound: bytes, data: st.DataObject
) -> None:
    key = bytes(range(32))
    sealed = seal(key, plaintext, bound)
    assert unseal(key, sealed, bound) == plaintext
    bit, cut = data.draw(st.integers(0, 8 * len(sealed) - 1)), data.draw(st.integers(0, len(sealed) - 1))
    flipped = bytearray(sealed)
    flipped[bit // 8] ^= 1 << bit % 8
    for other_key, other, purpose in (
        (key, bytes(flipped), bound),
        (key, sealed[:cut], bound),
        (key, sealed[cut + 1 :], bound),
        (key, sealed + b"\0", bound),
        (key, sealed, bound + b"\0"),
        (bytes(32), sealed, bound),
        (b"", sealed, bound),
    ):
        with pytest.raises(SealError):
            unseal(other_key, other, purpose)
    assert seal(key, plaintext, bound) != sealed


def test_class_3_the_jws_of_rfc_9964_verifies(shared: Path) -> None:
    """Its JWK is called by its thumbprint, as ours are."""
    example = json.loads((shared / "vectors" / "rfc9964" / "ML_DSA_44.jose.json").read_text())
    key = PublicKey.from_jwk(example["jwk"])
    assert key.kid == example["jwk"]["kid"]
    assert LocalSigner("ML-DSA-44", unb64url(example["jwk"]["priv"])).public_key == key
    message, _, signature = example["jws"].rpartition(".")
    assert message.encode() == raw(example["raw_to_be_signed"])
    assert json.loads(unb64url(message.partition(".")[0])) == {"alg": key.algorithm, "kid": key.kid}
    assert key.verifies(message.encode(), unb64url(signature))
    assert not key.verifies(message.encode() + b"A", unb64url(signature))


def test_class_3_the_cose_of_rfc_9964_verifies(shared: Path) -> None:
    """COSE_Sign1, read by what reads QRG tokens."""
    example = json.loads((shared / "vectors" / "rfc9964" / "ML_DSA_44.cose.json").read_text())
    kty, alg, pub = (cbor2.loads(raw(example["key"]))[label] for label in (1, 3, -1))
    key = PublicKey.of("ML-DSA-44", pub)
    assert (kty, alg) == (7, cose.ALGORITHMS["ML-DSA-44"])
    kid = b64url(cbor2.loads(raw(example["key"]))[2])
    keys = Keys([PublicKey(kid, key.algorithm, key.jwk)])
    assert cose.verify1(raw(example["sign1"]), {}, keys) == (b"hello post quantum signatures", kid)
    altered = raw(example["sign1"].replace(b"hello".hex(), b"jello".hex()))
    for data, known in ((raw(example["sign1"]), Keys([])), (altered, keys)):
        with pytest.raises(cose.UnknownSignatureError):
            cose.verify1(data, {}, known)
    with pytest.raises(ValueError, match="header"):
        cose.verify1(raw(example["sign1"]), {16: "application/qrg+cwt"}, keys)
