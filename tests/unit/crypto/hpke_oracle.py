"""HPKE's base mode and X-Wing, written once more from RFC 9180 and the draft, on primitives alone."""

from __future__ import annotations

import hashlib
import hmac

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

KEM, HKDF_SHA256, AES_256_GCM = 0x647A, 0x0001, 0x0002


def shared_secret(seed: bytes, enc: bytes) -> bytes:
    """X-Wing's Decapsulate."""
    stretched = hashlib.shake_256(seed).digest(96)
    point = X25519PrivateKey.from_private_bytes(stretched[64:])
    lattice_secret = MLKEM768PrivateKey.from_seed_bytes(stretched[:64]).decapsulate(enc[:1088])
    point_secret = point.exchange(X25519PublicKey.from_public_bytes(enc[1088:]))
    label = bytes.fromhex("5c2e2f2f5e5c")
    whole = lattice_secret + point_secret + enc[1088:] + point.public_key().public_bytes_raw() + label
    return hashlib.sha3_256(whole).digest()


def key_and_nonce(secret: bytes, info: bytes, aead: int) -> tuple[bytes, bytes]:
    """RFC 9180, section 5.1: the key and the base nonce of the base mode."""
    suite = b"HPKE" + b"".join(number.to_bytes(2, "big") for number in (KEM, HKDF_SHA256, aead))

    def extract(salt: bytes, label: bytes, ikm: bytes) -> bytes:
        return hmac.new(salt, b"HPKE-v1" + suite + label + ikm, hashlib.sha256).digest()

    def expand(prk: bytes, label: bytes, context: bytes, length: int) -> bytes:
        labelled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + context
        return hmac.new(prk, labelled + b"\x01", hashlib.sha256).digest()[:length]

    context = b"\x00" + extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", info)
    prk = extract(secret, b"secret", b"")
    return expand(prk, b"key", context, 32), expand(prk, b"base_nonce", context, 12)
