"""DPoP proofs that are costly to refuse, beside a token that is good and bound to a key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from benchmarks.inside.attack import Attack, flipped
from benchmarks.inside.attacks_jws import MEGABYTES, json_texts
from benchmarks.inside.subjects import Bound, request
from lukhas_common.crypto.base64url import b64url, unb64url
from lukhas_common.crypto.local_keys import LocalSigner
from lukhas_common.identity.dpop import MAX_LENGTH
from lukhas_common.identity.strict_auth import Request
from tests.security.forge import NOW, URL, as_json, jws, proof


def _tampered(text: str, place: int) -> str:
    message, _, signature = text.rpartition(".")
    return f"{message}.{b64url(flipped(unb64url(signature), place))}"


def proofs(bound: Bound) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What comes as DPoP headers."""
    key, token = bound.key, bound.token
    good = proof(key, token)
    jwk: dict[str, Any] = dict(key.public_key.jwk)
    p521 = ec.generate_private_key(ec.SECP521R1()).public_key().public_numbers()
    point = {name: b64url(number.to_bytes(66, "big")) for name, number in (("x", p521.x), ("y", p521.y))}
    yield "none", ()
    yield "5 MB", ("a" * MEGABYTES,)
    yield "5 MB in three segments", (".".join(["a" * (MEGABYTES // 3)] * 3),)
    yield "2,048 characters in three segments", (".".join(["A" * 682] * 3),)
    yield "two", (good, good)
    yield "2,000", (good,) * 2000
    yield "by another key", (proof(LocalSigner.generate("ES256"), token),)
    yield "its first bit flipped", (_tampered(good, 0),)
    yield "its last bit flipped", (_tampered(good, 63),)
    yield "for another token", (proof(key, "another"),)
    yield "a point that is not on the curve", (proof(key, token, {"jwk": {**jwk, "x": jwk["y"]}}),)
    yield "a key of another curve", (proof(key, token, {"jwk": {**jwk, "crv": "P-521", **point}}),)
    yield "a key with many members", (proof(key, token, {"jwk": {**jwk, **{str(n): 0 for n in range(120)}}}),)
    for name, path in {
        "dot segments": "/../a" * 230,
        "escapes": "/%7e" * 290,
        "slashes": "/" * 1150,
        "colons": ":" * 1150,
    }.items():
        yield f"a URL of {name}", (proof(key, token, htu=f"https://api.example.org{path}"),)
    yield "a host of 1,150 characters", (proof(key, token, htu=f"https://{'a.' * 575}"),)
    header = as_json({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk})
    for name, text in json_texts(1460).items():
        yield f"{name}, as header", (jws(text, b"{}", key.sign),)
    for name, text in json_texts(1260).items():
        yield f"{name}, as claims", (jws(header, text, key.sign),)


def of_proofs(bound: Bound, kind: str) -> Iterator[Attack]:
    """With a good token of this kind."""
    for name, sent in proofs(bound):
        assert max(map(len, sent), default=0) <= MAX_LENGTH or "5 MB" in name, name
        yield _always(bound, f"{kind}: {name}", request(bound.token, sent, bound.scheme))
    bearer = request(bound.token, (proof(bound.key, bound.token),))
    yield _always(bound, f"{kind}: as a bearer token", bearer)
    good = proof(bound.key, bound.token, htu=URL, iat=NOW)
    bound.world.auth.dispatch(request(bound.token, (good,), bound.scheme))
    yield _always(bound, f"{kind}: used before", request(bound.token, (good,), bound.scheme))


def _always(bound: Bound, name: str, asked: Request) -> Attack:
    return Attack("DPoP", name, bound, lambda: asked)
