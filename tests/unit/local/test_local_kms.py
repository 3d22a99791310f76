"""Signatures of the stand-in's KMS, asked for through boto3 and verified outside."""

import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.unit.local.standins import Create, refused

MESSAGE = b"what is signed"
ML_DSA, ED25519, ED25519_PH = "ML_DSA_SHAKE_256", "ED25519_SHA_512", "ED25519_PH_SHA_512"


def mu(public_key: bytes, message: bytes) -> bytes:
    """The representative of a message, FIPS 204, algorithm 2 line 10 and algorithm 7 line 6, empty context."""
    tr = hashlib.shake_256(public_key).digest(64)
    return hashlib.shake_256(tr + bytes(2) + message).digest(64)


@pytest.mark.parametrize(
    ("spec", "algorithm", "header", "signature"),
    [
        # Bytes of SubjectPublicKeyInfo before the key itself (RFC 9881, RFC 8410), and of a signature.
        ("ML_DSA_44", ML_DSA, 22, 2420),
        ("ML_DSA_65", ML_DSA, 22, 3309),
        ("ML_DSA_87", ML_DSA, 22, 4627),
        ("ECC_NIST_EDWARDS25519", ED25519, 12, 64),
    ],
)
def test_ml_dsa_and_ed25519_signatures_are_verified_outside(
    kms: Any, key: Create, spec: str, algorithm: str, header: int, signature: int
) -> None:
    arn = key(spec)
    signed = kms.sign(KeyId=arn, Message=MESSAGE, SigningAlgorithm=algorithm)
    assert (signed["KeyId"], signed["SigningAlgorithm"]) == (arn, algorithm)
    assert len(signed["Signature"]) == signature
    der = kms.get_public_key(KeyId=arn)["PublicKey"]
    public: Any = load_der_public_key(der)
    assert public.public_bytes_raw() == der[header:]
    public.verify(signed["Signature"], MESSAGE)
    checked = kms.verify(KeyId=arn, Message=MESSAGE, Signature=signed["Signature"], SigningAlgorithm=algorithm)
    assert (checked["KeyId"], checked["SignatureValid"], checked["SigningAlgorithm"]) == (arn, True, algorithm)


@pytest.mark.parametrize("spec", ["ML_DSA_44", "ML_DSA_65", "ML_DSA_87"])
def test_an_external_mu_is_signed_as_the_message_that_it_stands_for(kms: Any, key: Create, spec: str) -> None:
    arn = key(spec)
    public: Any = load_der_public_key(kms.get_public_key(KeyId=arn)["PublicKey"])
    message = MESSAGE * 1000  # longer than KMS takes by itself
    request = {
        "KeyId": arn,
        "Message": mu(public.public_bytes_raw(), message),
        "MessageType": "EXTERNAL_MU",
        "SigningAlgorithm": ML_DSA,
    }
    signature = kms.sign(**request)["Signature"]
    public.verify(signature, message)
    assert kms.verify(**request, Signature=signature)["SignatureValid"]


@pytest.mark.parametrize(
    ("spec", "curve", "bits"),
    [
        ("ECC_NIST_P256", ec.SECP256R1, 256),
        ("ECC_NIST_P384", ec.SECP384R1, 384),
        ("ECC_NIST_P521", ec.SECP521R1, 512),
        ("ECC_SECG_P256K1", ec.SECP256K1, 256),
    ],
)
def test_ecdsa_signs_a_digest_as_it_is_and_a_message_by_its_digest(
    kms: Any, key: Create, spec: str, curve: type[ec.EllipticCurve], bits: int
) -> None:
    arn, algorithm = key(spec), f"ECDSA_SHA_{bits}"
    public: Any = load_der_public_key(kms.get_public_key(KeyId=arn)["PublicKey"])
    assert isinstance(public.curve, curve)
    digest = hashlib.new(f"sha{bits}", MESSAGE).digest()
    kinds = {"RAW": MESSAGE, "DIGEST": digest}
    for kind, message in kinds.items():
        request = {"KeyId": arn, "Message": message, "MessageType": kind, "SigningAlgorithm": algorithm}
        signature = kms.sign(**request)["Signature"]
        assert signature[0] == 0x30  # a DER sequence
        public.verify(signature, MESSAGE, ec.ECDSA(getattr(hashes, f"SHA{bits}")()))
        for other, same in kinds.items():
            checked = {**request, "Message": same, "MessageType": other, "Signature": signature}
            assert kms.verify(**checked)["SignatureValid"]


