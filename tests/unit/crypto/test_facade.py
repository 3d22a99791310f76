"""Tokens and hashes by the names under which a library user looks for them."""

from __future__ import annotations

from typing import Any

import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from lukhas_common.crypto.hash import RootKey, authenticate, hash_password, is_authentic, verify_password
from lukhas_common.crypto.jwt import Expected, sign_jwt, verify_jwt
from lukhas_common.crypto.local_keys import LocalSigner
from lukhas_common.crypto.ring_keys import SingleKey
from lukhas_common.identity import jose
from lukhas_common.identity.errors import TokenExpiredError, TokenInvalidError

KEY = SingleKey(LocalSigner.generate("ES256"))
CLAIMS = {"iss": "me", "aud": "you", "iat": 1000, "exp": 1600, "sub": "ada", "level": 3}
EXPECTED = Expected("me", "you", max_lifetime=600, clock_skew=5)


def test_a_token_says_to_pyjwt_and_to_us_what_was_signed() -> None:
    token = sign_jwt(CLAIMS, KEY.current())
    assert verify_jwt(token, KEY, EXPECTED, 1599.0) == CLAIMS
    loaded = ECAlgorithm.from_jwk(dict(KEY.current().public_key.jwk))
    assert isinstance(loaded, ec.EllipticCurvePublicKey)
    off = {"verify_exp": False, "verify_iat": False}
    assert pyjwt.decode(token, loaded, ["ES256"], audience="you", options=off) == CLAIMS  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "now"),
    [({}, 1600.0), ({}, 994.0), ({"iss": "x"}, 1500.0), ({"aud": "x"}, 1500.0), ({"exp": 1601}, 1500.0)],
)
def test_what_is_not_meant_for_us_now_is_refused(changed: dict[str, Any], now: float) -> None:
    with pytest.raises(TokenInvalidError):
        verify_jwt(sign_jwt(CLAIMS | changed, KEY.current()), KEY, EXPECTED, now)


def test_foreign_altered_and_other_tokens_are_refused() -> None:
    token = sign_jwt(CLAIMS, KEY.current())
    other = SingleKey(LocalSigner.generate("ES256"))
    access = jose.sign("at+jwt", CLAIMS, KEY.current())
    unbounded = jose.sign("JWT", CLAIMS | {"exp": "1600"}, KEY.current())
    for wrong in (sign_jwt(CLAIMS, other.current()), token[:-2] + "AA", access, unbounded, "", "a.b.c"):
        with pytest.raises(TokenInvalidError):
            verify_jwt(wrong, KEY, EXPECTED, 1500.0)
    with pytest.raises(TokenExpiredError):
        verify_jwt(token, KEY, EXPECTED, 1700.0)
    for name in ("iss", "aud", "iat", "exp"):
        for value in (None, True, 1.5):
            with pytest.raises(ValueError, match="iss and aud"):
                sign_jwt(CLAIMS | {name: value}, KEY.current())


def test_passwords_and_data_are_hashed() -> None:
    stored = hash_password("correct horse battery staple")
    assert stored.startswith("$argon2id$")
    assert stored != hash_password("correct horse battery staple")
    assert verify_password("correct horse battery staple", stored)
    assert not verify_password("correct horse battery stapler", stored)
    assert not verify_password("correct horse battery staple", None)
    key = RootKey(bytes(32)).mac("audit")
    assert is_authentic(key, b"data", authenticate(key, b"data"))
    assert not is_authentic(RootKey(bytes(32)).mac("other"), b"data", authenticate(key, b"data"))
