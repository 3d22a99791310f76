"""The keys of the public log as its readers and its signers see them."""

from __future__ import annotations

from lukhas_common import times
from lukhas_common.aws.keys import rings
from lukhas_common.ledger.log_keys import ED25519_RING, ML_DSA_RING
from lukhas_common.settings import settings
from lukhas_common.tlog.verifiers import Kind, Verifier

KINDS = {ED25519_RING: Kind.ED25519, ML_DSA_RING: Kind.ML_DSA_44_COSIGNATURE}


def log_origin() -> str:
    """The name of the public log: the first line of its checkpoints, and the name of its keys."""
    return f"{settings().issuer}/ledger"


def log_verifiers() -> list[Verifier]:
    """The keys by which the log signs or once signed; the one that signs now comes first of its kind."""
    found: list[Verifier] = []
    now = times.now()
    for name, kind in KINDS.items():
        ring, keys = rings().load(name)
        believed = [key for key in ring.published(now) if ring.believes(key.kid, now)]
        found += [Verifier(log_origin(), keys[key.kid], kind) for key in believed]
    return found
