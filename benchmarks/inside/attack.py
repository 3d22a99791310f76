"""One hostile token, and how often it is tried."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.inside.subjects import Subject, request
from lukhas_common.identity.jose import MAX_TOKEN_LENGTH
from lukhas_common.identity.strict_auth import Request

Make = Callable[[], Request]


@dataclass(frozen=True, slots=True)
class Attack:
    """A request that is to be refused, made anew for each try.

    Attributes:
        kind: what it is an instance of.
    """

    kind: str
    name: str
    subject: Subject
    make: Make


def with_token(kind: str, name: str, subject: Subject, token: str) -> Attack:
    """The same token at each try."""
    asked = request(token)
    return Attack(kind, name, subject, lambda: asked)


def noise(size: int, seed: str = "noise") -> bytes:
    """Bytes that look random, and are the same in every run."""
    return hashlib.shake_256(seed.encode()).digest(size)


def room(taken: int) -> int:
    """Bytes that a token has room for in base64url, beside this many characters."""
    return (MAX_TOKEN_LENGTH - taken) * 3 // 4


def flipped(data: bytes, place: int = 0) -> bytes:
    """With one bit changed."""
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
