"""What goes over the wire: alerts, and the timeline of one principal."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from lukhas_common import times
from lukhas_common.anomaly.alerts import summary
from lukhas_common.anomaly.detectors import Severity
from lukhas_common.anomaly.kinds import Kind
from lukhas_common.privacy.anomalies.models import Page, Raised, Seen

PRINCIPAL = r"^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|network-[0-9a-f]{32})$"
"""An account's id, or the pseudonym of a network."""

AFTER = r"^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{12}Z,[a-z0-9:_-]{1,128})?$"


class AnomalyReason(BaseModel):
    """What explains an alert: a count, or how many times as much as usual."""

    feature: str = Field(examples=["failures"])
    value: float
    usual: float | None = Field(description="Null where no detector was asked.")
    deviations: float | None = Field(description="How far the value is from the usual.")


class Anomaly(BaseModel):
    """An alert."""

    alert_id: str
    principal: str = Field(description="An account's id, or the pseudonym of a network that nobody logged in from.")
    kind: Kind
    severity: Severity
    at: str = Field(description="The begin of the hour that raised it.")
    recorded_at: str
    summary: str
    score: float
    reasons: list[AnomalyReason]
    told: bool = Field(description="Whether it was sent to the topic.")

    @classmethod
    def of(cls, raised: Raised) -> Anomaly:
        """The alert on the wire."""
        alert = raised.alert
        return cls(
            alert_id=raised.alert_id,
            principal=alert.principal,
            kind=alert.kind,
            severity=alert.severity,
            at=times.rfc3339(alert.at.timestamp()),
            recorded_at=times.rfc3339(raised.recorded_at),
            summary=summary(alert),
            score=round(alert.score, 4),
            reasons=[
                AnomalyReason(feature=each.feature, value=each.value, usual=each.usual, deviations=each.z)
                for each in alert.reasons
            ],
            told=raised.told,
        )


class Anomalies(BaseModel):
    """A page of alerts, the newest first."""

    anomalies: list[Anomaly]
    next: str | None = Field(description="Ask for the next page with ?after= or ?next=; null at the end.")


class SeenWindow(BaseModel):
    """What a principal did in one hour."""

    start: str
    accesses: int
    refused: int
    score: float | None = Field(description="From 0, usual, to 1; null while there was nothing to compare with.")
    features: dict[str, float]
    alerts: list[str] = Field(description="Ids of the alerts that it raised.")

    @classmethod
    def of(cls, seen: Seen) -> SeenWindow:
        """The window on the wire."""
        return cls(
            start=times.rfc3339(seen.start),
            accesses=seen.accesses,
            refused=seen.refused,
            score=None if seen.score is None else round(seen.score, 4),
            features={name: round(value, 4) for name, value in seen.features.items()},
            alerts=list(seen.alerts),
        )


class Timeline(BaseModel):
    """A principal's windows, the newest first, and the alerts among them."""

    principal: str
    windows: list[SeenWindow]
    anomalies: list[Anomaly]
    next: Annotated[int | None, Field(description="Ask for older windows with ?before= or ?next=; null at the end.")]

    @classmethod
    def of(cls, principal: str, pages: list[Page], alerts: list[Raised], following: int | None) -> Timeline:
        """The timeline on the wire."""
        windows = [SeenWindow.of(seen) for page in pages for seen in reversed(page.seen)]
        return cls(
            principal=principal, windows=windows, anomalies=[Anomaly.of(alert) for alert in alerts], next=following
        )
