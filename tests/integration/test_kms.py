"""The KMS adapters, on the embedded KMS and, for what that lacks, on botocore's Stubber."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from lukhas_common.aws.kms import MAX_RAW, KmsPublicKeys, KmsServerKey, KmsSigner
from lukhas_common.identity.jose import unb64url


def verify(signer: KmsSigner, message: bytes, signature: bytes) -> None:
    jwk = signer.public_key.jwk
    x, y = (int.from_bytes(unb64url(jwk[name]), "big") for name in ("x", "y"))
    key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    der = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    key.verify(der, message, ec.ECDSA(hashes.SHA256()))


def test_a_signature_is_p1363_and_verifies(aws: Callable[[str], Any], tables: dict[str, str]) -> None:
    signer = KmsSigner(aws("kms"), tables["SIGNING_KEY_ID"])
    for _ in range(20):
        signature = signer.sign(b"message")
        assert len(signature) == 64
        verify(signer, b"message", signature)
    with pytest.raises(InvalidSignature):
        verify(signer, b"other", signature)


def test_a_long_message_is_hashed_here() -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    message = b"x" * (MAX_RAW + 1)
    client = boto3.client("kms", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stub:
        expected = {
            "KeyId": "key",
            "Message": hashlib.sha256(message).digest(),
            "MessageType": "DIGEST",
            "SigningAlgorithm": "ECDSA_SHA_256",
        }
        stub.add_response("sign", {"Signature": private.sign(message, ec.ECDSA(hashes.SHA256()))}, expected)
        assert len(KmsSigner(client, "key").sign(message)) == 64


def test_another_curve_is_refused() -> None:
    public = ec.generate_private_key(ec.SECP384R1()).public_key()
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    client = boto3.client("kms", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stub:
        stub.add_response("get_public_key", {"PublicKey": der}, {"KeyId": "key"})
        with pytest.raises(TypeError, match="ECC_NIST_P256"):
            _ = KmsSigner(client, "key").public_key


def test_a_kms_that_fails_raises_and_nothing_is_remembered() -> None:
    client = boto3.client("kms", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")
    derive = KmsServerKey(client, "key")
    with Stubber(client) as stub:
        stub.add_client_error("generate_mac", "ThrottlingException", http_status_code=400)
        with pytest.raises(ClientError):
            derive("purpose")
        stub.add_response("generate_mac", {"Mac": b"m" * 32})
        assert derive("purpose") == b"m" * 32
        assert derive("purpose") == b"m" * 32


def test_purposes_get_keys_of_their_own(aws: Callable[[str], Any], tables: dict[str, str]) -> None:
    derive, again = (KmsServerKey(aws("kms"), tables["SERVER_KEY_ID"]) for _ in range(2))
    assert derive("a") == again("a") != derive("b")
    assert len(derive("a")) == 32


def test_only_published_kids_are_found(aws: Callable[[str], Any], tables: dict[str, str]) -> None:
    keys = KmsPublicKeys((KmsSigner(aws("kms"), tables["SIGNING_KEY_ID"]),))
    (key,) = keys.all()
    assert keys.find(key.kid) == key
    assert keys.find("other") is None
