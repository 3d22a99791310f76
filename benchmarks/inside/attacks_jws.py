"""Access tokens that are costly to refuse: by their length, by their JSON, by their kid, by their signature."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

from benchmarks.inside.attack import Attack, flipped, noise, room, with_token
from benchmarks.inside.subjects import Subject, request
from lukhas_common.crypto.base64url import b64url
from lukhas_common.identity.strict_auth import Request
from tests.security.forge import Sign, Target, as_json, jws

MEGABYTES = 5_000_000


def of_length(subject: Subject) -> Iterator[Attack]:
    """Longer than any token, and as long as one may be."""
    kind = "length"
    for name, text in {
        "5 MB": "a" * MEGABYTES,
        "5 MB in three segments": ".".join(["a" * (MEGABYTES // 3)] * 3),
        "5 MB of a QRG token": "QRG_" + "a" * MEGABYTES,
        "5 MB of dots": "." * MEGABYTES,
        "5 MB of padding": "a" + "=" * MEGABYTES,
        "5 MB and a character that no token has": "a" * MEGABYTES + "!",
        "8,192 characters without a dot": "a" * 8192,
        "8,192 dots": "." * 8192,
        "8,192 characters in three segments": ".".join(["A" * 2730] * 3),
        "8,192 characters of a QRG token": "QRG_" + "A" * 8188,
    }.items():
        yield with_token(kind, name, subject, text)
    many = request("", authorization=("Bearer a.b.c",) * 2000)
    yield Attack(kind, "2,000 Authorization headers", subject, lambda: many)


def json_texts(size: int) -> dict[str, bytes]:
    """JSON, and what looks like it, of this many bytes at most."""
    deep, pairs = b"[" * 450 + b"]" * 450, b",".join(b'"%d":0' % number for number in range(size // 8))
    return {
        "arrays, nested and never closed": b"[" * size,
        "arrays, nested": b"[" * (size // 2) + b"]" * (size // 2),
        "arrays, nested 450 deep, six of them": b'{"a":[' + b",".join([deep] * 6)[: size - 8] + b"]}",
        "objects, nested": b'{"a":' * (size // 6) + b"1" + b"}" * (size // 6),
        "many members": b"{" + pairs[: pairs.rindex(b",", 0, size - 2)] + b"}",
        "one member, again and again": b'{"a":0' + b',"a":0' * (size // 6 - 2) + b"}",
        "many numbers": b'{"a":[0' + b",0" * (size // 2 - 6) + b"]}",
        "many objects": b'{"a":[{}' + b",{}" * (size // 3 - 4) + b"]}",
        "many fractions": b'{"a":[1e9' + b",1e9" * (size // 4 - 4) + b"]}",
        "a number of at most 4,300 digits": b'{"a":' + b"9" * min(4300, size - 6) + b"}",
        "a number of as many digits as there is room for": b'{"exp":' + b"9" * (size - 8) + b"}",
        "a fraction of as many digits": b'{"exp":0.' + b"9" * (size - 10) + b"}",
        "an exponent of as many digits": b'{"exp":1e' + b"9" * (size - 10) + b"}",
        "escapes": b'{"a":"' + rb"\u00e9" * (size // 6 - 2) + b'"}',
        "lone surrogates": b'{"a":"' + rb"\ud800" * (size // 6 - 2) + b'"}',
        "characters of four bytes": b'{"a":"' + "\N{FACE WITH TEARS OF JOY}".encode() * (size // 4 - 2) + b'"}',
        "no UTF-8": b'{"a":"' + b"\xff" * (size - 8) + b'"}',
        "no JSON": noise(size),
    }


def of_json(subject: Subject, target: Target) -> Iterator[Attack]:
    """In the claims and in the header, without a signature worth the name."""
    header = as_json(target.parts()[0])
    for name, text in json_texts(room(len(b64url(header)) + 4)).items():
        yield with_token("JSON", f"{name}, as claims", subject, jws(header, text, lambda _: b"\0"))
        yield with_token("JSON", f"{name}, as header", subject, jws(text, b"{}", lambda _: b"\0"))


def of_kids(subject: Subject, target: Target) -> Iterator[Attack]:
    """Keys that nobody has."""
    huge = target.forged(header={"kid": "k" * 5000}, sign=lambda _: bytes(64))
    yield with_token("kid", "a kid of 5,000 characters", subject, huge)
    numbers = count()

    def another() -> str:
        return target.forged(header={"kid": b64url(noise(32, str(next(numbers))))}, sign=lambda _: bytes(64))

    yield with_token("kid", "a QRG handle of nobody", subject, f"QRG_{bytes(16).hex()}")
    yield Attack("kid", "another unknown kid each time", subject, lambda: request(another()))
    yield Attack("kid", "the same, and the ring is read each time", subject, lambda: _later(subject, another()))


def _later(subject: Subject, token: str) -> Request:
    """A request after the pause that CachedKeys makes."""
    subject.world.clock.advance(11)
    return request(token)


def of_signatures(subject: Subject, target: Target) -> Iterator[Attack]:
    """With a header and claims that are right, so that the signature is checked."""
    kind, raw = "signature", target.parts()[2]
    padding = room(len(target.token)) - 40
    ways: dict[str, Sign] = {
        "noise": lambda _: noise(len(raw)),
        "zeros": lambda _: bytes(len(raw)),
        "one byte too many": lambda message: target.signer.sign(message) + b"\0",
        "its first bit flipped": lambda message: flipped(target.signer.sign(message)),
        "its last bit flipped": lambda message: flipped(target.signer.sign(message), len(raw) - 1),
        "of another message": lambda message: target.signer.sign(message + b"."),
    }
    for name, sign in ways.items():
        for size, changes in (("", {}), (", 8,192 characters", {"scope": "x" * padding})):
            token = target.forged(claims=changes, sign=sign)
            yield with_token(kind, f"{target.kind}: {name}{size}", subject, token)


def of_authentic(subject: Subject, target: Target) -> Iterator[Attack]:
    """Signed by the right key, and refused for what they say."""
    padding = room(len(target.token)) - 40
    said: dict[str, dict[str, Any]] = {
        "for another audience": {"aud": "another"},
        "expired": {"iat": 1_700_000_000, "exp": 1_700_003_600},
        "without the scope, 8,192 characters": {"scope": "x " * (padding // 2) + "x"},
        "of somebody who is not there": {"sub": "nobody"},
    }
    for name, claims in said.items():
        yield with_token("authentic", f"{target.kind}: {name}", subject, target.forged(claims=claims))
