"""The configuration of a ConsentHistoryManager."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lukhas_common.consent import checks
from lukhas_common.consent.changes import Desk
from lukhas_common.consent.errors import ConsentError, Reason
from lukhas_common.consent.rules import Rules
from lukhas_common.ledger.data_keys import DataKeys, LocalWrapper
from lukhas_common.ledger.ledger import Ledger
from lukhas_common.ledger.memory import MemoryDataKeys, MemoryEntries
from lukhas_common.times import Clock

_SETTINGS = {"store", "path", "secret", "controller", "withdrawal"}
_CONTROLLER = {"id": "urn:lukhas:controller", "name": "LUKHAS"}


def known_settings(config: Mapping[str, Any]) -> None:
    """Refuse settings that nobody would read, so that none is misspelt unnoticed."""
    if not _SETTINGS.issuperset(config):
        raise ConsentError(Reason.INVALID, f"config knows {', '.join(sorted(_SETTINGS))} only")


def configured_desk(config: Mapping[str, Any], rules: Rules) -> Desk:
    """What records say of their keeper."""
    withdrawal = checks.text(config.get("withdrawal", "/consent/{scope}/withdraw"), "withdrawal", 256)
    return Desk(_controller(config.get("controller", _CONTROLLER)), withdrawal, rules)


def configured_ledger(config: Mapping[str, Any], clock: Clock) -> Ledger:
    """The ledger that a configuration describes."""
    store, secret = config.get("store", "memory"), config.get("secret")
    if store == "memory":
        return Ledger(MemoryEntries(), DataKeys(MemoryDataKeys(), LocalWrapper(secrets.token_bytes(32)), clock), clock)
    if store != "sqlite":
        raise ConsentError(Reason.INVALID, "store is memory or sqlite; for others pass a ledger")
    try:
        secret = bytes.fromhex(secret) if isinstance(secret, str) else secret
    except ValueError:
        secret = None
    if not config.get("path") or not isinstance(secret, bytes) or len(secret) != 32:
        raise ConsentError(Reason.INVALID, "the sqlite store needs a path, and a secret of 32 bytes, kept elsewhere")
    from lukhas_common.ledger.sqlite import open_ledger

    return open_ledger(Path(config["path"]), secret, clock)


def _controller(given: object) -> dict[str, str]:
    if not isinstance(given, Mapping) or not {"id", "name"} <= set(given) <= {"id", "name", "contact"}:
        raise ConsentError(Reason.INVALID, "controller needs id and name, and may have contact")
    return {name: checks.text(value, f"controller.{name}", 256) for name, value in given.items()}
