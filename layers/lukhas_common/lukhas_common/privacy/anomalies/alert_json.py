"""Alerts as JSON values, in which they are sealed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from lukhas_common.anomaly.alerts import Alert, Reason
from lukhas_common.anomaly.detectors import Severity
from lukhas_common.anomaly.kinds import Kind


def to_json(alert: Alert) -> dict[str, Any]:
    """The alert as JSON values."""
    return {**asdict(alert), "at": alert.at.isoformat()}


def from_json(said: Mapping[str, Any]) -> Alert:
    """The alert that ``to_json`` was given."""
    read = {
        "at": datetime.fromisoformat(said["at"]),
        "severity": Severity(said["severity"]),
        "kind": Kind(said["kind"]),
        "reasons": tuple(Reason(**reason) for reason in said["reasons"]),
    }
    return Alert(**{**said, **read})
