"""DPoP proofs under attack: what was made for another request, token or key, or comes again, is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import traceback
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, utils
from hypothesis import given
from hypothesis import strategies as st
from jwcrypto.common import json_encode
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

from lukhas_common.identity.dpop import Proof, ProofStore, accept, verify_proof
from lukhas_common.identity.errors import Reason, TokenInvalidError

NOW = 1_800_000_000
URL = "https://api.example.org/identity/profile"
TOKEN = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
KEY = ec.derive_private_key(0xC0FFEE, ec.SECP256R1())
OTHER_KEY = ec.derive_private_key(0xBEEF, ec.SECP256R1())
REMOVED = object()


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwk_of(key: ec.EllipticCurvePrivateKey, **more: Any) -> dict[str, Any]:
    point, size = key.public_key().public_numbers(), (key.curve.key_size + 7) // 8
    x, y = (b64(number.to_bytes(size, "big")) for number in (point.x, point.y))
    return {"kty": "EC", "crv": f"P-{key.curve.key_size}", "x": x, "y": y, **more}


def ath_of(token: str) -> str:
    return b64(hashlib.sha256(token.encode()).digest())


def changed(members: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**members, **changes}.items() if value is not REMOVED}


def message_of(header: dict[str, Any] | None = None, claims: dict[str, Any] | None = None) -> str:
    """Header and claims of a valid proof by KEY, but for the changes."""
    whole = {"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk_of(KEY)}
    valid = {"jti": "-BwC3ESc6acc2lTc", "htm": "GET", "htu": URL, "iat": NOW}
    parts = changed(whole, header or {}), changed(valid, claims or {})
    return ".".join(b64(json.dumps(part).encode()) for part in parts)


def der_of(message: str, key: ec.EllipticCurvePrivateKey = KEY) -> bytes:
    return key.sign(message.encode(), ec.ECDSA(hashes.SHA256()))


def signed(message: str, key: ec.EllipticCurvePrivateKey = KEY) -> str:
    r, s = utils.decode_dss_signature(der_of(message, key))
    return f"{message}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def proof_of(header: dict[str, Any] | None = None, **claims: Any) -> str:
    return signed(message_of(header, claims))


def verified(proof: str, **changes: Any) -> Proof:
    return verify_proof(proof, **{"method": "GET", "url": URL, "now": NOW, **changes})


def is_refused(proof: str, **changes: Any) -> bool:
    """Whether the proof is refused for what it is; any other error is the test's."""
    try:
        verified(proof, **changes)
    except TokenInvalidError as error:
        return error.reason is Reason.DPOP_PROOF_INVALID
    return False


