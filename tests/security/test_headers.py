"""Headers under attack: the header is exactly the one that is written, and names a key, never brings one."""

from __future__ import annotations

import json
import socket
import zlib

import cbor2
import pytest

from lukhas_common.crypto.base64url import b64url, unb64url
from lukhas_common.crypto.local_keys import LocalSigner
from lukhas_common.identity.errors import Reason
from tests.security.forge import NOW, REMOVED, Target, jws, qrg, refusal, to_be_signed

KIDS = [
    "",
    " ",
    "../../../../dev/null",
    "/proc/self/environ",
    "..\\..\\windows\\win.ini",
    "' OR '1'='1",
    "x' UNION SELECT 'secret' --",
    "*)(uid=*))(|(uid=*",
    '{"$ne":null}',
    "key#",
    "ring",
    "$(id)",
    "http://evil.example/key",
    "k" * 5000,
    "\u0000",
    "\ud800",
    None,
    REMOVED,
    0,
    True,
    1.5,
    [],
    ["x"],
    {},
    {"$ne": 1},
]


@pytest.mark.parametrize("kid", KIDS, ids=lambda kid: repr(kid)[:30])
def test_class_5_no_other_kid(signed: Target, kid: object) -> None:
    if kid == "\ud800" and signed.kind == "QRG":
        kid = b"\xed\xa0\x80"
    assert refusal(signed.world, signed.forged({"kid": kid})) in (Reason.TOKEN_INVALID, Reason.SIGNATURE_INVALID)
    if isinstance(kid, str) and signed.kind == "QRG":
        refusal(signed.world, signed.forged({"kid": kid.encode()}))


def test_class_5_no_other_spelling_of_the_kid(signed: Target) -> None:
    kid = signed.signer.public_key.kid
    raw = unb64url(kid)
    jose = [kid + "=", f" {kid}", kid.swapcase(), kid[:-1], kid + kid, raw.hex(), [kid], {"kid": kid}]
    cose = [kid, kid.encode(), raw[:-1], raw + b"\0", raw.hex(), [raw], cbor2.CBORTag(24, raw), cbor2.CBORTag(2, raw)]
    for other in cose if signed.kind == "QRG" else jose:
        assert refusal(signed.world, signed.forged({"kid": other})) in (Reason.TOKEN_INVALID, Reason.SIGNATURE_INVALID)


def test_class_5_unknown_kids_make_no_refetch_storm(fresh_signed: Target) -> None:
    """Strangers' kids cost one read of the keys in ten seconds, and keep nobody out."""
    world, load = fresh_signed.world, fresh_signed.world.rings.load
    tokens = [fresh_signed.forged(key=LocalSigner.generate("ES256").public_key) for _ in range(30)]
    names: list[str] = []

    def counted(name: str) -> object:
        names.append(name)
        return load(name)

    world.rings.load = counted  # type: ignore[method-assign,assignment]
    for reads, wait in enumerate((0, 9.9, 0.1, 9.9, 0.1), start=1):
        world.clock.advance(wait)
        for token in tokens:
            assert not world.ask(token).allowed
        assert len(names) == (reads + 1) // 2
    assert world.ask(fresh_signed.token).allowed
    assert names == [fresh_signed.ring] * 3


HEADERS = {
    "jku": "https://evil.example/jwks.json",
    "x5u": "https://evil.example/cert.pem",
    "x5c": ["MIIB"],
    "x5t": "AAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "x5t#S256": b64url(bytes(32)),
}
COSE_HEADERS = {"jku": "jku", "x5u": 35, "x5c": 33, "x5t": 34, "x5t#S256": 32, "jwk": "jwk"}


