"""Sessions bound to a DPoP key under attack: their tokens are worth nothing without a fresh proof by that key."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from lukhas_common.crypto.base64url import b64url
from lukhas_common.crypto.local_keys import LocalSigner
from lukhas_common.identity.dpop import Proof, verify_proof
from lukhas_common.identity.errors import IdentityError, Reason
from lukhas_common.identity.strict_auth import Decision
from tests.security import forge
from tests.security.forge import ACCESS, NOW, REMOVED, URL, Target
from tests.world import HERE, PASSWORD, World

LOGIN = "https://api.example.org/identity/auth"


class Bound:
    """A session that is bound to a key."""

    def __init__(self, algorithm: str = "ES256") -> None:
        self.world, self.key, self.made = World(algorithm), LocalSigner.generate("ES256"), 0
        self.world.accounts.register("ada", PASSWORD)
        self.tokens = self.world.login.authenticate("ada", PASSWORD, HERE, None, self.proven())
        self.token = self.tokens.access_token

    def proven(self, key: LocalSigner | None = None) -> Proof:
        """A proof for a login or a refresh."""
        self.made += 1
        proof = forge.proof(key or self.key, None, htm="POST", htu=LOGIN, jti=f"login-{self.made}")
        return verify_proof(proof, method="POST", url=LOGIN, now=NOW)

    def proof(self, header: dict[str, Any] | None = None, *, key: LocalSigner | None = None, **claims: Any) -> str:
        """A fresh proof for GET of URL with the token, but for the changes."""
        self.made += 1
        return forge.proof(key or self.key, self.token, header, **{"jti": f"proof-{self.made}", **claims})

    def ask(self, *proofs: str, scheme: str = "DPoP", **changes: Any) -> Decision:
        changes = {"authorization": (f"{scheme} {self.token}",), "proofs": proofs, **changes}
        return self.world.ask(None, **changes)


@pytest.fixture(params=ACCESS)
def bound(request: pytest.FixtureRequest) -> Bound:
    return Bound(request.param)


def test_class_25_a_proof_opens_the_door_once(bound: Bound) -> None:
    proof = bound.proof()
    assert bound.ask(proof).allowed
    assert bound.ask(proof).reason is Reason.DPOP_PROOF_REUSED
    assert bound.ask(bound.proof()).allowed


def test_class_25_a_stolen_token_alone_opens_nothing(bound: Bound) -> None:
    for scheme, proofs in (
        ("Bearer", ()),
        ("Bearer", (bound.proof(),)),
        ("DPoP", ()),
        ("DPoP", ("",)),
        ("DPoP", ("x.y.z",)),
    ):
        assert bound.ask(*proofs, scheme=scheme).reason is Reason.DPOP_PROOF_INVALID
    for scheme in ("dpop", "DPOP", "DPoP,", "Bearer, DPoP"):
        assert bound.ask(bound.proof(), scheme=scheme).reason is Reason.AUTHORIZATION_MALFORMED


def test_class_25_one_proof_in_one_header(bound: Bound) -> None:
    one, other = bound.proof(), bound.proof()
    for proofs in ((one, other), (one, one), (one, ""), (f"{one}, {other}",), (f"{one},{other}",), (f" {one}",)):
        assert bound.ask(*proofs).reason is Reason.DPOP_PROOF_INVALID
    assert bound.ask(one).allowed


@pytest.mark.parametrize(
    "claims",
    [
        {"ath": REMOVED},
        {"ath": ""},
        {"ath": b64url(hashlib.sha256(b"another token").digest())},
        {"htm": "POST"},
        {"htm": "get"},
        {"htu": "https://api.example.org/identity/password"},
        {"htu": "https://evil.example/identity/profile"},
        {"htu": "http://api.example.org/identity/profile"},
        {"iat": NOW - 61},
        {"iat": NOW + 6},
        {"jti": REMOVED},
        {"jti": ""},
    ],
    ids=repr,
)
def test_class_25_a_proof_is_for_this_token_this_request_and_now(bound: Bound, claims: dict[str, Any]) -> None:
    assert bound.ask(bound.proof(**claims)).reason is Reason.DPOP_PROOF_INVALID


def test_class_25_a_proof_is_by_the_key_of_the_session(bound: Bound) -> None:
    """Not by another, not under another, and not with any of its private half (d, and priv of RFC 9964)."""
    stranger = LocalSigner.generate("ES256")
    seed = b64url(bytes(32))
    ml_dsa = dict(LocalSigner.generate("ML-DSA-44").public_key.jwk)
    jwk = dict(bound.key.public_key.jwk)
    for proof in (
        bound.proof(key=stranger),
        bound.proof({"jwk": jwk}, key=stranger),
        bound.proof({"jwk": dict(stranger.public_key.jwk)}),
        bound.proof({"jwk": {**jwk, "d": seed}}),
        bound.proof({"jwk": {**jwk, "priv": seed}}),
        bound.proof({"jwk": ml_dsa, "alg": "ML-DSA-44"}),
        bound.proof({"jwk": {**ml_dsa, "priv": seed}}),
        bound.proof({"alg": "none"}),
        bound.proof({"typ": "at+jwt"}),
    ):
        assert bound.ask(proof).reason is Reason.DPOP_PROOF_INVALID


def test_class_25_the_binding_is_the_sessions_and_no_token_says_otherwise(bound: Bound) -> None:
    """Even the right key cannot sign a token of the session that is free, or bound to another key."""
    target = Target.__new__(Target)
    target.kind, target.ring, target.world, target.token = "ES256", "access", bound.world, bound.token
    other = LocalSigner.generate("ES256")
    free = target.forged(claims={"cnf": REMOVED})
    assert bound.world.ask(free).reason is Reason.TOKEN_REVOKED
    bound.token = target.forged(claims={"cnf": {"jkt": other.public_key.kid}})
    assert bound.ask(bound.proof(key=other)).reason is Reason.TOKEN_REVOKED


def test_class_25_a_free_token_takes_no_proof(target: Target) -> None:
    """A bearer token under the scheme DPoP is no proof of anything."""
    key = LocalSigner.generate("ES256")
    decision = target.world.ask(
        None, authorization=(f"DPoP {target.token}",), proofs=(forge.proof(key, target.token, jti=target.kind),)
    )
    assert decision.reason is Reason.DPOP_PROOF_INVALID


def test_class_25_a_refused_request_spends_no_proof(bound: Bound) -> None:
    """Nobody uses up the proofs of another: what is refused for another reason may be sent again."""
    proof = bound.proof()
    bound.world.standings.broken = OSError("down")
    assert bound.ask(proof).reason is Reason.UNAVAILABLE
    bound.world.standings.broken = None
    assert bound.ask(proof).allowed


def test_class_25_a_bound_refresh_token_needs_its_key(bound: Bound) -> None:
    for proof in (None, bound.proven(LocalSigner.generate("ES256"))):
        with pytest.raises(IdentityError) as refused:
            bound.world.login.refresh(bound.tokens.refresh_token, proof)
        assert refused.value.reason is Reason.DPOP_PROOF_INVALID
    proof = bound.proven()
    assert bound.world.login.refresh(bound.tokens.refresh_token, proof).key_bound
    with pytest.raises(IdentityError) as refused:
        bound.world.login.refresh(bound.tokens.refresh_token, proof)
    assert refused.value.reason is Reason.DPOP_PROOF_REUSED


def test_class_25_a_proof_of_a_login_opens_no_door(bound: Bound) -> None:
    at_login = forge.proof(bound.key, None, htm="POST", htu=LOGIN, jti="once more")
    for changes in ({}, {"method": "POST", "url": LOGIN}):
        assert bound.ask(at_login, **changes).reason is Reason.DPOP_PROOF_INVALID
    with_token = bound.proof(htu=URL)
    with pytest.raises(IdentityError):
        verify_proof(with_token, method="GET", url=URL, now=NOW)
