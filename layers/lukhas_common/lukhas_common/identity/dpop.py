"""DPoP proofs (RFC 9449): a JWT per request that shows that the sender of a token holds the key it is bound to."""

from __future__ import annotations

import hashlib
import re
import string
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from lukhas_common.crypto.base64url import b64url
from lukhas_common.crypto.keys import PublicKey
from lukhas_common.identity.errors import Reason, TokenInvalidError
from lukhas_common.identity.jose import segments

TYPE, ALGORITHM = "dpop+jwt", "ES256"
MAX_LENGTH = 2048  # characters; clients send some 500

# Members of a public key that clients send beside the four that name it: WebCrypto's exportKey adds ext and key_ops,
# Inrupt's Solid client alg, Authlib kid; Nimbus, jwcrypto and joserfc pass on the kid, use and alg that a key has.
# They decide nothing. Any other is refused, and with it a private key, whatever its members are called.
_OPTIONAL: Mapping[str, Callable[[object], bool]] = {
    "alg": lambda value: value == ALGORITHM,
    "ext": lambda value: isinstance(value, bool),
    "key_ops": lambda value: value == ["verify"],
    "kid": lambda value: isinstance(value, str),
    "use": lambda value: value == "sig",
}
_URL = re.compile(r"(?ai)(https?)://([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([0-9]*))?(/[!-\"$->@-~]*)?(?:[?#][!-~]*)?")
_PORTS = {"http": "80", "https": "443"}
_UNRESERVED = {f"%{ord(char):02x}": char for char in string.ascii_letters + string.digits + "-._~"}


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that is valid, and may have been used before.

    Attributes:
        thumbprint: the RFC 7638 thumbprint of its key, which ``cnf.jkt`` of a bound token repeats.
        proof_id: SHA-256 (hex) over thumbprint and ``jti``, so that no key can spend another's proofs.
    """

    thumbprint: str
    proof_id: str
    issued_at: int


class ProofStore(Protocol):
    """Remembers proofs: ``spend`` marks one as used until then, that moment included, in one conditional write.

    It answers False where the proof was used before.
    """

    def spend(self, proof_id: str, until: float) -> bool: ...


def verify_proof(
    proof: str,
    *,
    method: str,
    url: str,
    now: float,
    max_age: int = 60,
    clock_skew: int = 5,
    access_token: str | None = None,
) -> Proof:
    """Check a proof (RFC 9449, section 4.3) for a request, and for the token beside it if there is one.

    Raises:
        TokenInvalidError: DPOP_PROOF_INVALID, whatever the texts are.
    """
    with suppress(ValueError):
        header, claims, message, signature = segments(proof, MAX_LENGTH)
        jti = claims.get("jti")
        if (
            _is_header(header)
            and (isinstance(jti, str) and 0 < len(jti) <= 128 and jti.isprintable())
            and claims.get("htm") == method
            and _is_target(claims.get("htu"), url)
            and _is_timely(claims, now, max_age, clock_skew)
            and _is_bound(claims, access_token)
            and isinstance(claims.get("nonce", ""), str)
        ):
            key = PublicKey.from_jwk(header["jwk"])
            if key.algorithm == ALGORITHM and key.verifies(message, signature):
                return Proof(key.kid, hashlib.sha256(f"{key.kid}.{jti}".encode()).hexdigest(), claims["iat"])
    raise TokenInvalidError(Reason.DPOP_PROOF_INVALID)  # not in an except block: its context would hold the proof


def accept(proof: Proof, store: ProofStore, *, max_age: int = 60, clock_skew: int = 5) -> None:
    """Use a valid proof, which is possible once while it is valid (section 11.1).

    Raises:
        TokenInvalidError: DPOP_PROOF_REUSED.
    """
    if not store.spend(proof.proof_id, proof.issued_at + max_age + clock_skew):
        raise TokenInvalidError(Reason.DPOP_PROOF_REUSED)


def _is_header(header: Mapping[str, Any]) -> bool:
    """Whether the header (section 4.2) is complete, and holds nothing that would go unread."""
    jwk = header.get("jwk")
    if header != {"typ": TYPE, "alg": ALGORITHM, "jwk": jwk} or not isinstance(jwk, dict):
        return False
    return all(name in _OPTIONAL and _OPTIONAL[name](jwk[name]) for name in jwk.keys() - {"kty", "crv", "x", "y"})


def _is_timely(claims: Mapping[str, Any], now: float, max_age: int, clock_skew: int) -> bool:
    """Whether ``iat`` is recent (section 11.1) and ``exp`` and ``nbf`` agree, which some clients send.

    Claims that mean nothing here are ignored (section 4.2; RFC 7519, section 4).
    """
    issued, ends, starts = claims.get("iat"), claims.get("exp", now + 1), claims.get("nbf", now)
    if type(issued) is not int or not {type(ends), type(starts)} <= {int, float}:
        return False
    return now - max_age <= issued <= now + clock_skew and ends > now - clock_skew and starts <= now + clock_skew


def _is_bound(claims: Mapping[str, Any], access_token: str | None) -> bool:
    """Whether ``ath`` is the token's; a proof made for use with a token is none without it (section 7)."""
    if access_token is None:
        return "ath" not in claims
    return bool(claims.get("ath") == b64url(hashlib.sha256(access_token.encode("ascii")).digest()))


def _is_target(htu: object, url: str) -> bool:
    """Whether the claim is the request's URL after normalisation (RFC 3986, sections 6.2.2 and 6.2.3).

    Dot segments are removed from the claim only: clients send none, and a router may take them literally.
    """
    *origin, path = _parts(htu if isinstance(htu, str) else "")
    kept: list[str] = []
    for segment in re.sub(r"/(\.\.?)$", r"/\1/", path).split("/")[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    return [*origin, "/" + "/".join(kept)] == _parts(url)


def _parts(url: str) -> list[str]:
    """Scheme, host, port and path in their normal form, dot segments apart."""
    match = _URL.fullmatch(url)
    if match is None:
        raise ValueError("not an absolute http or https URL")
    scheme, host, port, path = match.groups("")
    path = re.sub("%[0-9A-Fa-f]{2}", lambda escape: _UNRESERVED.get(escape[0].lower(), escape[0].upper()), path)
    return [scheme.lower(), host.lower(), port or _PORTS[scheme.lower()], path or "/"]
