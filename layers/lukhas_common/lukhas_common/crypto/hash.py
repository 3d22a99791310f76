"""Hashes by what they are for: passwords slowly and salted, data under a key, keys from a key; all made elsewhere."""

from __future__ import annotations

from lukhas_common.crypto.encrypt import MacKey, RootKey, authenticate, is_authentic
from lukhas_common.identity.password_hashes import PasswordHasher

__all__ = ["MacKey", "RootKey", "authenticate", "hash_password", "is_authentic", "verify_password"]

_HASHER = PasswordHasher()


def hash_password(password: str) -> str:
    """What to store of a password: Argon2id under a fresh salt (RFC 9106), with its parameters.

    Raises:
        WeakPasswordError: it is too long, or no text.
    """
    return _HASHER.hash(password)


def verify_password(password: str, stored: str | None) -> bool:
    """Whether the password is the one that was stored; None takes as long as a wrong one, for users there are not."""
    return _HASHER.verify(stored, password)
