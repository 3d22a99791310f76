"""One access to an endpoint: what the detectors are told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Access:
    """Who did what, when and from where.

    Attributes:
        principal: who asked.
        endpoint: what was asked for.
        at: when; aware, in UTC.
        scopes: that were asked for or used.
        network: from where; empty if that is not known.
        allowed: whether it was let through.
        read: bytes or items read; 0 if that is not known.
        subject: whose data it was; empty if nobody's.
    """

    principal: str
    endpoint: str
    at: datetime
    scopes: tuple[str, ...]
    network: str
    allowed: bool
    read: int
    subject: str