@pytest.mark.parametrize("own_kid", [True, False])
@pytest.mark.parametrize("name", ["jwk", *HEADERS])
def test_class_6_no_key_comes_with_the_token(
    signed: Target, name: str, own_kid: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the header brings or points to, under our kid or the stranger's, is neither used nor fetched."""
    monkeypatch.setattr(socket, "socket", None)
    stranger = LocalSigner.generate("ES256" if signed.kind == "ES256" else "ML-DSA-44")
    label = COSE_HEADERS[name] if signed.kind == "QRG" else name
    value = HEADERS.get(name) or stranger.public_key.as_jwk()
    key = stranger.public_key if own_kid else None
    token = signed.forged({label: value}, key=key, sign=stranger.sign)
    assert refusal(signed.world, token) is Reason.TOKEN_INVALID
    assert refusal(signed.world, signed.forged({label: value})) is Reason.TOKEN_INVALID


@pytest.mark.parametrize("crit", [[], ["exp"], ["b64"], ["x", "x"], ["alg", "kid"], "exp", {}, None, True, [1], 0])
def test_class_7_nothing_is_critical(signed: Target, crit: object) -> None:
    for more in ({}, {"b64": True}, {"x": 1}):
        token = signed.forged({"crit": crit, **more})
        assert refusal(signed.world, token) is Reason.TOKEN_INVALID


def test_class_7_no_payload_outside_base64(access: Target) -> None:
    """RFC 7797: b64=false signs and sends the claims as they are."""
    header, claims, _ = access.parts()
    for more in ({"b64": False}, {"b64": False, "crit": ["b64"]}):
        protected = b64url(json.dumps(header | more).encode())
        for payload in (json.dumps(claims), b64url(json.dumps(claims).encode())):
            signature = b64url(access.signer.sign(f"{protected}.{payload}".encode()))
            assert refusal(access.world, f"{protected}.{payload}.{signature}")
        assert refusal(access.world, access.forged(more)) is Reason.TOKEN_INVALID


TYPES = ["JWT", "jwt", "id+jwt", "dpop+jwt", "logout+jwt", "secevent+jwt", "application/at+jwt", "AT+JWT", "at+jwt "]
COSE_TYPES = ["application/cwt", "application/qrg", "application/qrg+cwt ", "APPLICATION/QRG+CWT", "qrg+cwt", 61, b"x"]


@pytest.mark.parametrize("typ", [*TYPES, *COSE_TYPES, "", None, REMOVED, 0, ["at+jwt"], {}], ids=repr)
def test_class_14_only_the_type_that_is_asked_for(signed: Target, typ: object) -> None:
    if isinstance(typ, bytes) and signed.kind != "QRG":
        typ = typ.decode()
    assert refusal(signed.world, signed.forged({"typ": typ})) is Reason.TOKEN_INVALID


@pytest.mark.parametrize("cty", ["JWT", "at+jwt", "application/json", "", None, 0])
def test_class_14_no_content_type(signed: Target, cty: object) -> None:
    assert refusal(signed.world, signed.forged({"cty": cty})) is Reason.TOKEN_INVALID


@pytest.mark.parametrize("name", ["zip", "enc", "epk", "p2c", "p2s", "iv", "tag", "nonce", "url", "iss", "exp", "ALG"])
def test_class_15_no_other_member(signed: Target, name: str) -> None:
    for value in ("DEF", "", None, 1, NOW):
        assert refusal(signed.world, signed.forged({name: value})) is Reason.TOKEN_INVALID


def test_class_15_no_compressed_claims(access: Target) -> None:
    claims = json.dumps(access.parts()[1]).encode()
    squeeze = zlib.compressobj(wbits=-15)
    deflated = squeeze.compress(claims) + squeeze.flush()
    for payload in (deflated, zlib.compress(claims), zlib.compress(b"{" + b" " * 10_000_000)):
        for header in ({"zip": "DEF"}, {}):
            assert refusal(access.world, access.forged(header, payload)) is Reason.TOKEN_INVALID


def test_class_6_and_7_nothing_is_unprotected(long_form: Target) -> None:
    """COSE has headers that no signature covers: there are none here, and none replaces a protected one."""
    header, claims, _ = long_form.parts()
    payload = cbor2.dumps(claims, canonical=True)
    for unprotected in ({4: header[4]}, {1: -48}, {16: header[16]}, {2: [1]}, {33: b"x"}, {"jwk": {}}, {0: 0}):
        for missing in ((), unprotected):
            kept = {name: value for name, value in header.items() if name not in missing}
            protected = cbor2.dumps(kept, canonical=True)
            token = qrg(protected, payload, long_form.signer.sign, unprotected)
            assert refusal(long_form.world, token) is Reason.TOKEN_INVALID
    for protected in (b"", b"\xa0", b"\x80", cbor2.dumps(b"")):
        token = qrg(protected, payload, long_form.signer.sign, header)
        assert refusal(long_form.world, token) is Reason.TOKEN_INVALID


@pytest.mark.parametrize("header", [b"null", b"[]", b'"x"', b"1", b"{}", b"{", b"", b"\xff", b"\xef\xbb\xbf{}"])
def test_class_14_a_header_is_an_object(access: Target, header: bytes) -> None:
    claims = json.dumps(access.parts()[1]).encode()
    assert refusal(access.world, jws(header, claims, access.signer.sign)) in (
        Reason.TOKEN_INVALID,
        Reason.AUTHORIZATION_MALFORMED,
    )


def test_class_14_no_other_context_of_signing(long_form: Target) -> None:
    """What COSE calls a counter signature, or a signature of many, is none of a token."""
    protected, payload = (cbor2.dumps(part, canonical=True) for part in long_form.parts()[:2])
    good = to_be_signed(protected, payload)
    for structure in (
        ["Signature", protected, b"", payload],
        ["CounterSignature", protected, b"", payload],
        ["Signature", b"", protected, b"", payload],
        ["Signature1", protected, b"external", payload],
        ["Signature1", b"", b"", payload],
    ):
        message = cbor2.dumps(structure)
        assert message != good
        token = qrg(protected, payload, lambda _, message=message: long_form.signer.sign(message))
        assert refusal(long_form.world, token) is Reason.SIGNATURE_INVALID
