"""The key rings as signers and the rotation see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from lukhas_common import times
from lukhas_common.aws.clients import client, patient_client
from lukhas_common.aws.keys import rings
from lukhas_common.aws.kms import KmsServerKey, KmsVault
from lukhas_common.aws.ledger import ledger_audit
from lukhas_common.crypto.commands import KeyCommand
from lukhas_common.crypto.key_ring import KeyRingError
from lukhas_common.crypto.ring_keys import RingSigners
from lukhas_common.crypto.rotation import KeyRing
from lukhas_common.guardian import policy_keys
from lukhas_common.identity import access_tokens
from lukhas_common.ledger import log_keys
from lukhas_common.qrg import tokens as qrg
from lukhas_common.settings import settings

if TYPE_CHECKING:
    from lukhas_common.qrg.config import QRGConfig


@cache
def vault() -> KmsVault:
    """The private keys of this stack, to sign with."""
    return KmsVault(client("kms"), lambda: patient_client("resourcegroupstaggingapi"), settings().stack_name)


@cache
def workshop() -> KmsVault:
    """The same, to make and destroy."""
    return replace(vault(), client=patient_client("kms"))


def signers(ring: str) -> RingSigners:
    """Signs with a ring's active key."""
    return RingSigners(ring, rings(), vault())


@cache
def server_key() -> KmsServerKey:
    """Derives keys that are nobody's but the server's."""
    return KmsServerKey(client("kms"), settings().required("server_key_id"))


def qrg_config() -> QRGConfig:
    """How QRG tokens are made."""
    from lukhas_common.qrg.config import QRGConfig  # pydantic, which most that sign do without

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


def key_rings() -> dict[str, KeyRing]:
    """Every ring of the product by name, to be rotated."""
    config, audit = settings(), ledger_audit()
    algorithms = {access_tokens.RING: config.access_token_algorithm, qrg.RING: qrg_config().algorithm}
    periods = dict.fromkeys(algorithms, config.key_period) | dict.fromkeys(log_keys.RINGS, log_keys.PERIOD)
    algorithms |= {**log_keys.RINGS, policy_keys.RING: policy_keys.ALGORITHM}
    periods[policy_keys.RING] = policy_keys.PERIOD
    return {
        name: KeyRing(name, algorithm, rings(), workshop(), audit, times.now, periods[name])
        for name, algorithm in algorithms.items()
    }


def tend_all() -> dict[str, Any]:
    """Do what is due in every ring; answers the kid of each one's active key.

    Raises:
        ExceptionGroup: rings in which it failed; the others were tended.
    """
    active, failures = {}, []
    for name, ring in key_rings().items():
        try:
            key = ring.tend().active()
        except Exception as error:  # noqa: BLE001 - one ring must not keep the others from being tended
            ledger_audit().alarm("key.tending_failed", error, ring=name)
            failures.append(error)
        else:
            active[name] = key.kid if key else None
    if failures:
        raise ExceptionGroup("some rings could not be tended", failures)
    return active


def obey(event: Mapping[str, Any]) -> dict[str, Any]:
    """Carry out an operator's command; answers the active kid, or why it was refused."""
    try:
        command = KeyCommand.of(event)
        if command.ring not in (known := key_rings()):
            raise KeyRingError(f"there is no ring of that name, but {' and '.join(known)}")
        key = command.carry_out(known[command.ring]).active()
    except KeyRingError as refusal:
        ledger_audit().record("key.command_refused", ring=str(event.get("ring")), command=str(event.get("command")))
        return {"refused": str(refusal)}
    return {command.ring: key.kid if key else None}
