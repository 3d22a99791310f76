"""Access tokens under attack: what is altered, forged or meant for something else is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.identity import jose
from lukhas_common.identity.errors import Reason
from tests.world import World

NOW = 1_800_000_000


def segment(value: object) -> str:
    return jose.b64url(json.dumps(value).encode())


def forged(world: World, header: dict[str, Any] | None = None, claims: dict[str, Any] | None = None) -> str:
    """A token signed by the right key over a changed header or changed claims; None removes a member."""
    token = world.registered().access_token
    parts = [json.loads(jose.unb64url(part)) for part in token.split(".")[:2]]
    for part, changes in zip(parts, (header or {}, claims or {}), strict=True):
        part.update(changes)
        for name in [name for name, value in part.items() if value is None]:
            del part[name]
    message = ".".join(segment(part) for part in parts)
    return f"{message}.{jose.b64url(world.signer.sign(message.encode()))}"


def test_the_forger_itself_makes_valid_tokens(world: World) -> None:
    assert world.ask(forged(world)).allowed


def test_pyjwt_reads_our_tokens_with_the_published_key(world: World) -> None:
    token = world.registered().access_token
    key = jwt.PyJWK(world.signer.public_key.as_jwk()).key
    options = {"verify_exp": False, "verify_iat": False}
    claims = jwt.decode(token, key, ["ES256"], options=options, audience="lukhas-api", issuer="lukhas.id")
    assert claims.keys() >= {"iss", "exp", "aud", "sub", "client_id", "iat", "jti"}
    assert jwt.get_unverified_header(token)["typ"] == "at+jwt"


@pytest.mark.parametrize("alg", ["none", "None", "nOnE", "", None, 0, ["ES256"], "HS256", "ES384", "EdDSA"])
def test_class_1_and_3_no_other_algorithm(world: World, alg: object) -> None:
    assert not world.ask(forged(world, header={"alg": alg})).allowed


def test_class_1_no_signature_for_alg_none(world: World) -> None:
    token = world.registered().access_token
    claims = token.split(".")[1]
    for signature in ("", "AA"):
        header = segment({"alg": "none", "kid": world.signer.public_key.kid, "typ": "at+jwt"})
        assert not world.ask(f"{header}.{claims}.{signature}").allowed


def test_class_2_the_public_key_is_no_hmac_secret(world: World) -> None:
    token = world.registered().access_token
    public = world.signer._private.public_key()
    encodings = [
        public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo),
        json.dumps(dict(world.signer.public_key.jwk)).encode(),
    ]
    for secret in encodings:
        header = segment({"alg": "HS256", "kid": world.signer.public_key.kid, "typ": "at+jwt"})
        message = f"{header}.{token.split('.')[1]}"
        mac = jose.b64url(hmac.new(secret, message.encode(), hashlib.sha256).digest())
        assert world.ask(f"{message}.{mac}").reason is Reason.SIGNATURE_INVALID


@pytest.mark.parametrize("kid", ["", "../../dev/null", "' OR 1=1 --", None, 0, ["x"], {"$ne": 1}, "k" * 5000])
def test_class_5_no_other_kid(world: World, kid: object) -> None:
    assert not world.ask(forged(world, header={"kid": kid})).allowed


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c", "x5t", "crit", "b64", "zip", "cty", "enc"])
def test_class_6_7_15_no_other_header(world: World, name: str) -> None:
    assert not world.ask(forged(world, header={name: "x"})).allowed


@pytest.mark.parametrize("signature", [bytes(64), b"\xff" * 64, bytes(63), bytes(65), b""])
def test_class_8_no_psychic_signature(world: World, signature: bytes) -> None:
    message = world.registered().access_token.rpartition(".")[0]
    assert not world.ask(f"{message}.{jose.b64url(signature)}").allowed


def test_class_8_no_der_signature(world: World) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    message = world.registered().access_token.rpartition(".")[0]
    der = world.signer._private.sign(message.encode(), ec.ECDSA(hashes.SHA256()))
    assert not world.ask(f"{message}.{jose.b64url(der)}").allowed


def test_class_10_no_duplicate_members(world: World) -> None:
    token = world.registered().access_token
    header, payload, _ = token.split(".")
    claims = jose.unb64url(payload).decode()
    doubled = jose.b64url((claims[:-1] + ',"sub":"admin"}').encode())
    message = f"{header}.{doubled}"
    assert not world.ask(f"{message}.{jose.b64url(world.signer.sign(message.encode()))}").allowed


@pytest.mark.parametrize("name", ["exp", "iat", "auth_time"])
@pytest.mark.parametrize("value", ["1", 1.5, True, 1e300, None, -1, [], {}, 2**60])
def test_class_11_times_are_whole_numbers(world: World, name: str, value: object) -> None:
    assert not world.ask(forged(world, claims={name: value})).allowed


@pytest.mark.parametrize("name", ["sub", "sid", "jti", "scope", "aud", "iss", "client_id"])
@pytest.mark.parametrize("value", [None, 1, [], ["x"], {}, True, "a\nb"])
def test_class_11_texts_are_texts(world: World, name: str, value: object) -> None:
    assert not world.ask(forged(world, claims={name: value})).allowed


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": NOW + 10 * 365 * 86400},
        {"exp": NOW, "iat": NOW},
        {"iat": NOW + 60},
        {"iat": NOW - 86400},
        {"nbf": NOW + 60},
        {"extra": "x"},
    ],
)
def test_class_12_lifetimes_are_bounded_and_claims_exact(world: World, claims: dict[str, Any]) -> None:
    assert not world.ask(forged(world, claims=claims)).allowed


@pytest.mark.parametrize("iss", ["lukhas.id/", "Lukhas.id", "lukhas.id.evil.example", "https://lukhas.id", ""])
def test_class_13_the_issuer_is_exact(world: World, iss: str) -> None:
    assert world.ask(forged(world, claims={"iss": iss})).reason is Reason.ISSUER_UNKNOWN


@pytest.mark.parametrize("aud", ["lukhas", "lukhas-api2", "LUKHAS-API", ""])
def test_class_13_the_audience_is_exact(world: World, aud: str) -> None:
    assert world.ask(forged(world, claims={"aud": aud})).reason is Reason.AUDIENCE_MISMATCH


@pytest.mark.parametrize(
    "typ", ["JWT", "jwt", "id+jwt", "dpop+jwt", "logout+jwt", "application/at+jwt", "AT+JWT", None]
)
def test_class_14_only_access_tokens(world: World, typ: str | None) -> None:
    assert not world.ask(forged(world, header={"typ": typ})).allowed


def test_class_14_a_refresh_token_is_no_access_token(world: World) -> None:
    assert not world.ask(world.registered().refresh_token).allowed


def test_class_16_only_the_compact_form(world: World) -> None:
    token = world.registered().access_token
    header, payload, signature = token.split(".")
    padded = base64.urlsafe_b64encode(jose.unb64url(payload)).decode()
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    loose = signature[:-1] + last[last.index(signature[-1]) ^ 1]
    for altered in (
        f"{header}.{payload}",
        f"{token}.x",
        f"{token}.{token}",
        f"{header}..{signature}",
        f"{header}.{payload}=.{signature}",
        f"{header}.{padded}==.{signature}",
        f"{header}.{payload}.{loose}",
        token + "\n",
        "\ufeff" + token,
        json.dumps({"protected": header, "payload": payload, "signature": signature}),
    ):
        assert not world.ask(altered).allowed, altered
        assert not world.ask(None, authorization=(f"Bearer {altered}",)).allowed


@pytest.mark.parametrize("length", [8193, 100_000, 5_000_000])
def test_class_17_long_tokens_are_refused_unread(world: World, length: int) -> None:
    assert world.ask("a" * length).reason is Reason.TOKEN_INVALID


def test_class_17_deep_nesting_is_refused(world: World) -> None:
    nested = jose.b64url(b"[" * 3000)
    assert not world.ask(f"{nested}.{nested}.AA").allowed


@given(data=st.data())
def test_class_18_no_altered_token_is_accepted(data: st.DataObject) -> None:
    world = World()
    token, other = world.registered("ada").access_token, world.registered("eve").access_token
    cut = data.draw(st.integers(0, len(token) - 1))
    char = data.draw(st.sampled_from("ABCxyz019-_.= "))
    parts, others = token.split("."), other.split(".")
    altered = data.draw(
        st.sampled_from(
            [
                token[:cut],
                token[:cut] + char + token[cut + 1 :],
                token[:cut] + char + token[cut:],
                token[:cut] + other[cut:],
                ".".join([*parts[:2], others[2]]),
                ".".join([parts[0], others[1], parts[2]]),
                token.swapcase(),
            ]
        )
    )
    if altered not in (token, other):
        decision = world.ask(altered)
        assert not decision.allowed
        assert decision.reason in (
            Reason.TOKEN_INVALID,
            Reason.SIGNATURE_INVALID,
            Reason.AUTHORIZATION_MALFORMED,
        )


@pytest.mark.parametrize(
    "scope",
    ["identity:readwrite", "IDENTITY:READ", "identity:read\tx", "*", "identity:*", "identity:read\u00a0x"],
)
def test_class_21_scopes_are_compared_whole(world: World, scope: str) -> None:
    assert not world.ask(forged(world, claims={"scope": scope})).allowed


def test_class_26_claims_cannot_write_log_lines(world: World) -> None:
    assert not world.ask(forged(world, claims={"jti": 'x"}\r\n{"level":"INFO"}\x1b[2J'})).allowed
    assert "\x1b" not in repr([details for _, details in world.audit.events])


@pytest.mark.parametrize("shared_file", ["ecdsa_secp256r1_sha256_p1363_test.json"])
def test_wycheproof_es256_through_our_own_path(shared: Any, shared_file: str) -> None:
    """Every signature of the vectors, checked by jose.verify's way of verifying."""
    files = list((shared / "vectors" / "wycheproof").rglob(shared_file))
    assert files, "the vectors have moved"
    checked = 0
    for group in json.loads(files[0].read_text())["testGroups"]:
        jwk = group.get("publicKeyJwk")
        if jwk is None:
            continue
        key = jwt.PyJWK({name: jwk[name] for name in ("kty", "crv", "x", "y")}, "ES256").key
        algorithm = jwt.algorithms.get_default_algorithms()["ES256"]
        for case in group["tests"]:
            valid = algorithm.verify(bytes.fromhex(case["msg"]), key, bytes.fromhex(case["sig"]))
            assert valid == (case["result"] == "valid"), case["comment"]
            checked += 1
    assert checked > 100