@pytest.mark.parametrize("scheme", ["PSS", "PKCS1_V1_5"])
@pytest.mark.parametrize("bits", [256, 384, 512])
def test_rsa_signs_a_digest_as_it_is_and_salts_as_long_as_it(kms: Any, key: Create, scheme: str, bits: int) -> None:
    arn, chosen = key("RSA_2048"), getattr(hashes, f"SHA{bits}")()
    public: Any = load_der_public_key(kms.get_public_key(KeyId=arn)["PublicKey"])
    algorithm = f"RSASSA_{scheme}_SHA_{bits}"
    for kind, message in {"RAW": MESSAGE, "DIGEST": hashlib.new(f"sha{bits}", MESSAGE).digest()}.items():
        request = {"KeyId": arn, "Message": message, "MessageType": kind, "SigningAlgorithm": algorithm}
        signature = kms.sign(**request)["Signature"]
        padded = padding.PKCS1v15() if scheme == "PKCS1_V1_5" else padding.PSS(padding.MGF1(chosen), bits // 8)
        public.verify(signature, MESSAGE, padded, chosen)
        assert kms.verify(**request, Signature=signature)["SignatureValid"]


INVALID, USAGE, UNSUPPORTED = "ValidationException", "InvalidKeyUsageException", "UnsupportedOperationException"


@pytest.mark.parametrize("operation", ["sign", "verify"])
@pytest.mark.parametrize(
    ("spec", "algorithm", "kind", "size", "code"),
    [
        ("ML_DSA_44", ML_DSA, "RAW", 4096, ""),
        ("ML_DSA_44", ML_DSA, "RAW", 4097, INVALID),
        ("ECC_NIST_P256", "ECDSA_SHA_256", "RAW", 4096, ""),
        ("ECC_NIST_P256", "ECDSA_SHA_256", "RAW", 4097, INVALID),
        ("ECC_NIST_P256", "ECDSA_SHA_256", "RAW", 0, INVALID),
        ("ML_DSA_44", ML_DSA, "DIGEST", 64, INVALID),
        ("ML_DSA_65", ML_DSA, "DIGEST", 32, INVALID),
        ("ML_DSA_87", ML_DSA, "EXTERNAL_MU", 63, INVALID),
        ("ML_DSA_87", ML_DSA, "EXTERNAL_MU", 65, INVALID),
        ("ML_DSA_87", ML_DSA, "EXTERNAL_MU", 64, ""),
        ("ECC_NIST_EDWARDS25519", ED25519, "DIGEST", 64, INVALID),
        ("ECC_NIST_EDWARDS25519", ED25519, "EXTERNAL_MU", 64, INVALID),
        ("ECC_NIST_EDWARDS25519", ED25519_PH, "RAW", 64, INVALID),
        ("ECC_NIST_EDWARDS25519", ED25519_PH, "DIGEST", 63, INVALID),
        ("ECC_NIST_EDWARDS25519", ED25519_PH, "DIGEST", 64, UNSUPPORTED),
        ("ECC_NIST_P256", "ECDSA_SHA_256", "EXTERNAL_MU", 64, INVALID),
        ("RSA_2048", "RSASSA_PSS_SHA_512", "EXTERNAL_MU", 64, INVALID),
        ("ECC_NIST_P256", "ECDSA_SHA_256", "DIGEST", 31, INVALID),
        ("ECC_NIST_P256", "ECDSA_SHA_256", "DIGEST", 48, INVALID),
        ("ECC_NIST_P384", "ECDSA_SHA_384", "DIGEST", 32, INVALID),
        ("ECC_NIST_P521", "ECDSA_SHA_512", "DIGEST", 66, INVALID),
        ("RSA_2048", "RSASSA_PKCS1_V1_5_SHA_256", "DIGEST", 64, INVALID),
        ("RSA_2048", "RSASSA_PSS_SHA_384", "DIGEST", 32, INVALID),
        ("ECC_NIST_P256", "ECDSA_SHA_256", "MESSAGE", 32, INVALID),
        ("ECC_NIST_P256", "ECDSA_SHA_1", "RAW", 32, INVALID),
        ("ECC_NIST_P256", "ECDSA_SHA_384", "RAW", 32, USAGE),
        ("ECC_NIST_P256", ML_DSA, "RAW", 32, USAGE),
        ("ML_DSA_44", "ECDSA_SHA_256", "RAW", 32, USAGE),
        ("ECC_NIST_EDWARDS25519", "ECDSA_SHA_512", "RAW", 32, USAGE),
        ("RSA_2048", ED25519, "RAW", 32, USAGE),
        ("RSA_2048:ENCRYPT_DECRYPT", "RSASSA_PSS_SHA_256", "RAW", 32, USAGE),
        ("ECC_NIST_P256:KEY_AGREEMENT", "ECDSA_SHA_256", "RAW", 32, USAGE),
        ("HMAC_256:GENERATE_VERIFY_MAC", "ECDSA_SHA_256", "RAW", 32, USAGE),
        ("SYMMETRIC_DEFAULT:ENCRYPT_DECRYPT", "ECDSA_SHA_256", "RAW", 32, USAGE),
    ],
)
def test_what_kms_does_not_sign_is_refused_as_kms_refuses_it(
    kms: Any, key: Create, operation: str, spec: str, algorithm: str, kind: str, size: int, code: str
) -> None:
    arn = key(*spec.split(":"))
    request = {"KeyId": arn, "Message": bytes(size), "MessageType": kind, "SigningAlgorithm": algorithm}
    if operation == "verify":
        request["Signature"], code = bytes(64), code or "KMSInvalidSignatureException"
    assert refused(getattr(kms, operation), **request) == code


def test_a_signature_by_another_key_or_of_another_message_is_invalid(kms: Any, key: Create) -> None:
    arn, other = key("ML_DSA_44"), kms.create_key(KeySpec="ML_DSA_44", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    request = {"KeyId": arn, "Message": MESSAGE, "SigningAlgorithm": ML_DSA}
    request["Signature"] = kms.sign(**request)["Signature"]
    assert refused(kms.verify, **request) == ""
    for change in ({"KeyId": other}, {"Message": MESSAGE + b"."}, {"Signature": bytes(2420)}):
        assert refused(kms.verify, **{**request, **change}) == "KMSInvalidSignatureException"


@pytest.mark.parametrize(
    ("spec", "algorithms"),
    [
        ("ML_DSA_44", [ML_DSA]),
        ("ECC_NIST_EDWARDS25519", [ED25519, ED25519_PH]),
        ("ECC_NIST_P521", ["ECDSA_SHA_512"]),
    ],
)
def test_a_key_is_described_as_it_was_made(kms: Any, spec: str, algorithms: list[str]) -> None:
    made = kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY", Description="d")["KeyMetadata"]
    assert made == kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"]
    assert (made["KeySpec"], made["KeyUsage"], made["SigningAlgorithms"]) == (spec, "SIGN_VERIFY", algorithms)
    assert (made["KeyState"], made["Enabled"], made["Description"]) == ("Enabled", True, "d")
    assert "EncryptionAlgorithms" not in made
    public = kms.get_public_key(KeyId=made["KeyId"])
    seen = public["KeyId"], public["KeySpec"], public["KeyUsage"], public["SigningAlgorithms"]
    assert seen == (made["Arn"], spec, "SIGN_VERIFY", algorithms)


def test_what_one_key_encrypted_is_encrypted_anew_by_another_and_the_source_is_held_to_what_was_said(kms: Any) -> None:
    old, new = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    before = {"EncryptionContext": {"for": "one"}}
    blob = kms.encrypt(KeyId=old, Plaintext=b"secret", **before)["CiphertextBlob"]
    move = {
        "CiphertextBlob": blob,
        "DestinationKeyId": new,
        "SourceEncryptionContext": {"for": "one"},
        "DestinationEncryptionContext": {"for": "two"},
    }
    moved = kms.re_encrypt(SourceKeyId=old, **move)
    assert (moved["SourceKeyId"], moved["KeyId"]) == (old, new)
    opened = kms.decrypt(KeyId=new, CiphertextBlob=moved["CiphertextBlob"], EncryptionContext={"for": "two"})
    assert opened["Plaintext"] == b"secret"
    refusals = (
        ({"SourceKeyId": new}, "IncorrectKeyException"),
        ({"SourceEncryptionContext": {"for": "two"}}, "InvalidCiphertextException"),
        ({"SourceKeyId": old.rpartition("/")[0] + "/none"}, "NotFoundException"),
    )
    for wrong, code in refusals:
        assert refused(kms.re_encrypt, **move | wrong) == code
    kms.disable_key(KeyId=old)
    for named in ({"SourceKeyId": old}, {}):
        assert refused(kms.re_encrypt, **move | named) == "DisabledException"