class MemoryProofs:
    """The ProofStore port."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    def spend(self, proof_id: str, until: float) -> bool:
        if proof_id in self.spent:
            return False
        self.spent[proof_id] = until
        return True


# what is accepted


def test_a_proof_names_its_key_and_itself() -> None:
    thumbprint = JWK(**jwk_of(KEY)).thumbprint()
    proof_id = hashlib.sha256(f"{thumbprint}.-BwC3ESc6acc2lTc".encode()).hexdigest()
    assert verified(proof_of()) == Proof(thumbprint, proof_id, NOW)


RFC_KEY = (
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0Rs"
    "cEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19."
)


@pytest.mark.parametrize(
    ("proof", "request_of_it"),
    [
        (
            "eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2Vu"
            "IiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37"
            "xRZT3Lg",
            {"method": "POST", "url": "https://server.example.com/token", "now": 1562262616},
        ),
        (
            "eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90"
            "ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtz"
            "bVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA",
            {
                "method": "GET",
                "url": "https://resource.example.org/protectedresource",
                "now": 1562262618,
                "access_token": TOKEN,
            },
        ),
    ],
    ids=["figure 2", "figure 13"],
)
def test_the_examples_of_rfc_9449_are_valid(proof: str, request_of_it: dict[str, Any]) -> None:
    assert verified(RFC_KEY + proof, **request_of_it).thumbprint == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"


def by_pyjwt(header: dict[str, Any], claims: dict[str, Any], key: JWK) -> str:
    return jwt.encode(claims, key.export_to_pem(private_key=True, password=None), "ES256", header)


def by_jwcrypto(header: dict[str, Any], claims: dict[str, Any], key: JWK) -> str:
    token = JWS(json_encode(claims))
    token.add_signature(key, None, json_encode({**header, "alg": "ES256"}), None)
    return str(token.serialize(compact=True))


def by_joserfc(header: dict[str, Any], claims: dict[str, Any], key: JWK) -> str:
    joserfc = pytest.importorskip("joserfc.jwt")
    ec_key = pytest.importorskip("joserfc.jwk").ECKey.import_key(key.export_private(as_dict=True))
    return str(joserfc.encode({**header, "alg": "ES256"}, claims, ec_key))


@pytest.mark.parametrize("client", [by_pyjwt, by_jwcrypto, by_joserfc])
@pytest.mark.parametrize("members", [{}, {"kid": "ada", "use": "sig", "alg": "ES256"}])
def test_proofs_of_other_libraries_are_valid(
    client: Callable[[dict[str, Any], dict[str, Any], JWK], str], members: dict[str, str]
) -> None:
    key = JWK.generate(kty="EC", crv="P-256", **members)
    header = {"typ": "dpop+jwt", "jwk": key.export_public(as_dict=True)}
    claims = {"jti": "e1j3V_bKic8-LAEB", "htm": "POST", "htu": URL, "iat": NOW, "ath": ath_of(TOKEN)}
    proof = verified(client(header, claims, key), method="POST", access_token=TOKEN)
    assert proof.thumbprint == key.thumbprint()


# the form


@pytest.mark.parametrize("length", [2049, 100_000, 5_000_000])
def test_long_proofs_are_refused_unread(length: int) -> None:
    assert is_refused("a" * length)
    assert is_refused(proof_of(padding="x" * length))


def test_the_limit_is_2048_characters() -> None:
    proofs = [proof_of(padding="x" * count) for count in range(1100, 1400)]
    longest = max(len(proof) for proof in proofs if len(proof) <= 2048)
    assert longest in (2047, 2048)
    for proof in proofs:
        assert is_refused(proof) is (len(proof) > 2048)


def test_only_the_compact_form_in_canonical_base64url() -> None:
    proof = proof_of()
    header, payload, signature = proof.split(".")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    loose = signature[:-1] + alphabet[alphabet.index(signature[-1]) ^ 1]
    for altered in (
        "",
        "..",
        f"{header}.{payload}",
        f"{header}.{payload}.",
        f"{header}..{signature}",
        f"{proof}.x",
        f"{proof},{proof}",
        f"{header}.{payload}.{signature}==",
        f"{header}.{payload}.{loose}",
        f" {proof}",
        f"{proof}\n",
        f"\ufeff{proof}",
        json.dumps({"protected": header, "payload": payload, "signature": signature}),
    ):
        assert is_refused(altered), altered


@pytest.mark.parametrize("part", [b"[]", b'"x"', b"null", b"", b"{", b"[" * 700, b"\xff\xfe{}", b'{"a":NaN}'])
def test_both_parts_are_json_objects(part: bytes) -> None:
    header, payload = message_of().split(".")
    assert is_refused(signed(f"{b64(part)}.{payload}"))
    assert is_refused(signed(f"{header}.{b64(part)}"))


def test_deep_nesting_is_refused() -> None:
    assert is_refused(signed(f"{b64(b'[' * 1400)}.e30"))
    assert is_refused(signed(f"e30.{b64(b'[' * 1400)}"))


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), "\ud800", {"\udfff": 1}])
def test_no_json_that_readers_read_differently(value: object) -> None:
    assert is_refused(proof_of(more=value))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('{"typ"', '{"alg":"none","typ"'),
        ('"kty"', '"kty":"oct","kty"'),
        ('{"jti"', '{"jti":"other","jti"'),
        ('{"jti"', '{"htu":"https://evil.example/","jti"'),
        ('{"jti"', '{"more":{"a":1,"a":2},"jti"'),
    ],
)
def test_no_duplicate_members_at_any_depth(old: str, new: str) -> None:
    parts = [base64.urlsafe_b64decode(part + "==").decode() for part in message_of().split(".")]
    doubled = [part.replace(old, new) for part in parts]
    assert doubled != parts
    assert is_refused(signed(".".join(b64(part.encode()) for part in doubled)))


# the header


@pytest.mark.parametrize(
    "typ",
    [
        "JWT",
        "at+jwt",
        "id+jwt",
        "DPOP+JWT",
        "dpop+JWT",
        "application/dpop+jwt",
        "dpop",
        "",
        None,
        ["dpop+jwt"],
        REMOVED,
    ],
)
def test_only_dpop_proofs(typ: object) -> None:
    assert is_refused(proof_of({"typ": typ}))


@pytest.mark.parametrize(
    "alg", ["none", "None", "", "HS256", "ES384", "ES256K", "ML-DSA-44", "EdDSA", "es256", None, 0, ["ES256"], REMOVED]
)
def test_no_other_algorithm(alg: object) -> None:
    message = message_of({"alg": alg})
    assert is_refused(signed(message))
    assert is_refused(f"{message}.AA")
    assert is_refused(f"{message}.")


@pytest.mark.parametrize("name", ["kid", "jku", "x5u", "x5c", "x5t", "crit", "b64", "zip", "cty", "enc", "nonce"])
def test_no_other_header_member(name: str) -> None:
    assert is_refused(proof_of({name: "x"}))


def test_the_public_key_is_no_hmac_secret() -> None:
    public = KEY.public_key()
    secrets = [
        public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo),
        json.dumps(jwk_of(KEY)).encode(),
    ]
    for alg in ("HS256", "ES256"):
        for secret in secrets:
            message = message_of({"alg": alg})
            assert is_refused(f"{message}.{b64(hmac.new(secret, message.encode(), hashlib.sha256).digest())}")


def ed25519_proof(alg: str, **more: str) -> str:
    key = ed25519.Ed25519PrivateKey.generate()
    message = message_of(
        {"alg": alg, "jwk": {"kty": "OKP", "crv": "Ed25519", "x": b64(key.public_key().public_bytes_raw()), **more}}
    )
    return f"{message}.{b64(key.sign(message.encode()))}"


def ecdsa_proof(alg: str, curve: ec.EllipticCurve, digest: hashes.HashAlgorithm) -> str:
    key = ec.generate_private_key(curve)
    message, size = message_of({"alg": alg, "jwk": jwk_of(key)}), (curve.key_size + 7) // 8
    r, s = utils.decode_dss_signature(key.sign(message.encode(), ec.ECDSA(digest)))
    return f"{message}.{b64(r.to_bytes(size, 'big') + s.to_bytes(size, 'big'))}"


def ml_dsa_proof(alg: str) -> str:
    from dilithium_py.ml_dsa import ML_DSA_44

    public, secret = ML_DSA_44.keygen()
    message = message_of({"alg": alg, "jwk": {"kty": "AKP", "alg": "ML-DSA-44", "pub": b64(public)}})
    return f"{message}.{b64(ML_DSA_44.sign(secret, message.encode(), ctx=b''))}"


@pytest.mark.parametrize("alg", ["ES256", "EdDSA", "Ed25519", "ES384", "ML-DSA-44"])
def test_no_key_of_another_kind_though_it_signed(alg: str) -> None:
    assert is_refused(ed25519_proof(alg))
    assert is_refused(ed25519_proof(alg, y="AA"))
    assert is_refused(ecdsa_proof(alg, ec.SECP384R1(), hashes.SHA384()))
    assert is_refused(ecdsa_proof(alg, ec.SECP256K1(), hashes.SHA256()))
    assert is_refused(ecdsa_proof(alg, ec.SECP256R1(), hashes.SHA512()))
    assert is_refused(ml_dsa_proof(alg))


def test_no_rsa_key() -> None:
    number = rsa.generate_private_key(65537, 2048).public_key().public_numbers().n
    rsa_jwk = {"kty": "RSA", "n": b64(number.to_bytes(256, "big")), "e": "AQAB"}
    assert is_refused(proof_of({"jwk": rsa_jwk}))
    assert is_refused(proof_of({"jwk": {**jwk_of(KEY), "kty": "RSA"}}))


@pytest.mark.parametrize(
    "member",
    [
        {"d": b64(bytes(31) + b"\x01")},
        {"d": ""},
        {"d": None},
        {"priv": b64(bytes(32))},
        {"k": "AA"},
        {"p": "AA", "q": "AA"},
        {"pub": "AA"},
        {"x5c": ["MIIB"]},
        {"x5u": "https://evil.example/"},
        {"jku": "https://evil.example/"},
        {"X": "AA"},
        {"": ""},
    ],
)
def test_no_private_key_nor_anything_else_in_the_key(member: dict[str, Any]) -> None:
    assert is_refused(proof_of({"jwk": jwk_of(KEY, **member)}))


@pytest.mark.parametrize(
    "member",
    [{"ext": True, "key_ops": ["verify"]}, {"ext": False}, {"alg": "ES256"}, {"use": "sig"}, {"kid": "1"}],
    ids=str,
)
def test_members_that_clients_send_change_nothing(member: dict[str, Any]) -> None:
    assert verified(proof_of({"jwk": jwk_of(KEY, **member)})) == verified(proof_of())


@pytest.mark.parametrize(
    "member",
    [
        {"ext": "true"},
        {"ext": 1},
        {"key_ops": ["sign"]},
        {"key_ops": ["sign", "verify"]},
        {"key_ops": []},
        {"key_ops": "verify"},
        {"alg": "ES384"},
        {"alg": "none"},
        {"alg": None},
        {"use": "enc"},
        {"kid": 1},
        {"kid": {"d": "AA"}},
    ],
    ids=str,
)
def test_members_that_clients_send_have_the_one_value_that_they_can_have(member: dict[str, Any]) -> None:
    assert is_refused(proof_of({"jwk": jwk_of(KEY, **member)}))


@pytest.mark.parametrize("name", ["kty", "crv", "x", "y"])
@pytest.mark.parametrize(
    "value", [REMOVED, None, 1, "", "AA", ["x"], "A" * 42, "A" * 43, "A" * 44, "P-384", "P256", "ec"]
)
def test_each_member_of_the_key_is_exact(name: str, value: object) -> None:
    assert is_refused(proof_of({"jwk": changed(jwk_of(KEY), {name: value})}))


@pytest.mark.parametrize("jwk", [REMOVED, None, [], "x", {}, 1, [["kty", "EC"]]])
def test_the_key_is_an_object(jwk: object) -> None:
    assert is_refused(proof_of({"jwk": jwk}))


def test_coordinates_are_canonical_and_32_bytes() -> None:
    key = next(
        key for key in (ec.derive_private_key(n, ec.SECP256R1()) for n in range(1, 9999)) if jwk_of(key)["x"][0] == "A"
    )
    jwk = jwk_of(key)
    x = base64.urlsafe_b64decode(jwk["x"] + "=")
    loose = jwk["x"][:-1] + chr(ord(jwk["x"][-1]) + 1)
    assert base64.urlsafe_b64decode(loose + "=") == x
    assert verified(signed(message_of({"jwk": jwk}), key))
    for other in (
        loose,
        jwk["x"] + "=",
        b64(b"\0" + x),
        b64(x.lstrip(b"\0")) if x[0] == 0 else b64(x[:31]),
        f" {jwk['x']}",
    ):
        assert is_refused(signed(message_of({"jwk": {**jwk, "x": other}}), key)), other


def test_no_byte_of_one_coordinate_counts_to_the_other() -> None:
    x, y = (base64.urlsafe_b64decode(jwk_of(KEY)[name] + "=") for name in ("x", "y"))
    for shifted in ({"x": b64(x[:31]), "y": b64(x[31:] + y)}, {"x": b64(x + y[:1]), "y": b64(y[1:])}):
        assert is_refused(proof_of({"jwk": {**jwk_of(KEY), **shifted}}))


def test_the_point_is_on_the_curve() -> None:
    x, y = jwk_of(KEY)["x"], jwk_of(KEY)["y"]
    prime = 2**256 - 2**224 + 2**192 + 2**96 - 1
    over = b64((prime + 1).to_bytes(32, "big"))
    for point in ({"x": y, "y": x}, {"x": b64(bytes(32)), "y": b64(bytes(32))}, {"x": over}, {"y": b64(b"\xff" * 32)}):
        assert is_refused(proof_of({"jwk": {**jwk_of(KEY), **point}}))


# the signature


@pytest.mark.parametrize(
    "signature",
    [
        bytes(64),
        b"\xff" * 64,
        bytes(31) + b"\x01" + bytes(31) + b"\x01",
        ORDER.to_bytes(32, "big") * 2,
        bytes(32) + ORDER.to_bytes(32, "big"),
        bytes(63),
        bytes(65),
        b"\0",
        b"",
    ],
    ids=bytes.hex,
)
def test_no_psychic_signature(signature: bytes) -> None:
    assert is_refused(f"{message_of()}.{b64(signature)}")


def test_no_der_signature_and_none_of_another_length() -> None:
    message = message_of()
    raw = base64.urlsafe_b64decode(signed(message).rpartition(".")[2] + "==")
    for signature in (der_of(message), raw[:63], raw + b"\0", b"\0" + raw, raw[32:] + raw[:32], raw * 2):
        assert is_refused(f"{message}.{b64(signature)}")


def test_the_signature_is_of_the_key_in_the_proof_over_this_message() -> None:
    assert is_refused(signed(message_of(), OTHER_KEY))
    assert is_refused(signed(message_of({"jwk": jwk_of(OTHER_KEY)})))
    signature = proof_of(jti="another").rpartition(".")[2]
    assert is_refused(f"{message_of()}.{signature}")


# the claims


@pytest.mark.parametrize("htm", ["POST", "get", "Get", " GET", "GET ", "", None, ["GET"], REMOVED])
def test_only_for_this_method(htm: object) -> None:
    assert is_refused(proof_of(htm=htm))


def test_a_method_in_lower_case_is_another_method() -> None:
    assert is_refused(proof_of(), method="get")
    assert verified(proof_of(htm="patch"), method="patch")


@pytest.mark.parametrize(
    ("htu", "url"),
    [
        (URL, f"{URL}?page=2"),
        (f"{URL}?page=1#top", URL),
        (f"{URL}#", f"{URL}?"),
        ("HTTPS://API.Example.ORG/identity/profile", URL),
        ("https://api.example.org:443/identity/profile", URL),
        ("https://api.example.org:/identity/profile", URL),
        (URL, "https://API.example.org:443/identity/profile"),
        ("https://api.example.org", "https://api.example.org/"),
        ("https://api.example.org/", "https://api.example.org:443?x=/"),
        ("http://localhost:80", "http://localhost/"),
        ("http://127.0.0.1:8080/health", "http://127.0.0.1:8080/health"),
        ("http://[::1]:8080/health", "http://[::1]:8080/health"),
        ("https://[2001:DB8::A]/", "https://[2001:db8::a]/"),
        ("https://api.example.org/%7euser/%61%2f%2Fb", "https://api.example.org/~user/a%2F%2fb"),
        ("https://api.example.org/a/./b/../c", "https://api.example.org/a/c"),
        ("https://api.example.org/a/%2e%2E/../b/.", "https://api.example.org/b/"),
        ("https://api.example.org/a/b/..", "https://api.example.org/a/"),
        ("https://api.example.org/a//../b", "https://api.example.org/a/b"),
        ("https://api.example.org//a//b/", "https://api.example.org//a//b/"),
    ],
)
def test_for_one_url_in_all_its_spellings(htu: str, url: str) -> None:
    assert verified(proof_of(htu=htu), url=url)


@pytest.mark.parametrize(
    ("htu", "url"),
    [
        ("http://api.example.org/identity/profile", URL),
        ("https://api.example.org:8443/identity/profile", URL),
        ("https://api.example.org:80/identity/profile", URL),
        ("http://api.example.org:443/", "http://api.example.org/"),
        ("https://api.example.org:0443/identity/profile", URL),
        ("https://example.org/identity/profile", URL),
        ("https://api.example.org.evil.example/identity/profile", URL),
        ("https://api.example.org./identity/profile", URL),
        ("https://api.example.org@evil.example/identity/profile", URL),
        ("https://evil@api.example.org/identity/profile", URL),
        ("https://api.example.org/identity/profile/", URL),
        ("https://api.example.org/Identity/profile", URL),
        ("https://api.example.org//identity/profile", URL),
        ("https://api.example.org/identity/prof", URL),
        ("https://api.example.org/identity%2Fprofile", URL),
        ("https://api.example.org/identity/%2570rofile", URL),
        ("https://api.example.org/a%252Fb", "https://api.example.org/a%2Fb"),
        ("https://api.example.org/", URL),
        ("https://api.example.org", URL),
        ("//api.example.org/identity/profile", URL),
        ("/identity/profile", URL),
        ("api.example.org/identity/profile", URL),
        ("https:/api.example.org/identity/profile", URL),
        ("https:\\\\api.example.org\\identity\\profile", URL),
        (f" {URL}", URL),
        (f"{URL}\n", URL),
        (f"{URL}\u00a0", URL),
        ("https://api.example.org/identity\t/profile", URL),
        ("https://ap\u0131.example.org/identity/profile", URL),
        ("http\u017f://api.example.org/identity/profile", URL),
        ("https://api.example.org/%zz", "https://api.example.org/%ZZ"),
        ("http://api.example.org:443/identity/profile", URL),
        ("https://api.example.org/?\u00e9", "https://api.example.org/"),
        ("https://a@api.example.org/", "https://a@api.example.org/"),
        ("https://\u00e9.example.org/", "https://\u00e9.example.org/"),
        ("/identity/profile", "/identity/profile"),
        ("", ""),
        ("ftp://api.example.org/", "ftp://api.example.org/"),
        ("https://", "https://"),
        ("https://api.example.org/a b", "https://api.example.org/a b"),
        (None, URL),
        ([URL], URL),
        ({}, URL),
        (1, URL),
        (REMOVED, URL),
    ],
)
def test_for_no_other_url(htu: object, url: str) -> None:
    assert is_refused(proof_of(htu=htu), url=url)


@pytest.mark.parametrize("path", ["/public/../admin", "/public/%2e%2e/admin", "/./admin", "/admin/.", "/admin/x/.."])
def test_a_request_whose_dot_segments_a_router_may_read_literally_matches_nothing(path: str) -> None:
    for htu in ("/admin", "/admin/", path):
        assert is_refused(proof_of(htu=f"https://api.example.org{htu}"), url=f"https://api.example.org{path}")


@pytest.mark.parametrize(
    ("iat", "valid"), [(NOW - 61, False), (NOW - 60, True), (NOW, True), (NOW + 5, True), (NOW + 6, False)]
)
def test_a_proof_is_good_for_a_minute(iat: int, valid: bool) -> None:
    assert is_refused(proof_of(iat=iat)) is not valid


def test_the_minute_and_the_skew_can_be_others() -> None:
    assert verified(proof_of(iat=NOW - 300), max_age=300)
    assert is_refused(proof_of(iat=NOW - 11), max_age=10)
    assert is_refused(proof_of(iat=NOW + 1), clock_skew=0)
    assert is_refused(proof_of(), now=NOW + 60.001)
    assert is_refused(proof_of(iat=NOW + 5), now=NOW - 0.001)


@pytest.mark.parametrize("iat", [REMOVED, None, str(NOW), float(NOW), True, [NOW], {}, -1, 0, 10**400, 1e300])
def test_iat_is_a_whole_number(iat: object) -> None:
    assert is_refused(proof_of(iat=iat))


@pytest.mark.parametrize("jti", ["x", "a b", "\u00e9\u4e2d", "x" * 128])
def test_jti_is_any_short_printable_text(jti: str) -> None:
    assert verified(proof_of(jti=jti))


@pytest.mark.parametrize(
    "jti", [REMOVED, None, "", "x" * 129, 1, True, ["x"], {}, "a\nb", "\x00", "\x1b[2J", "\u202e", "\ud800"]
)
def test_no_other_jti(jti: object) -> None:
    assert is_refused(proof_of(jti=jti))


def test_with_a_token_the_proof_names_that_token() -> None:
    assert verified(proof_of(ath=ath_of(TOKEN)), access_token=TOKEN)


@pytest.mark.parametrize(
    "ath",
    [
        REMOVED,
        None,
        "",
        TOKEN,
        ath_of("another"),
        ath_of(TOKEN) + "=",
        ath_of(TOKEN).lower(),
        ath_of(TOKEN)[:-1],
        hashlib.sha256(TOKEN.encode()).hexdigest(),
        [ath_of(TOKEN)],
        1,
    ],
)
def test_with_a_token_no_other_ath(ath: object) -> None:
    assert is_refused(proof_of(ath=ath), access_token=TOKEN)


@pytest.mark.parametrize("ath", [ath_of(TOKEN), ath_of(""), "", None])
def test_a_proof_for_use_with_a_token_is_no_good_without_one(ath: object) -> None:
    assert is_refused(proof_of(ath=ath))


@pytest.mark.parametrize("token", ["t\u00f6ken", "\ud800", "\U0001f600"])
def test_a_token_that_is_not_ascii_has_no_hash(token: str) -> None:
    digest = b64(hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest())
    assert is_refused(proof_of(ath=digest), access_token=token)


def test_a_nonce_is_a_text() -> None:
    assert verified(proof_of(nonce="eyJ7S_zG.eyJH0-Z.HX4w-7v"))
    for nonce in (None, 1, ["x"], {}):
        assert is_refused(proof_of(nonce=nonce))


def test_unknown_claims_are_ignored() -> None:
    assert verified(proof_of(iss="app", sub="x", uuid="y", chal={"deep": [1, None]}, aud=[])) == verified(proof_of())


@pytest.mark.parametrize(
    ("claims", "valid"),
    [
        ({"exp": NOW + 30, "nbf": NOW}, True),
        ({"exp": NOW + 0.5}, True),
        ({"exp": NOW - 4, "nbf": NOW + 5}, True),
        ({"exp": NOW - 5}, False),
        ({"nbf": NOW + 6}, False),
        ({"exp": -1e999}, False),
        ({"exp": str(NOW + 30)}, False),
        ({"exp": None}, False),
        ({"exp": True}, False),
        ({"nbf": True}, False),
        ({"nbf": []}, False),
        ({"nbf": 10**400}, False),
        ({"exp": 10**400}, True),
    ],
)
def test_exp_and_nbf_hold_where_a_client_sends_them(claims: dict[str, Any], valid: bool) -> None:
    assert is_refused(proof_of(**claims)) is not valid


# reuse


def test_a_proof_is_accepted_once() -> None:
    store: ProofStore = MemoryProofs()
    proof = verified(proof_of())
    accept(proof, store)
    with pytest.raises(TokenInvalidError) as refusal:
        accept(verified(proof_of()), store)
    assert refusal.value.reason is Reason.DPOP_PROOF_REUSED
    accept(verified(proof_of(jti="another")), store)


def test_a_second_signature_or_spelling_makes_no_other_proof() -> None:
    proof = verified(proof_of())
    message, _, signature = proof_of().rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    malleated = raw[:32] + (ORDER - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
    for again in (
        f"{message}.{b64(malleated)}",
        proof_of(),
        proof_of(iat=NOW - 1),
        proof_of(htu=f"{URL}?x"),
        proof_of({"jwk": jwk_of(KEY, kid="other")}),
        proof_of({"jwk": dict(reversed(jwk_of(KEY).items()))}),
    ):
        assert verified(again).proof_id == proof.proof_id


def test_no_key_can_spend_the_proofs_of_another() -> None:
    store = MemoryProofs()
    accept(verified(signed(message_of({"jwk": jwk_of(OTHER_KEY)}), OTHER_KEY)), store)
    accept(verified(proof_of()), store)
    assert len(store.spent) == 2


def test_a_proof_is_remembered_for_as_long_as_it_is_valid() -> None:
    store = MemoryProofs()
    proof = verified(proof_of(iat=NOW + 5))
    accept(proof, store)
    assert store.spent == {proof.proof_id: NOW + 5 + 60 + 5}
    assert is_refused(proof_of(iat=NOW + 5), now=store.spent[proof.proof_id] - 5 + 0.001)
    accept(verified(proof_of(jti="short")), brief := MemoryProofs(), max_age=10, clock_skew=1)
    assert list(brief.spent.values()) == [NOW + 11]


# all of it


def test_no_refusal_repeats_the_proof_or_the_token() -> None:
    secret = "c0ffee-secret"
    for proof in (
        proof_of(ath=secret),
        f"{proof_of()}{secret}",
        signed(f"{message_of()[:-9]}{secret}"),
        f'{{"{secret}"',
    ):
        with pytest.raises(TokenInvalidError) as refusal:
            verified(proof, access_token=f"{secret}\u00e9")
        error = refusal.value
        assert error.__context__ is None
        assert error.__cause__ is None
        text = "".join(traceback.TracebackException.from_exception(error).format_exception_only())
        assert secret not in text + error.detail + repr(error.args)


ALPHABET = st.sampled_from("ABCxyz019-_.=+/ \n\u00e9\ud800")


@given(text=st.text() | st.text(ALPHABET) | st.lists(st.text(ALPHABET), min_size=3, max_size=3).map(".".join))
def test_no_text_is_a_proof(text: str) -> None:
    assert is_refused(text)
    assert is_refused(text, access_token=text)
    assert text == "GET" or is_refused(proof_of(), method=text)
    assert is_refused(proof_of(), url=text)
    assert is_refused(proof_of(ath=ath_of(TOKEN)), access_token=text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(
    name=st.sampled_from(["typ", "alg", "jwk", "jti", "htm", "htu", "iat", "ath", "nonce", "exp", "nbf"]), value=JSON
)
def test_no_value_of_a_member_raises_anything_else(name: str, value: Any) -> None:
    proof = proof_of({name: value}) if name in ("typ", "alg", "jwk") else proof_of(**{name: value})
    assert is_refused(proof) or name in ("jti", "nonce", "exp", "nbf")


@given(name=st.sampled_from(["kty", "crv", "x", "y", "d", "ext", "key_ops", "kid", "use", "alg"]), value=JSON)
def test_no_value_in_the_key_raises_anything_else(name: str, value: Any) -> None:
    assert is_refused(proof_of({"jwk": jwk_of(KEY, **{name: value})})) or name in ("ext", "kid")


VALID = proof_of(ath=ath_of(TOKEN))


@given(data=st.data())
def test_no_altered_proof_is_accepted(data: st.DataObject) -> None:
    assert verified(VALID, access_token=TOKEN)
    at = data.draw(st.integers(0, len(VALID) - 1))
    bit = data.draw(st.integers(0, 6))
    char = data.draw(ALPHABET)
    altered = data.draw(
        st.sampled_from(
            [
                VALID[:at] + chr(ord(VALID[at]) ^ (1 << bit)) + VALID[at + 1 :],
                VALID[:at],
                VALID[at + 1 :],
                VALID[:at] + VALID[at + 1 :],
                VALID[:at] + char + VALID[at:],
                VALID[:at] + char + VALID[at + 1 :],
                VALID.swapcase(),
            ]
        )
    )
    assert altered == VALID or is_refused(altered, access_token=TOKEN)


@given(part=st.integers(0, 2), at=st.integers(0, 8 * 400))
def test_no_flipped_bit_in_the_decoded_parts_is_accepted(part: int, at: int) -> None:
    parts = [bytearray(base64.urlsafe_b64decode(segment + "==")) for segment in VALID.split(".")]
    parts[part][at // 8 % len(parts[part])] ^= 1 << at % 8
    assert is_refused(".".join(b64(bytes(piece)) for piece in parts), access_token=TOKEN)
