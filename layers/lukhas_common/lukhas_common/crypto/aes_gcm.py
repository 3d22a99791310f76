"""AES-GCM (NIST SP 800-38D). Nothing else calls it, HPKE aside: nonces are chosen in sealing.py alone."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12
"""Bytes of a nonce (section 8.2)."""

TAG = 16
"""Bytes of a tag, which ends what is encrypted."""


class SealError(Exception):
    """Sealed bytes were altered, or sealed under another key or for something else."""


def encrypt(key: bytes, nonce: bytes, plaintext: bytes, bound: bytes) -> bytes:
    """Ciphertext and tag. A nonce that comes twice under one key gives both plaintexts away.

    Raises:
        ValueError: the key is none, or the nonce has not 12 bytes.
    """
    if len(nonce) != NONCE:
        raise ValueError(f"a nonce has {NONCE} bytes")
    return AESGCM(key).encrypt(nonce, plaintext, bound)


def decrypt(key: bytes, nonce: bytes, encrypted: bytes, bound: bytes) -> bytes:
    """The plaintext.

    Raises:
        SealError: not a byte of it can be trusted.
    """
    try:
        if len(nonce) == NONCE:
            return AESGCM(key).decrypt(nonce, encrypted, bound)
    except (InvalidTag, ValueError):
        pass
    raise SealError("altered, or sealed under another key or for something else")
