"""What is kept of the watch over accesses: pages of each principal's timeline, alerts, and how far it has read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from lukhas_common.anomaly.alerts import Alert

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
    """An alert on record.

    Attributes:
        alert_id: the same for one principal, kind, part of a day and severity: what goes on is told once, and once more
            when it gets worse.
        recorded_at: seconds since the epoch.
        told: whether it was answered and sent.
    """

    alert: Alert
    recorded_at: float = 0.0
    told: bool = False

    @property
    def alert_id(self) -> str:
        return alert_id(self.alert)

    @property
    def is_about_person(self) -> bool:
        """Whether it is about an account, not about a network."""
        return not self.alert.principal.startswith(NETWORK)


def alert_id(alert: Alert) -> str:
    """The id of an alert on record."""
    return f"{alert.dedup_key}:{alert.severity}"


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
