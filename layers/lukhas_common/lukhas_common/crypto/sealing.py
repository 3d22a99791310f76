"""Symmetric cryptography: derived keys and sealed bytes."""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12
"""Bytes of the random nonce (NIST SP 800-38D, section 8.2.2); seal at most 2^32 times under one key."""


class SealError(Exception):
    """Sealed bytes were altered, or sealed under another key or for something else."""


def derive(secret: bytes, info: bytes, *, salt: bytes | None = None, length: int = 32) -> bytes:
    """A key from a uniformly random secret by HKDF-SHA-256 (RFC 5869); ``info`` names its one purpose."""
    return HKDF(SHA256(), length, salt, info).derive(secret)


def seal(key: bytes, plaintext: bytes, bound: bytes) -> bytes:
    """AES-GCM (NIST SP 800-38D) under a random nonce, which comes first; ``bound`` must be the same to unseal."""
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, bound)


def unseal(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    """What ``seal`` was given.

    Raises:
        SealError: not a byte of it can be trusted.
    """
    try:
        return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], bound)
    except (InvalidTag, ValueError):
        raise SealError("altered, or sealed under another key or for something else") from None
