"""The two forms of a QRG token.

The long form is ``QRG_`` and base64url of a COSE_Sign1 of CWT claims (RFC 8392); whoever has the public keys can
verify it. The handle is ``QRG_`` and its 16-byte ``cti`` in hex; only this service can look it up.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from lukhas_common.crypto.base64url import b64url, unb64url
from lukhas_common.crypto.keys import PublicKeys, Signer
from lukhas_common.identity.bearer import QRG_PREFIX as PREFIX
from lukhas_common.identity.errors import Reason, TokenInvalidError
from lukhas_common.identity.jose import MAX_TOKEN_LENGTH
from lukhas_common.qrg import cose

RING = "qrg"
"""The name of the key ring that signs them."""

MAX_TTL = 86400
"""Seconds that no QRG token outlives, whatever is configured."""

CTI = 16
"""Bytes of a token's id: the first 6 name its family, the other 10 are its secret."""

FAMILY = 6
_HEADER = {16: "application/qrg+cwt"}
"""``typ`` (RFC 9596), so that no other COSE_Sign1 by the same key is ever taken for a token."""

_ISS, _SUB, _AUD, _EXP, _IAT, _CTI, _SCOPE = 1, 2, 3, 4, 6, 7, 9
_TYPES = {_ISS: str, _SUB: str, _AUD: str, _EXP: int, _IAT: int, _CTI: bytes, _SCOPE: str}
_HANDLE = re.compile(PREFIX + r"([0-9a-f]{32})", re.ASCII)
_LONG = re.compile(PREFIX + r"([A-Za-z0-9_-]{33,})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says. Times are whole seconds since the epoch.

    Attributes:
        user_id: the ``sub`` claim.
        cti: the token's id, 16 bytes; as secret as the token, because its handle is made of it.
    """

    issuer: str
    audience: str
    user_id: str
    scopes: tuple[str, ...]
    issued_at: int
    expires_at: int
    cti: bytes


def handle(cti: bytes) -> str:
    """The short form of the token with this id."""
    return PREFIX + cti.hex()


def handle_cti(token: str) -> bytes | None:
    """The id in a handle; None where it is not exactly one."""
    match = _HANDLE.fullmatch(token)
    return None if match is None else bytes.fromhex(match[1])


def family(cti: bytes) -> str:
    """The id of the token's family, 12 hex digits; no secret."""
    return cti[:FAMILY].hex()


def digest(cti: bytes) -> str:
    """What is stored and logged of a token: SHA-256 of its id, in hex."""
    return hashlib.sha256(cti).hexdigest()


def write(claims: Claims, signer: Signer) -> str:
    """The long form.

    Raises:
        ValueError: it would be longer than anyone reads: there are too many scopes.
    """
    token = PREFIX + b64url(cose.sign1(_HEADER, _payload(claims), signer))
    if len(token) > MAX_TOKEN_LENGTH:
        raise ValueError(f"the token would have more than {MAX_TOKEN_LENGTH} characters: ask for fewer scopes")
    return token


def read(token: str, keys: PublicKeys) -> tuple[Claims, str]:
    """The claims of an authentic long form, and the kid of the key that signed it.

    Raises:
        TokenInvalidError: TOKEN_INVALID where the form is wrong, SIGNATURE_INVALID where the key is unknown
            or the signature does not verify.
    """
    match = _LONG.fullmatch(token) if len(token) <= MAX_TOKEN_LENGTH else None
    if match is None:
        raise TokenInvalidError
    reason = Reason.TOKEN_INVALID
    try:
        payload, kid = cose.verify1(unb64url(match[1]), _HEADER, keys)
        return _claims(cose.decode_map(payload)), kid
    except cose.UnknownSignatureError:
        reason = Reason.SIGNATURE_INVALID
    except ValueError:
        pass
    raise TokenInvalidError(reason)


def _payload(claims: Claims) -> bytes:
    return cose.encode(
        {
            _ISS: claims.issuer,
            _SUB: claims.user_id,
            _AUD: claims.audience,
            _EXP: claims.expires_at,
            _IAT: claims.issued_at,
            _CTI: claims.cti,
            _SCOPE: " ".join(claims.scopes),
        }
    )


def _claims(found: dict[int, Any]) -> Claims:
    """The claims, if they are exactly the ones that are issued, each of its exact type.

    Raises:
        ValueError: they are not.
    """
    if found.keys() != _TYPES.keys():
        raise ValueError("other claims")
    if any(type(found[name]) is not kind for name, kind in _TYPES.items()):
        raise ValueError("a claim of another type")
    if not all(found[name].isprintable() for name in (_ISS, _SUB, _AUD, _SCOPE)) or not found[_SUB]:
        raise ValueError("not printable")
    if not all(0 <= found[name] < 1 << 53 for name in (_EXP, _IAT)) or len(found[_CTI]) != CTI:
        raise ValueError("out of bounds")
    scopes = tuple(found[_SCOPE].split(" "))
    return Claims(found[_ISS], found[_AUD], found[_SUB], scopes, found[_IAT], found[_EXP], found[_CTI])
