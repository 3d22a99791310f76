"""The key rings as verifiers see them: no private key is in reach, and nothing of KMS is imported."""

from __future__ import annotations

from functools import cache

from lukhas_common import times
from lukhas_common.aws.clients import client
from lukhas_common.aws.rings import DynamoRings
from lukhas_common.crypto.keys import PublicKey
from lukhas_common.crypto.ring_keys import CachedKeys
from lukhas_common.guardian import policy_keys
from lukhas_common.identity import access_tokens
from lukhas_common.identity.access_tokens import AccessTokenVerifier
from lukhas_common.identity.expected import Expected
from lukhas_common.ledger import log_keys
from lukhas_common.qrg import tokens as qrg
from lukhas_common.settings import settings

TOKEN_LIVES = {access_tokens.RING: access_tokens.MAX_TTL, qrg.RING: qrg.MAX_TTL}
"""The rings of tokens, with the seconds that the longest-lived token may live."""

LIVES = {**TOKEN_LIVES, **dict.fromkeys(log_keys.RINGS, log_keys.LIFE), policy_keys.RING: policy_keys.LIFE}
"""Every ring, with the seconds for which what it signed is believed after its key was replaced."""


@cache
def rings() -> DynamoRings:
    """The stored rings."""
    return DynamoRings(client("dynamodb"), settings().required("keys_table"), LIVES)


@cache
def cached_keys(ring: str) -> CachedKeys:
    """The keys of a ring, for those who load a token's standing as well, which holds the ring itself."""
    return CachedKeys(ring, rings(), times.now)


def access_token_verifier() -> AccessTokenVerifier:
    """Reads access tokens."""
    config = settings()
    expected = Expected(config.issuer, config.audience, access_tokens.MAX_TTL, config.clock_skew)
    return AccessTokenVerifier(cached_keys(access_tokens.RING), expected)


def published_keys() -> list[PublicKey]:
    """The keys of the JWK set: those that sign, will sign, or signed tokens that are still good."""
    found: list[PublicKey] = []
    for name in TOKEN_LIVES:
        ring, keys = rings().load(name)
        found += [keys[key.kid] for key in ring.published(times.now())]
    return found
