"""Symmetric cryptography: derived keys and sealed bytes.

Sealed bytes are ``LKS`` 01 | salt (16) | commitment (32) | AES-256-GCM ciphertext and tag. Key, nonce and commitment of
each are derived from the key and the salt, so a key may seal 2^48 times before two salts are equal with a probability
of 2^-32, and no second key opens what one key sealed (Albertini et al., How to Abuse and Fix Authenticated Encryption
Without Key Commitment, 2022).
"""

from __future__ import annotations

import hmac
import secrets

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from lukhas_common.crypto import aes_gcm
from lukhas_common.crypto.aes_gcm import SealError

__all__ = ["KEY", "OVERHEAD", "SealError", "derive", "seal", "unseal", "unseal_committed"]

KEY = 32
"""Bytes of a key."""

_HEADER = b"LKS\x01"
_SALT, _COMMITMENT = 16, 32
_START = len(_HEADER) + _SALT + _COMMITMENT
_INFO = b"lukhas sealed bytes v1"

OVERHEAD = _START + aes_gcm.TAG
"""Bytes that sealing adds."""


def derive(secret: bytes, info: bytes, *, salt: bytes | None = None, length: int = 32) -> bytes:
    """A key from a uniformly random secret by HKDF-SHA-256 (RFC 5869); ``info`` names its one purpose."""
    return HKDF(SHA256(), length, salt, info).derive(secret)


def seal(key: bytes, plaintext: bytes, bound: bytes) -> bytes:
    """Seal under a fresh salt; ``bound`` must be the same to unseal.

    Raises:
        ValueError: the key has not 32 bytes.
    """
    if len(key) != KEY:
        raise ValueError(f"a key has {KEY} bytes")
    salt = secrets.token_bytes(_SALT)
    encryption, nonce, commitment = _derived(key, salt)
    return _HEADER + salt + commitment + aes_gcm.encrypt(encryption, nonce, plaintext, _HEADER + bound)


def unseal_committed(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    """What ``seal`` was given.

    Raises:
        SealError: not a byte of it can be trusted.
    """
    if len(key) == KEY and len(sealed) >= OVERHEAD and sealed.startswith(_HEADER):
        salt = sealed[len(_HEADER) : len(_HEADER) + _SALT]
        encryption, nonce, commitment = _derived(key, salt)
        if hmac.compare_digest(sealed[len(_HEADER) + _SALT : _START], commitment):
            return aes_gcm.decrypt(encryption, nonce, sealed[_START:], _HEADER + bound)
    raise SealError("altered, or sealed under another key or for something else")


def unseal(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    """What ``seal`` was given, now or before sealed bytes had a header: then they were a nonce and AES-GCM's output.

    One such nonce in 2^32 begins like the header, so what does not open as the one is tried as the other.

    Raises:
        SealError: not a byte of it can be trusted.
    """
    if sealed.startswith(_HEADER):
        try:
            return unseal_committed(key, sealed, bound)
        except SealError:
            pass
    return aes_gcm.decrypt(key, sealed[: aes_gcm.NONCE], sealed[aes_gcm.NONCE :], bound)


def _derived(key: bytes, salt: bytes) -> tuple[bytes, bytes, bytes]:
    """The key, the nonce and the commitment of one message."""
    out = derive(key, _INFO, salt=salt, length=KEY + aes_gcm.NONCE + _COMMITMENT)
    return out[:KEY], out[KEY : KEY + aes_gcm.NONCE], out[KEY + aes_gcm.NONCE :]
