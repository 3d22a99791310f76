"""Trainings put together from their adapters; built once per process."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from lukhas_common import times
from lukhas_common.aws.anomaly_models import StoredModels
from lukhas_common.aws.clients import client
from lukhas_common.aws.event_bus import DefaultBus
from lukhas_common.aws.ledger import ledger
from lukhas_common.logs import LoggedAudit
from lukhas_common.privacy.anomalies.training import Trainings
from lukhas_common.settings import settings

SOURCE = "lukhas.privacy"
"""Of the events."""


@cache
def models() -> StoredModels:
    """Rows, models and what came of trainings."""
    config = settings()
    return StoredModels(
        client("dynamodb"), config.required("series_table"), client("s3"), config.required("staging_bucket")
    )


def trainings() -> Trainings:
    """What trains, and knows the model in use. On one machine, whoever asks for a training gets one."""
    bus, audit = DefaultBus(client("events"), SOURCE), LoggedAudit()
    made = Trainings(models(), ledger(), bus, audit, times.now)
    return replace(made, apart=0.0) if settings().is_local else made


def retrain(*, accept_drift: bool, roll_back: bool) -> dict[str, Any]:
    """Train, and say what came of it."""
    newest = trainings().run(accept_drift=accept_drift, roll_back=roll_back)
    return {} if newest is None else dict(newest.detail)
