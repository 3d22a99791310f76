"""Spellings under attack: one form of each token is read."""

from __future__ import annotations

import base64
import json

import cbor2
import pytest
from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK

from lukhas_common.crypto.base64url import b64url, unb64url
from lukhas_common.identity.errors import Reason
from tests.security import forge
from tests.security.forge import Target, qrg, refusal

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
AROUND = ["\n", "\r\n", " ", "\t", "\0", "\ufeff", "\u00a0", "\u200b", "=", "==", ",", ";", '"', "%20", ".", "\ud800"]


@pytest.mark.parametrize("char", AROUND, ids=ascii)
def test_class_16_nothing_around_or_within_a_token(target: Target, char: str) -> None:
    token = target.token
    for at in (0, 4, len(token) // 2, len(token)):
        refusal(target.world, token[:at] + char + token[at:])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp500"])
def test_class_16_no_other_encoding(target: Target, encoding: str) -> None:
    refusal(target.world, target.token.encode(encoding).decode("latin-1"))
    if target.kind in forge.ACCESS:
        header, claims, _ = target.parts()
        for header_as, claims_as in ((encoding, "utf-8"), ("utf-8", encoding)):
            parts = json.dumps(header).encode(header_as), json.dumps(claims).encode(claims_as)
            assert refusal(target.world, target.forged(*parts)) is Reason.TOKEN_INVALID


def test_class_16_no_escaped_surrogates_and_no_byte_order_mark(access: Target) -> None:
    for extra in (r'"\ud800"', r'"\udfff\ud800"'):
        claims = json.dumps({**access.parts()[1], "client_id": "@"}).replace('"@"', extra)
        assert refusal(access.world, access.forged(b"", claims.encode())) is Reason.TOKEN_INVALID
    for part in (0, 1):
        pieces = [json.dumps(piece).encode() for piece in access.parts()[:2]]
        pieces[part] = b"\xef\xbb\xbf" + pieces[part]
        assert refusal(access.world, access.forged(*pieces)) is Reason.TOKEN_INVALID


def test_class_16_only_canonical_base64url(signed: Target) -> None:
    """Each segment with padding, in the standard alphabet, and with other unused bits at its end."""
    prefix, separator = ("QRG_", "\0") if signed.kind == "QRG" else ("", ".")
    parts = signed.token.removeprefix(prefix).split(separator)
    for at, part in enumerate(parts):
        data = unb64url(part)
        others = [
            part + "=" * (-len(part) % 4 or 4),
            base64.b64encode(data).decode(),
            base64.b64encode(data).decode().rstrip("="),
            base64.b32encode(data).decode().rstrip("="),
            data.hex(),
            part + "A",
            part + "AA",
        ]
        if len(part) % 4:
            others.append(part[:-1] + ALPHABET[ALPHABET.index(part[-1]) ^ 1])
        for other in others:
            if other != part:
                refusal(signed.world, prefix + separator.join([*parts[:at], other, *parts[at + 1 :]]))


def test_class_16_two_four_or_five_segments_are_none(access: Target) -> None:
    token = access.token
    header, claims, signature = token.split(".")
    for altered in (
        header,
        f"{header}.{claims}",
        f"{claims}.{signature}",
        f"{header}.{claims}.",
        f".{claims}.{signature}",
        f"{header}..{signature}",
        "..",
        "",
        f"{token}.",
        f".{token}",
        f"{token}.{signature}",
        f"{header}.{token}",
        f"{token}.{header}.{claims}",
        f"{token}.{token}",
        f"{token},{token}",
        f"{header}/{claims}/{signature}",
        f"{header}~{claims}~{signature}~",
    ):
        refusal(access.world, altered)


def test_class_16_no_json_serialization(access: Target) -> None:
    header, claims, signature = access.token.split(".")
    one = {"protected": header, "signature": signature}
    for form in ({"payload": claims, **one}, {"payload": claims, "signatures": [one]}, [access.token], access.token):
        refusal(access.world, json.dumps(form))
        refusal(access.world, b64url(json.dumps(form).encode()))


def test_class_16_one_prefix_in_one_case(target: Target) -> None:
    bare = target.token.removeprefix("QRG_")
    for prefix in ("qrg_", "Qrg_", "QRG-", "QRG", "QRG__", "QRG_QRG_", "_", "rt_", "at_"):
        refusal(target.world, prefix + bare)
    refusal(target.world, bare if target.ring == "qrg" else f"QRG_{bare}")


def test_class_16_one_spelling_of_a_handle() -> None:
    target = Target("handle")
    cti = target.token.removeprefix("QRG_")
    for other in (
        cti.upper(),
        cti[:-1],
        cti + "0",
        cti * 2,
        f"0x{cti[2:]}",
        "-".join((cti[:8], cti[8:12], cti[12:16], cti[16:20], cti[20:])),
        b64url(bytes.fromhex(cti)),
        cti.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
    ):
        assert other == cti or refusal(target.world, f"QRG_{other}")


def test_class_14_no_other_token_of_ours_is_one(target: Target) -> None:
    """A refresh token, a DPoP proof by the right key, and an access token under the name of a QRG token."""
    refresh = target.session.refresh_token
    assert target.world.ask(refresh).reason is Reason.TOKEN_INVALID
    assert target.world.introspection.facts(refresh).token_type is None
    for other in (f"QRG_{refresh}", refresh.removeprefix("rt_"), f"QRG_{target.session.access_token}"):
        refusal(target.world, other)
    refusal(target.world, forge.proof(target.world.signer, None))


def jwe(alg: str, enc: str, content: str | bytes, key: JWK, **header: object) -> str:
    token = JWE(content, json.dumps({"alg": alg, "enc": enc, **header}))
    token.add_recipient(key)
    return str(token.serialize(compact=True))


def test_class_15_nothing_encrypted_and_nothing_nested(access: Target) -> None:
    """A JWE, its zip bomb, one whose password costs a day, and a JWS within a JWS or a JWE."""
    world, token = access.world, access.token
    secret = JWK(kty="oct", k=b64url(bytes(32)))
    for content in (token, json.dumps(access.parts()[1]), "A" * 1_000_000):
        refusal(world, jwe("dir", "A256GCM", content, secret, zip="DEF", cty="JWT"))
    header = {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2s": b64url(bytes(16)), "p2c": 2**31 - 1}
    bomb = ".".join([b64url(json.dumps(header).encode()), *(b64url(bytes(size)) for size in (24, 12, 16, 16))])
    refusal(world, bomb)
    for claims in (token.encode(), json.dumps(token).encode(), unb64url(token.split(".")[1]).hex().encode()):
        assert refusal(world, access.forged({}, claims)) is Reason.TOKEN_INVALID
    assert refusal(world, access.forged({"cty": "JWT"}, token.encode())) is Reason.TOKEN_INVALID
    protected, *rest = jwe("dir", "A256GCM", token, secret).split(".")
    refusal(world, ".".join([protected, rest[2], rest[3]]))


@pytest.mark.parametrize("kind", ["QRG"])
def test_class_15_no_other_cose(kind: str) -> None:
    """COSE_Encrypt0, COSE_Mac0, COSE_Sign, no tag, two tags, CWT's tag, and a token within a token."""
    target = Target(kind)
    inner = cbor2.loads(unb64url(target.token.removeprefix("QRG_")))
    protected, unprotected, payload, signature = inner.value
    signers = [protected, unprotected, payload, [[b"", {}, signature]]]
    for data in (
        *(cbor2.CBORTag(tag, inner.value) for tag in (16, 17, 19, 61, 96, 97, 98, 55799)),
        *(cbor2.CBORTag(tag, inner) for tag in (18, 24, 61, 55799)),
        cbor2.CBORTag(98, signers),
        inner.value,
        [inner],
        cbor2.dumps(inner),
        cbor2.CBORTag(18, inner.value[:3]),
        cbor2.CBORTag(18, [*inner.value, b""]),
        cbor2.CBORTag(18, [protected, unprotected, None, signature]),
        cbor2.CBORTag(18, [protected, None, payload, signature]),
        cbor2.CBORTag(18, [protected, [], payload, signature]),
        cbor2.CBORTag(18, [cbor2.loads(protected), {}, payload, signature]),
        cbor2.CBORTag(18, [protected, {}, cbor2.loads(payload), signature]),
        cbor2.CBORTag(18, [protected, {}, payload, signature.hex()]),
    ):
        assert refusal(target.world, forge.long_form(cbor2.dumps(data))) is Reason.TOKEN_INVALID
    nested = qrg(protected, unb64url(target.token.removeprefix("QRG_")), target.signer.sign)
    assert refusal(target.world, nested) is Reason.TOKEN_INVALID
