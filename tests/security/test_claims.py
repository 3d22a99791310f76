"""Claims under attack: exactly the ones that are issued, each of its type, within bounds, and meant for this API."""

from __future__ import annotations

import json
from typing import Any

import cbor2
import pytest

from lukhas_common.identity.errors import Reason
from tests.security.forge import CLAIMS, NOW, REMOVED, Target, refusal

TIMES = ("iat", "exp", "auth_time")
TEXTS = ("iss", "aud", "sub", "sid", "client_id", "scope", "jti")
NO_TIMES = [str(NOW), f"{NOW}.0", "", 1.5, float(NOW), True, False, 1e300, None, -1, -(2**63), [], {}, [NOW], 2**53]
NO_TEXTS = [None, 1, 1.5, True, [], ["x"], {}, {"x": "y"}, "a\nb", "a\0", "\x1b[2J", "\u202e", "\u200b", "\ud800"]


def raw(target: Target, name: str, value: str) -> str:
    """A token of JSON in which a claim is written so."""
    claims = json.dumps({**target.parts()[1], name: "@"}).replace('"@"', value)
    return target.forged(b"", claims.encode())


@pytest.mark.parametrize("part", [0, 1])
def test_class_10_no_duplicate_members(access: Target, part: int) -> None:
    whole = [json.dumps(piece) for piece in access.parts()[:2]]
    names = list(access.parts()[part])
    for name in (*names, names[0].replace(names[0][0], f"\\u{ord(names[0][0]):04x}")):
        for doubled in (f'{{"{name}":"x",{whole[part][1:]}', f'{whole[part][:-1]},"{name}":"x"}}'):
            pieces = [piece.encode() for piece in whole]
            pieces[part] = doubled.encode()
            assert refusal(access.world, access.forged(*pieces)) is Reason.TOKEN_INVALID
    inner = f'{whole[1][:-1]},"cnf":{{"jkt":"{"A" * 43}","jkt":"{"B" * 43}"}}}}'
    assert refusal(access.world, access.forged(b"", inner.encode())) is Reason.TOKEN_INVALID


@pytest.mark.parametrize("part", [0, 1])
def test_class_10_no_duplicate_labels(long_form: Target, part: int) -> None:
    members = long_form.parts()[part]
    for name in members:
        for value in (members[name], "x"):
            entries = b"".join(cbor2.dumps(each) for pair in members.items() for each in pair)
            doubled = bytes([0xA0 + len(members) + 1]) + entries + cbor2.dumps(name) + cbor2.dumps(value)
            pieces = [b"", b""]
            pieces[part] = doubled
            assert refusal(long_form.world, long_form.forged(*pieces)) is Reason.TOKEN_INVALID


@pytest.mark.parametrize("name", TIMES)
@pytest.mark.parametrize("value", NO_TIMES, ids=repr)
def test_class_11_times_are_whole_numbers(signed: Target, name: str, value: object) -> None:
    assert refusal(signed.world, signed.forged(claims={name: value})) is Reason.TOKEN_INVALID


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999", "1" * 5000, f"{NOW}e0", f"0{NOW}", "0x1"])
@pytest.mark.parametrize("name", TIMES)
def test_class_11_times_are_written_as_json_has_them(access: Target, name: str, value: str) -> None:
    assert refusal(access.world, raw(access, name, value)) is Reason.TOKEN_INVALID


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("value", NO_TEXTS, ids=ascii)
def test_class_11_texts_are_texts(signed: Target, name: str, value: object) -> None:
    if value == "\ud800" and signed.kind == "QRG":
        value = b"\xed\xa0\x80"
    assert refusal(signed.world, signed.forged(claims={name: value})) is Reason.TOKEN_INVALID


@pytest.mark.parametrize("name", ["sub", "sid", "client_id", "jti"])
def test_class_11_names_are_not_empty(signed: Target, name: str) -> None:
    assert refusal(signed.world, signed.forged(claims={name: ""})) is Reason.TOKEN_INVALID


@pytest.mark.parametrize("name", ["iss", "sub", "aud", "exp", "iat", "jti", "scope"])
def test_class_11_no_other_cbor_for_the_same_value(long_form: Target, name: str) -> None:
    value = long_form.parts()[1][CLAIMS[name]]
    others: list[Any] = [cbor2.CBORTag(24, value), cbor2.CBORTag(1, value), [value], {1: value}, cbor2.undefined]
    if isinstance(value, str):
        others += [value.encode(), cbor2.CBORTag(32, value), cbor2.CBORTag(0, value)]
    elif isinstance(value, bytes):
        others += [
            value.hex(),
            value[:-1],
            value + b"\0",
            b"",
            value * 2,
            cbor2.CBORTag(2, value),
            cbor2.CBORTag(37, value),
        ]
    else:
        others += [str(value), float(value), cbor2.CBORTag(2, value.to_bytes(8, "big")), cbor2.CBORTag(4, [0, value])]
    for other in others:
        assert refusal(long_form.world, long_form.forged(claims={name: other})) is Reason.TOKEN_INVALID


