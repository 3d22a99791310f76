"""Key pairs of KMS: what each spec may be used for, how it is made, and how it signs and verifies.

https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

PRIVATE_KEYS = (
    ec.EllipticCurvePrivateKey,
    rsa.RSAPrivateKey,
    ed25519.Ed25519PrivateKey,
    mldsa.MLDSA44PrivateKey,
    mldsa.MLDSA65PrivateKey,
    mldsa.MLDSA87PrivateKey,
)
ML_DSA, ED25519, ED25519_PH = "ML_DSA_SHAKE_256", "ED25519_SHA_512", "ED25519_PH_SHA_512"
RSA = tuple(f"RSASSA_{scheme}_SHA_{bits}" for scheme in ("PSS", "PKCS1_V1_5") for bits in (256, 384, 512))
HASHES = {"SHA_256": hashes.SHA256(), "SHA_384": hashes.SHA384(), "SHA_512": hashes.SHA512()}


@dataclass(frozen=True)
class Spec:
    """What keys of one spec may do; ``make`` makes the private key of a pair."""

    usages: tuple[str, ...]
    algorithms: tuple[str, ...] = ()
    make: Callable[[], Any] | None = None


def _rsa(bits: int) -> Spec:
    make = partial(rsa.generate_private_key, public_exponent=65537, key_size=bits)
    return Spec(("ENCRYPT_DECRYPT", "SIGN_VERIFY"), RSA, make)


def _ecdsa(curve: ec.EllipticCurve, bits: int, *more: str) -> Spec:
    return Spec(("SIGN_VERIFY", *more), (f"ECDSA_SHA_{bits}",), partial(ec.generate_private_key, curve))


SPECS = {
    "SYMMETRIC_DEFAULT": Spec(("ENCRYPT_DECRYPT",)),
    **{f"HMAC_{bits}": Spec(("GENERATE_VERIFY_MAC",)) for bits in (224, 256, 384, 512)},
    **{f"RSA_{bits}": _rsa(bits) for bits in (2048, 3072, 4096)},
    "ECC_NIST_P256": _ecdsa(ec.SECP256R1(), 256, "KEY_AGREEMENT"),
    "ECC_NIST_P384": _ecdsa(ec.SECP384R1(), 384, "KEY_AGREEMENT"),
    "ECC_NIST_P521": _ecdsa(ec.SECP521R1(), 512, "KEY_AGREEMENT"),
    "ECC_SECG_P256K1": _ecdsa(ec.SECP256K1(), 256),
    "ECC_NIST_EDWARDS25519": Spec(("SIGN_VERIFY",), (ED25519, ED25519_PH), ed25519.Ed25519PrivateKey.generate),
    "ML_DSA_44": Spec(("SIGN_VERIFY",), (ML_DSA,), mldsa.MLDSA44PrivateKey.generate),
    "ML_DSA_65": Spec(("SIGN_VERIFY",), (ML_DSA,), mldsa.MLDSA65PrivateKey.generate),
    "ML_DSA_87": Spec(("SIGN_VERIFY",), (ML_DSA,), mldsa.MLDSA87PrivateKey.generate),
}
ALGORITHMS = tuple(dict.fromkeys(name for spec in SPECS.values() for name in spec.algorithms))


def generate(spec: str) -> Any:
    """Make the private key of a pair; None for a spec that has no pair."""
    make = SPECS[spec].make
    return make() if make else None


def public_key(private: Any) -> bytes:
    """Return the public half as DER SubjectPublicKeyInfo (RFC 5280)."""
    form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    encoded: bytes = private.public_key().public_bytes(*form)
    return encoded


def digest_size(algorithm: str) -> int:
    """Return how many bytes a DIGEST for this algorithm has."""
    return HASHES[algorithm[-7:]].digest_size


def sign(private: Any, algorithm: str, kind: str, message: bytes) -> bytes:
    """Sign a message that is RAW, its DIGEST or its EXTERNAL_MU; ECDSA signatures are DER (RFC 3279)."""
    mu = kind == "EXTERNAL_MU"
    signature: bytes = private.sign_mu(message) if mu else private.sign(message, *_options(algorithm, kind))
    return signature


def verify(private: Any, algorithm: str, kind: str, message: bytes, signature: bytes) -> bool:
    """Tell whether the public half of ``private`` accepts a signature."""
    public = private.public_key()
    try:
        if kind == "EXTERNAL_MU":
            public.verify_mu(signature, message)
        else:
            public.verify(signature, message, *_options(algorithm, kind))
    except InvalidSignature:
        return False
    return True


def _options(algorithm: str, kind: str) -> tuple[Any, ...]:
    if algorithm in (ML_DSA, ED25519):
        return ()
    function = HASHES[algorithm[-7:]]
    chosen = Prehashed(function) if kind == "DIGEST" else function
    if algorithm.startswith("ECDSA"):
        return (ec.ECDSA(chosen),)
    if algorithm.startswith("RSASSA_PSS"):
        return padding.PSS(padding.MGF1(function), function.digest_size), chosen
    return padding.PKCS1v15(), chosen
