"""JWS in its compact form: the little of JOSE that access tokens need, read strictly.

Everything is checked before any cryptography: length, alphabet, canonical base64url, the exact header.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from lukhas_common import strict_json
from lukhas_common.crypto.base64url import b64url, unb64url
from lukhas_common.crypto.keys import PublicKeys, Signer
from lukhas_common.identity.errors import Reason, TokenInvalidError

MAX_TOKEN_LENGTH = 8192
"""Characters; an HTTP API takes 10,240 bytes of request line and headers together."""

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)


def strict_object(data: bytes) -> dict[str, Any]:
    """The JSON object in these bytes, read strictly.

    Raises:
        ValueError: there is none.
    """
    value = strict_json.loads(data)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def segments(token: str, limit: int = MAX_TOKEN_LENGTH) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    """The header, the claims, the signing input and the signature of a compact JWS, nothing of it verified.

    Raises:
        ValueError: it is longer than ``limit``, or not exactly what this module would write.
    """
    if len(token) > limit or not _COMPACT.fullmatch(token):
        raise ValueError("not a compact JWS")
    message, _, signature = token.rpartition(".")
    header, claims = (strict_object(unb64url(part)) for part in message.split("."))
    return header, claims, message.encode(), unb64url(signature)


def sign(typ: str, claims: Mapping[str, Any], signer: Signer) -> str:
    """A compact JWS of the claims."""
    key = signer.public_key
    header = {"alg": key.algorithm, "kid": key.kid, "typ": typ}
    parts = [b64url(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims)]
    message = ".".join(parts)
    return f"{message}.{b64url(signer.sign(message.encode()))}"


def verify(token: str, typ: str, keys: PublicKeys) -> tuple[dict[str, Any], str]:
    """The claims of a compact JWS with a good signature by one of the keys, and that key's kid.

    Raises:
        TokenInvalidError: TOKEN_INVALID where the form is wrong, SIGNATURE_INVALID where the key is
            unknown or the signature does not verify.
    """
    parts = None
    with suppress(ValueError):
        parts = segments(token)
    if parts is None:  # outside of an except block: the error's context would hold the token
        raise TokenInvalidError
    header, claims, message, signature = parts
    if header.keys() != {"alg", "kid", "typ"} or header["typ"] != typ or not isinstance(header["kid"], str):
        raise TokenInvalidError
    key = keys.find(header["kid"])
    if key is None or header["alg"] != key.algorithm or not key.verifies(message, signature):
        raise TokenInvalidError(Reason.SIGNATURE_INVALID)
    return claims, key.kid
