"""Secrets under attack: nothing that an attacker knows or guesses is a key of ours."""

from __future__ import annotations

import hashlib
import hmac
import json

import cbor2
import pytest
from cryptography.hazmat.primitives import serialization

from lukhas_common.crypto.base64url import b64url, unb64url
from lukhas_common.identity.errors import Reason
from tests.security import forge
from tests.security.forge import REMOVED, Sign, Target, refusal


def hmac_of(secret: bytes) -> Sign:
    return lambda message: hmac.new(secret, message, hashlib.sha256).digest()


def public_encodings(target: Target) -> list[bytes]:
    """All that an attacker knows of the public key."""
    key, public = target.signer.public_key, target.signer._private.public_key()
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    pem = public.public_bytes(serialization.Encoding.PEM, spki)
    return [
        pem,
        pem.rstrip(b"\n"),
        public.public_bytes(serialization.Encoding.DER, spki),
        json.dumps(dict(key.jwk), sort_keys=True, separators=(",", ":")).encode(),
        json.dumps(key.as_jwk()).encode(),
        b"".join(unb64url(key.jwk[name]) for name in ("x", "y", "pub") if name in key.jwk),
        key.kid.encode(),
    ]


def test_class_2_the_public_key_is_no_hmac_secret(signed: Target) -> None:
    hs256 = 5 if signed.kind == "QRG" else "HS256"
    right = signed.parts()[0].get("alg", -48)
    for secret in public_encodings(signed):
        for alg in (hs256, right):
            token = signed.forged({"alg": alg}, sign=hmac_of(secret))
            assert refusal(signed.world, token) is Reason.SIGNATURE_INVALID


WEAK = ["", "secret", "password", "your-256-bit-secret", "changeme", "lukhas", "\0" * 32, "a" * 32, "null", "undefined"]


@pytest.mark.parametrize("secret", WEAK, ids=repr)
def test_class_19_no_secret_signs_a_token(signed: Target, secret: str) -> None:
    hs256 = 5 if signed.kind == "QRG" else "HS256"
    for header in ({"alg": hs256}, {"alg": hs256, "kid": REMOVED}, {}):
        refusal(signed.world, signed.forged(header, sign=hmac_of(secret.encode())))


@pytest.mark.parametrize("secret", [b"", b"secret", bytes(32)])
def test_class_19_no_guessed_key_makes_a_refresh_token(access: Target, secret: bytes) -> None:
    real = unb64url(access.session.refresh_token.removeprefix("rt_"))
    forged = real[:48] + hmac_of(secret)(real[:48])[:16]
    assert access.world.refresh_tokens.session_of(f"rt_{b64url(real)}") is not None
    assert access.world.refresh_tokens.session_of(f"rt_{b64url(forged)}") is None
    assert access.world.introspection.facts(f"rt_{b64url(forged)}") is None


def test_class_19_a_mac_is_no_signature(long_form: Target) -> None:
    """COSE_Mac0 under the public key."""
    protected, payload = (cbor2.dumps(part, canonical=True) for part in long_form.parts()[:2])
    for secret in public_encodings(long_form):
        tag = hmac_of(secret)(cbor2.dumps(["MAC0", protected, b"", payload]))
        for number in (17, 18):
            data = cbor2.dumps(cbor2.CBORTag(number, [protected, {}, payload, tag]))
            refusal(long_form.world, forge.long_form(data))
