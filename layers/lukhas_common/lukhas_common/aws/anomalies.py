"""The watch over accesses put together from its adapters; built once per process."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from typing import Any

from lukhas_common import times
from lukhas_common.anomaly.detectors import Severity
from lukhas_common.aws.access_feed import S3Feed
from lukhas_common.aws.anomaly_store import DynamoAnomalies
from lukhas_common.aws.anomaly_topic import SnsTopic
from lukhas_common.aws.anomaly_training import models, trainings
from lukhas_common.aws.clients import client
from lukhas_common.aws.ledger import ledger, ledger_audit
from lukhas_common.aws.ledger_entries import DynamoEntries
from lukhas_common.aws.users import DynamoUsers
from lukhas_common.logs import LoggedAudit
from lukhas_common.privacy.anomalies.judging import ByDetector
from lukhas_common.privacy.anomalies.keeping import Keeping
from lukhas_common.privacy.anomalies.models import NETWORK, Response
from lukhas_common.privacy.anomalies.responding import ByPolicy, responses_in
from lukhas_common.privacy.anomalies.watch import Watch
from lukhas_common.routes import SYSTEM
from lukhas_common.settings import SettingsError, settings

_HOUR = 3600

_THREADS = 16
"""Calls at once."""


@cache
def keeping() -> Keeping:
    """What was seen of whom."""
    store = DynamoAnomalies(client("dynamodb"), settings().required("series_table"))
    return Keeping(store, ledger().keys, times.now, LoggedAudit())


def watch() -> Watch:
    """What the hourly run runs."""
    config, audit, model = settings(), ledger_audit(), trainings().current()
    return Watch(
        S3Feed(client("s3"), config.required("staging_bucket")),
        DynamoEntries(client("dynamodb"), config.required("ledger_table"), _THREADS),
        ledger(),
        keeping(),
        ByDetector(None if model is None else model.detector),
        SnsTopic(client("sns"), config.required("anomaly_topic")),
        ByPolicy(
            _responses(config.anomaly_response), DynamoUsers(client("dynamodb"), config.required("users_table")), audit
        ),
        audit,
        network_name,
        lambda until, judged: models().add_rows(until, [row for each in judged for row in each.rows]),
        threads=_THREADS,
    )


def network_name(network: str) -> str:
    """The pseudonym of a network, under a key of the system."""
    return NETWORK + ledger().keys.keyed_hash(SYSTEM, b"lukhas anomaly network v1", network.encode())[:32]


def _responses(text: str) -> dict[Severity, Response]:
    try:
        return responses_in(text)
    except ValueError:
        wanted = "ANOMALY_RESPONSE must be none, or severities with answers, as high=step_up critical=revoke"
        raise SettingsError(wanted) from None


def detect(seconds: float) -> dict[str, Any]:
    """Judge the hours that are over; on one machine, whose owner may not want to wait, what there is.

    Args:
        seconds: that there are in all.
    """
    now = times.now()
    until = now if settings().is_local else now // _HOUR * _HOUR
    return asdict(watch().run(until, now + seconds / 2))
