"""The accesses that entries of the ledger tell of: by whom, to what, from which network, allowed or not.

Who proved who they are is known by the account. Who did not is known by the network alone, under a pseudonym: a wrong
password is the network's, whoever's account was tried.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from lukhas_common import times
from lukhas_common.access.streams import ALLOWED
from lukhas_common.anomaly.accesses import Access
from lukhas_common.identity.errors import Reason
from lukhas_common.ledger.records import Record
from lukhas_common.routes import AUTHENTICATE, ROUTES, SYSTEM

_LATE = 120.0
"""Seconds in which an entry is in the log: one of just before the hour counts for the hour of its batch."""

_LENGTHS = {4: 24, 6: 48}
"""Bits of an address that say which network it is of: what one customer has at the least."""

NameNetwork = Callable[[str], str]
"""The pseudonym of a network."""


def network_of(address: str) -> str:
    """The network of an address, such as ``203.0.113.0/24``; empty for what is no address."""
    try:
        read = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network((read, _LENGTHS[read.version]), strict=False))


def access_in(record: Record, name: NameNetwork) -> Access | None:
    """The access that an entry tells of; None where it tells of something else.

    Accesses that were let in are told of by the authorizer and by the gate: the gate's entry counts. What the
    authorizer refuses never comes to the gate.
    """
    body, network = record.body, network_of(str(record.body.get("source_ip", "")))
    principal = str(body.get("user_id") or "")
    endpoint, allowed, subject = str(body.get("route", "")), False, principal
    match record.kind:
        case "access.allowed" | "access.refused":
            caller: Mapping[str, Any] = body["caller"]
            principal, allowed = str(caller["id"]), record.kind == ALLOWED
            subject = record.stream.partition("/")[2]
        case "auth.refused" if body.get("reason") == Reason.RATE_LIMITED:
            return None  # in a hurry, but not without a right
        case "auth.refused":
            pass
        case "identity.session_started":
            endpoint, allowed = AUTHENTICATE.key, True
        case "identity.password_refused":
            endpoint, principal, subject = AUTHENTICATE.key, "", str(body.get("claimed_user_id", ""))
        case _:
            return None
    if not principal and not network:
        return None
    return Access(
        principal=principal or name(network),
        endpoint=endpoint,
        at=times.utc(record.at),
        scopes=_scopes(endpoint),
        network=network,
        allowed=allowed,
        read=int(body.get("asked_for", 0)) if allowed else 0,  # what an answer holds is not known when the gate decides
        subject="" if subject == SYSTEM else subject,
    )


def in_hour_of(access: Access, batch_at: float) -> Access:
    """The access, moved into the hour in which the log took it if it was just before."""
    begin = batch_at // 3600 * 3600
    return replace(access, at=times.utc(begin)) if 0 < begin - access.at.timestamp() < _LATE else access


def _scopes(endpoint: str) -> tuple[str, ...]:
    scope = ROUTES[endpoint].scope if endpoint in ROUTES else ""
    return (scope,) if ":" in scope else ()
