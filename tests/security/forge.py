"""Forgers: tokens over headers and claims that were never issued, signed by the right key or by another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import cbor2

from lukhas_common.crypto.base64url import b64url, unb64url
from lukhas_common.crypto.key_ring import RingKey
from lukhas_common.crypto.keys import PublicKey
from lukhas_common.crypto.local_keys import LocalSigner
from lukhas_common.identity.errors import Reason
from lukhas_common.identity.login import Tokens
from tests.world import World

NOW = 1_800_000_000
URL = "https://api.example.org/identity/profile"
REMOVED = ...

ACCESS = ("ES256", "ML-DSA-44")
SIGNED = (*ACCESS, "QRG")
KINDS = (*SIGNED, "handle")
"""An access token of each algorithm, and both forms of a QRG token."""

REASONS = frozenset(
    {
        Reason.AUTHORIZATION_MISSING,
        Reason.AUTHORIZATION_MALFORMED,
        Reason.TOKEN_INVALID,
        Reason.SIGNATURE_INVALID,
        Reason.TOKEN_EXPIRED,
        Reason.ISSUER_UNKNOWN,
        Reason.AUDIENCE_MISMATCH,
        Reason.TOKEN_REVOKED,
    }
)
"""Why a token is refused, whatever is wrong with it."""

LABELS = {"alg": 1, "crit": 2, "cty": 3, "kid": 4, "typ": 16}
CLAIMS = {"iss": 1, "sub": 2, "aud": 3, "exp": 4, "nbf": 5, "iat": 6, "jti": 7, "scope": 9}
COSE_ALGORITHMS = {"ML-DSA-44": -48, "ML-DSA-65": -49, "ML-DSA-87": -50, "ES256": -7, "Ed25519": -19}

Members = Mapping[Any, Any] | bytes
"""A header or claims: what is changed in those of a good token, or all of its bytes."""

Sign = Callable[[bytes], bytes]


class Target:
    """A live token of one kind in a world of its own, and who forges tokens of that kind."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.ring = "access" if kind not in ("QRG", "handle") else "qrg"
        self.world = World(kind if self.ring == "access" else "ES256")
        self.session = self.world.registered()
        self.user_id = next(iter(self.world.users.users))
        self.token = self.mint(self.user_id, self.session)

    @property
    def signer(self) -> LocalSigner:
        """The key by which such tokens are signed."""
        return self.world.signer if self.ring == "access" else self.world.qrg_signer

    def mint(self, user_id: str, session: Tokens) -> str:
        """One more good token of whoever logged in."""
        if self.ring == "access":
            return session.access_token
        made = self.world.qrg.issuer.issue(user_id, ["identity:read"])
        return made.token if self.kind == "QRG" else made.handle

    def of_another(self) -> str:
        """A good token of somebody else."""
        session = self.world.registered("eve")
        return self.mint(next(reversed(self.world.users.users)), session)

    def grant(self, scope: str) -> None:
        """Let the session or family hold these scopes, so that only the token's own say what it may do."""
        world, scopes = self.world, tuple(scope.split(" "))
        stores: tuple[dict[str, Any], ...] = (world.session_store.sessions, world.families.families)
        for store in stores:
            for name, stored in store.items():
                store[name] = replace(stored, scopes=(*stored.scopes, *scopes))

    def parts(self) -> tuple[dict[Any, Any], dict[Any, Any], bytes]:
        """Header, claims and signature of the token."""
        if self.ring == "access":
            header, claims, signature = map(unb64url, self.token.split("."))
            return json.loads(header), json.loads(claims), signature
        protected, _, payload, signature = cbor2.loads(unb64url(self.token.removeprefix("QRG_"))).value
        return cbor2.loads(protected), cbor2.loads(payload), signature

    def forged(
        self, header: Members = b"", claims: Members = b"", *, key: PublicKey | None = None, sign: Sign | None = None
    ) -> str:
        """The token with another header, other claims or another signature; without any of them, a good one.

        Args:
            header: changes to the header, in the names of JOSE for all kinds; REMOVED removes a member.
            key: the key that the header names; without it, the right one.
            sign: makes the signature; without it, the right key does.
        """
        found, said, _ = self.parts()
        if key is not None:
            found |= self.naming(key)
        protected, payload = self._changed(found, header, LABELS), self._changed(said, claims, CLAIMS)
        write = jws if self.ring == "access" else qrg
        return write(protected, payload, sign or self.signer.sign)

    def naming(self, key: PublicKey) -> dict[Any, Any]:
        """The header members that name a key."""
        if self.ring == "access":
            return {"alg": key.algorithm, "kid": key.kid}
        return {1: COSE_ALGORITHMS[key.algorithm], 4: unb64url(key.kid)}

    def _changed(self, members: dict[Any, Any], changes: Members, labels: Mapping[str, int]) -> bytes:
        if changes and isinstance(changes, bytes):
            return changes
        names = {} if self.ring == "access" else labels
        for name, value in dict(changes or {}).items():
            members[names.get(name, name)] = value
        kept = {name: value for name, value in members.items() if value is not REMOVED}
        return as_json(kept) if self.ring == "access" else cbor2.dumps(kept, canonical=True)


def as_json(value: object) -> bytes:
    """The value as access tokens have it."""
    return json.dumps(value, separators=(",", ":")).encode()


def jws(header: bytes, claims: bytes, sign: Sign) -> str:
    """A compact JWS of these bytes."""
    message = f"{b64url(header)}.{b64url(claims)}"
    return f"{message}.{b64url(sign(message.encode()))}"


def to_be_signed(protected: bytes, payload: bytes) -> bytes:
    """The Sig_structure of RFC 9052, section 4.4."""
    return cbor2.dumps(["Signature1", protected, b"", payload])


def qrg(protected: bytes, payload: bytes, sign: Sign, unprotected: Mapping[Any, Any] | None = None) -> str:
    """A QRG token of these bytes."""
    signature = sign(to_be_signed(protected, payload))
    return long_form(cbor2.dumps(cbor2.CBORTag(18, [protected, dict(unprotected or {}), payload, signature])))


def long_form(data: bytes) -> str:
    """The long form of whatever bytes."""
    return f"QRG_{b64url(data)}"


def adopt(world: World, ring: str, key: PublicKey) -> None:
    """Let a ring believe a key of which only the forger has the private half."""
    world.rings.publish(ring, key)
    now = world.clock()
    joined = world.rings.rings[ring].joined_by(RingKey(key.kid, key.algorithm, "the forger's", now))
    world.rings.rings[ring] = joined.switched_to(joined.find(key.kid), now)


def refusal(world: World, token: str) -> Reason:
    """Why a token is refused; the authorizer, introspection and whoever holds the library all refuse it."""
    decision = world.ask(token)
    assert not decision.allowed
    assert decision.reason in REASONS
    assert world.introspection.facts(token) is None
    assert not world.qrg.verify_token(token)
    assert not world.audit.alarms
    return decision.reason


def proof(signer: LocalSigner, token: str | None, header: Mapping[str, Any] | None = None, **claims: Any) -> str:
    """A DPoP proof for GET of URL with a token, but for the changes."""
    jwk = dict(signer.public_key.jwk)
    whole = {"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk, **(header or {})}
    said = {"jti": "proof-1", "htm": "GET", "htu": URL, "iat": NOW, **claims}
    if token is not None:
        said = {"ath": b64url(hashlib.sha256(token.encode()).digest()), **said}
    said = {name: value for name, value in said.items() if value is not REMOVED}
    return jws(as_json(whole), as_json(said), signer.sign)
