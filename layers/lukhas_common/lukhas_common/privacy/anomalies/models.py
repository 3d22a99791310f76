"""What is kept of the watch over accesses: pages of each principal's timeline, alerts, and how far it has read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from lukhas_common.anomaly.detectors import Severity

NETWORK = "network-"
"""How the names of networks begin, which stand for those who did not say who they are."""


class Response(StrEnum):
    """What is done by itself when an alert is raised."""

    NONE = "none"
    STEP_UP = "step_up"
    REVOKE = "revoke"


@dataclass(frozen=True, slots=True)
class Seen:
    """One window of a principal.

    Attributes:
        start: seconds since the epoch; ``accesses`` how many there were, ``refused`` how many of them were refused.
        score: from 0, usual, to 1; None while there is nothing to compare with.
        features: what the score rests on, by name.
        alerts: ids of those that it raised.
    """

    start: float
    accesses: int
    refused: int
    score: float | None
    features: Mapping[str, float]
    alerts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A principal's windows of one reading, and what was usual of them after it.

    Attributes:
        until: leaves of the log that had been read then.
        profile: what is usual, as the detectors keep it.
    """

    principal: str
    until: int
    seen: tuple[Seen, ...]
    profile: bytes


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert.

    Attributes:
        alert_id: the same for the same finding, however often it is made.
        at: seconds since the epoch: the begin of the window that raised it.
        summary: one line for people, which names nobody but the principal's id.
        facts: what explains it; sealed where it is kept, and not sent anywhere.
        recorded_at: when it was put on record.
        told: whether it was answered and sent.
    """

    alert_id: str
    principal: str
    kind: str
    severity: Severity
    at: float
    summary: str
    score: float
    facts: Mapping[str, Any] = field(default_factory=dict)
    recorded_at: float = 0.0
    told: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the log was read.

    Attributes:
        done: leaves of the log whose accesses were judged; ``until`` those that are being judged.
        version: counts the writes.
    """

    done: int
    until: int
    version: int
