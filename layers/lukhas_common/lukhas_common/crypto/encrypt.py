"""Encrypted bytes, for whoever holds a key: a typed one, which serves one purpose, or 32 raw bytes."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field

from lukhas_common.crypto.macs import mac
from lukhas_common.crypto.sealing import KEY, derive, seal, unseal_committed


@dataclass(frozen=True, slots=True)
class _Key:
    """A secret of 32 bytes that no ``repr`` shows."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.secret, bytes) or len(self.secret) != KEY:
            raise ValueError(f"a key is {KEY} bytes")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and hmac.compare_digest(self.secret, other.secret)

    def __hash__(self) -> int:
        return hash((type(self), self.secret))


@dataclass(frozen=True, slots=True, eq=False)
class EncryptionKey(_Key):
    """A key that encrypts, and does nothing else."""


@dataclass(frozen=True, slots=True, eq=False)
class MacKey(_Key):
    """A key that authenticates, and does nothing else."""


@dataclass(frozen=True, slots=True, eq=False)
class RootKey(_Key):
    """A key from which others are derived (HKDF, RFC 5869), each for one named purpose."""

    @classmethod
    def random(cls) -> RootKey:
        return cls(secrets.token_bytes(KEY))

    def encryption(self, purpose: str) -> EncryptionKey:
        return EncryptionKey(derive(self.secret, b"lukhas encryption key v1\0" + purpose.encode()))

    def mac(self, purpose: str) -> MacKey:
        return MacKey(derive(self.secret, b"lukhas mac key v1\0" + purpose.encode()))


def encrypt_bytes(
    key: EncryptionKey | bytes, plaintext: bytes | bytearray | memoryview, *, bound: bytes = b""
) -> bytes:
    """Encrypt and commit to the key (``sealing.py`` has the format); nobody chooses the nonce.

    Args:
        bound: what it belongs to; it opens only with the same.

    Raises:
        TypeError: the key is for something else, or what is to be encrypted is no bytes.
        ValueError: a raw key has not 32 bytes.
    """
    return seal(_secret(key), bytes(memoryview(plaintext)), bytes(memoryview(bound)))


def decrypt_bytes(
    key: EncryptionKey | bytes, ciphertext: bytes | bytearray | memoryview, *, bound: bytes = b""
) -> bytes:
    """What ``encrypt_bytes`` was given.

    Raises:
        SealError: it was altered, or encrypted under another key or for something else.
        TypeError: the key is for something else, or what is to be decrypted is no bytes.
        ValueError: a raw key has not 32 bytes.
    """
    return unseal_committed(_secret(key), bytes(memoryview(ciphertext)), bytes(memoryview(bound)))


def authenticate(key: MacKey, data: bytes) -> bytes:
    """HMAC-SHA-256 (RFC 2104), 32 bytes."""
    if not isinstance(key, MacKey):
        raise TypeError("a MacKey is wanted")
    return mac(key.secret, data)


def is_authentic(key: MacKey, data: bytes, tag: bytes) -> bool:
    """Whether the tag is that of the data, compared in constant time."""
    return hmac.compare_digest(authenticate(key, data), tag)


def _secret(key: EncryptionKey | bytes) -> bytes:
    if isinstance(key, EncryptionKey):
        return key.secret
    if not isinstance(key, bytes):
        raise TypeError("an EncryptionKey is wanted, or 32 raw bytes")
    return EncryptionKey(key).secret