@pytest.mark.parametrize(
    "cnf",
    [None, "", "x", [], {}, {"jkt": None}, {"jkt": "x"}, {"jkt": ["A" * 43]}, {"jkt": "A" * 43, "x": 1}, {"kid": "x"}],
)
def test_class_11_a_confirmation_is_a_thumbprint(access: Target, cnf: object) -> None:
    assert refusal(access.world, access.forged(claims={"cnf": cnf})) is Reason.TOKEN_INVALID


@pytest.mark.parametrize("claims", [b"null", b"[]", b'"x"', b"1", b"{}", b"{", b" ", b"\xff", b"\xef\xbb\xbf{}"])
def test_class_11_claims_are_an_object(signed: Target, claims: bytes) -> None:
    assert refusal(signed.world, signed.forged(b"", claims)) is Reason.TOKEN_INVALID


def test_class_12_every_claim_is_required(signed: Target) -> None:
    for name in signed.parts()[1]:
        assert refusal(signed.world, signed.forged(claims={name: REMOVED})) is Reason.TOKEN_INVALID


@pytest.mark.parametrize("name", ["nbf", "extra", "admin", "roles", "SUB", "sub ", "", 0, -65537])
def test_class_12_no_other_claim(signed: Target, name: object) -> None:
    for value in (NOW - 60, NOW + 60, "x", True):
        assert refusal(signed.world, signed.forged(claims={name: value})) is Reason.TOKEN_INVALID


@pytest.mark.parametrize(
    ("iat", "life", "reason"),
    [
        (0, 3600, None),
        (5, 3600, None),
        (6, 3600, Reason.TOKEN_INVALID),
        (60, 3600, Reason.TOKEN_INVALID),
        (0, 0, Reason.TOKEN_EXPIRED),
        (0, -1, Reason.TOKEN_EXPIRED),
        (-3600, 3600, Reason.TOKEN_EXPIRED),
        (-3599, 3600, None),
        (5, -4, Reason.TOKEN_INVALID),
        (5, 0, Reason.TOKEN_INVALID),
        (0, 86401, Reason.TOKEN_INVALID),
        (0, 10 * 365 * 86400, Reason.TOKEN_INVALID),
        (-86400, 86401, Reason.TOKEN_INVALID),
        (-NOW, NOW + 3600, Reason.TOKEN_INVALID),
        (0, 2**52 - NOW, Reason.TOKEN_INVALID),
    ],
)
def test_class_12_lifetimes_are_bounded(signed: Target, iat: int, life: int, reason: Reason | None) -> None:
    """Seconds from now, and seconds to live; five of skew are believed."""
    token = signed.forged(claims={"iat": NOW + iat, "exp": NOW + iat + life})
    decision = signed.world.ask(token)
    assert decision.reason is reason
    assert decision.allowed is (reason is None)


def test_class_12_each_kind_has_its_longest_life(signed: Target) -> None:
    longest = 86400 if signed.kind == "QRG" else 3600
    assert signed.world.ask(signed.forged(claims={"iat": NOW, "exp": NOW + longest})).allowed
    longer = signed.forged(claims={"iat": NOW, "exp": NOW + longest + 1})
    assert refusal(signed.world, longer) is Reason.TOKEN_INVALID


ISSUERS = ["lukhas.id/", "Lukhas.id", "LUKHAS.ID", "lukhas.id.evil.example", "https://lukhas.id", "lukhas", "ukhas.id"]


@pytest.mark.parametrize("iss", [*ISSUERS, " lukhas.id", "lukhas.id ", "lukhas.\u0131d", "lukhas。id", ""])
def test_class_13_the_issuer_is_exact(signed: Target, iss: str) -> None:
    assert refusal(signed.world, signed.forged(claims={"iss": iss})) is Reason.ISSUER_UNKNOWN


@pytest.mark.parametrize(
    "aud", ["lukhas", "lukhas-api2", "LUKHAS-API", "lukhas-api ", "lukhas-api,x", "*", "ukhas-api", ""]
)
def test_class_13_the_audience_is_exact(signed: Target, aud: str) -> None:
    assert refusal(signed.world, signed.forged(claims={"aud": aud})) is Reason.AUDIENCE_MISMATCH


@pytest.mark.parametrize("aud", [["lukhas-api"], ["lukhas-api", "evil"], [["lukhas-api"]], {"lukhas-api": True}, []])
def test_class_13_the_audience_is_one(signed: Target, aud: object) -> None:
    assert refusal(signed.world, signed.forged(claims={"aud": aud})) is Reason.TOKEN_INVALID
