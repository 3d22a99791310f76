"""The key rings as signers and the rotation see them."""

from __future__ import annotations

from functools import cache

from lukhas_common import times
from lukhas_common.audit import Audit
from lukhas_common.aws.clients import client
from lukhas_common.aws.keys import rings
from lukhas_common.aws.kms import KmsServerKey, KmsVault
from lukhas_common.crypto.ring_keys import RingSigners
from lukhas_common.crypto.rotation import KeyRing
from lukhas_common.identity import access_tokens
from lukhas_common.qrg import tokens as qrg
from lukhas_common.qrg.config import QRGConfig
from lukhas_common.settings import settings


@cache
def vault() -> KmsVault:
    """The private keys of this stack."""
    return KmsVault(client("kms"), lambda: client("resourcegroupstaggingapi"), settings().stack_name)


def signers(ring: str) -> RingSigners:
    """Signs with a ring's active key."""
    return RingSigners(ring, rings(), vault())


@cache
def server_key() -> KmsServerKey:
    """Derives keys that are nobody's but the server's."""
    return KmsServerKey(client("kms"), settings().required("server_key_id"))


def qrg_config() -> QRGConfig:
    """How QRG tokens are made."""
    config = settings()
    return QRGConfig.model_validate(
        {
            "algorithm": config.qrg_algorithm,
            "ttl_seconds": config.qrg_ttl,
            "max_age_seconds": config.qrg_max_age,
            "issuer": config.issuer,
            "audience": config.audience,
        }
    )


def key_rings(audit: Audit) -> list[KeyRing]:
    """Every ring of the product, to be rotated."""
    config = settings()
    algorithms = {access_tokens.RING: config.access_token_algorithm, qrg.RING: qrg_config().algorithm}
    return [
        KeyRing(name, algorithm, rings(), vault(), audit, times.now, config.key_period)
        for name, algorithm in algorithms.items()
    ]
