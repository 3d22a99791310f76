"""Reads an access token by PyJWT, as its receivers may, before anyone gets it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

import jwt
from jwt.algorithms import Algorithm, ECAlgorithm
from jwt.exceptions import InvalidTokenError

from lukhas_common.crypto.keys import ALGORITHMS, PublicKey


class UnreadableTokenError(Exception):
    """A token that was just made does not say to others what it should; it was not handed out."""


def _refused(*_: Any) -> NoReturn:
    raise TypeError("PyJWT only reads here")


class _ByPublicKey(Algorithm):
    """For PyJWT, the algorithms that it has not, or not by this name; to verify, and for nothing else."""

    def prepare_key(self, key: PublicKey) -> PublicKey:
        return key

    def verify(self, msg: bytes, key: PublicKey, sig: bytes) -> bool:
        return key.verifies(msg, sig)

    sign = to_jwk = from_jwk = _refused  # type: ignore[assignment]


for _name in ALGORITHMS:
    if _name != "ES256":
        jwt.register_algorithm(_name, _ByPublicKey())
_NO_CLOCK: Any = {"verify_exp": False, "verify_iat": False}


def check(token: str, claims: Mapping[str, Any], key: PublicKey) -> None:
    """Accept a token that PyJWT reads as these claims, signed by this key.

    Raises:
        UnreadableTokenError: it does not; the text holds nothing of the token.
    """
    loaded: Any = ECAlgorithm.from_jwk(dict(key.jwk)) if key.algorithm == "ES256" else key
    try:
        read = jwt.decode(
            token, loaded, [key.algorithm], options=_NO_CLOCK, issuer=claims["iss"], audience=claims["aud"]
        )
    except InvalidTokenError as error:
        raise UnreadableTokenError(type(error).__name__) from None
    if read != dict(claims):
        raise UnreadableTokenError("other claims")
