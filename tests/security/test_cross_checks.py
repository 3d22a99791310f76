"""What is minted here, read by code of others; and what they mint with our key, read here."""

from __future__ import annotations

import json

import cbor2
import jwt
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS, InvalidJWSSignature

from lukhas_common.crypto.base64url import b64url, unb64url
from tests.security.forge import ACCESS, Target


def test_class_3_jwcrypto_verifies_what_is_minted_here(access: Target) -> None:
    """With the key as it is published, whose thumbprint it computes anew."""
    published = access.signer.public_key.as_jwk()
    key = JWK(**published)
    assert key.thumbprint() == published["kid"] == access.signer.public_key.kid
    token = JWS()
    token.allowed_algs = [access.kind]
    token.deserialize(access.token, key)
    assert json.loads(token.payload) == access.parts()[1]
    assert token.jose_header == {"alg": access.kind, "kid": published["kid"], "typ": "at+jwt"}
    for other in (access.token[:-8] + "AAAAAAAA", f"{access.token[:300]}{access.token[301:]}"):
        with pytest.raises((InvalidJWSSignature, ValueError)):
            JWS.from_jose_token(other).verify(key, access.kind)


def private_jwk(target: Target) -> JWK:
    """The key that signs, as another library has it."""
    private, public = target.signer._private, dict(target.signer.public_key.jwk)
    if target.kind == "ES256":
        return JWK(**public, d=b64url(private.private_numbers().private_value.to_bytes(32, "big")))
    return JWK(**public, priv=b64url(private.private_bytes_raw()))


def test_class_3_what_jwcrypto_mints_with_our_key_is_read_here(access: Target) -> None:
    header, claims, _ = access.parts()
    made = JWS(json.dumps(claims))
    made.allowed_algs = [access.kind]
    made.add_signature(private_jwk(access), None, json.dumps(header), None)
    assert access.world.ask(made.serialize(compact=True)).allowed


@pytest.mark.parametrize("kind", ACCESS)
def test_class_14_pyjwt_reads_what_rfc_9068_wants(kind: str) -> None:
    target = Target(kind)
    assert jwt.get_unverified_header(target.token)["typ"] == "at+jwt"
    options = {"verify_exp": False, "verify_iat": False, "verify_signature": kind == "ES256"}
    key = jwt.PyJWK(target.signer.public_key.as_jwk()).key if kind == "ES256" else None
    claims = jwt.decode(target.token, key, ["ES256"], options=options, audience="lukhas-api", issuer="lukhas.id")
    assert claims.keys() >= {"iss", "exp", "aud", "sub", "client_id", "iat", "jti"}


def test_class_9_a_qrg_token_is_what_rfc_9052_and_rfc_9964_say(long_form: Target) -> None:
    """Read by hand: base64url, CBOR, the Sig_structure, and another implementation of ML-DSA-44."""
    text = long_form.token.removeprefix("QRG_")
    tag = cbor2.loads(unb64url(text))
    protected, unprotected, payload, signature = tag.value
    key = long_form.signer.public_key
    assert (tag.tag, unprotected) == (18, {})
    assert cbor2.loads(protected) == {1: -48, 4: unb64url(key.kid), 16: "application/qrg+cwt"}
    claims = cbor2.loads(payload)
    assert {label: claims[label] for label in (1, 2, 3, 9)} == {
        1: "lukhas.id",
        2: long_form.user_id,
        3: "lukhas-api",
        9: "identity:read",
    }
    assert (claims[4] - claims[6], len(claims[7]), len(claims)) == (3600, 16, 7)
    lengths = [len(protected).to_bytes(1, "big"), len(payload).to_bytes(1, "big")]
    structure = b"\x84\x6aSignature1\x58" + lengths[0] + protected + b"\x40\x58" + lengths[1] + payload
    public = MLDSA44PublicKey.from_public_bytes(unb64url(key.jwk["pub"]))
    public.verify(signature, structure)
    for other in (structure[:-1], payload, structure.replace(b"Signature1", b"Signature2")):
        with pytest.raises(InvalidSignature):
            public.verify(signature, other)
    assert JWK(**key.as_jwk()).thumbprint() == key.kid
