"""The Consciousness API put together from its adapters; built once per process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from lukhas_common import routes, times
from lukhas_common.aws.clients import client
from lukhas_common.aws.event_bus import DefaultBus
from lukhas_common.aws.heartbeats import DynamoHeartbeats
from lukhas_common.aws.ledger import ledger
from lukhas_common.aws.series import DynamoSeries
from lukhas_common.consciousness.awareness import AwarenessBook, InvalidAwarenessError
from lukhas_common.consciousness.drift.baseline import Baseline, baseline_of, state_id
from lukhas_common.consciousness.drift.detector import Drift, detect
from lukhas_common.consciousness.drift.errors import DriftInputError
from lukhas_common.consciousness.errors import ConsciousnessError, ConsciousnessReason
from lukhas_common.consciousness.heartbeats import PATIENCE, Heartbeat, report
from lukhas_common.consciousness.series import Series
from lukhas_common.consciousness.status import WINDOW, Drifting, load, loads, status
from lukhas_common.consciousness.watching import Watching
from lukhas_common.consciousness.wire import (
    AwarenessFacts,
    AwarenessUpdate,
    BaselineLineage,
    ConsciousnessMetrics,
    ConsciousnessStatus,
    DriftDetection,
    DriftDetectionRequest,
    DriftHistory,
    HeartbeatReceipt,
    HeartbeatReport,
    LoadFacts,
    Owner,
    SeriesStanding,
)
from lukhas_common.http import Admit, Caller
from lukhas_common.logs import LoggedAudit
from lukhas_common.policy.model import Permission
from lukhas_common.problems import InvalidField, invalid, moment
from lukhas_common.settings import settings

LEVELS = 20
"""Levels of awareness that the metrics show."""

_FIELDS = {"baseline": "baseline_state", "current": "current_state"}
"""What the request calls what the detector calls otherwise."""


@cache
def store() -> DynamoHeartbeats:
    """The heartbeats, for whoever asks for them."""
    return DynamoHeartbeats(client("dynamodb"), settings().required("heartbeats_table"))


@cache
def watching() -> Watching:
    """The series of all owners."""
    series = DynamoSeries(client("dynamodb"), settings().required("series_table"))
    return Watching(series, ledger(), DefaultBus(client("events")), LoggedAudit(), times.now)


def awareness_book() -> AwarenessBook:
    """The levels of awareness."""
    return AwarenessBook(ledger())


def current_status(who: Caller) -> ConsciousnessStatus:
    """How the system is, with the series of the system and of the caller."""
    now = times.now()
    drifting = [
        Drifting(series.name, series.scores[-1].value if series.scores else 0.0, series.alarm_since is not None)
        for series, _ in _series(who)
    ]
    found = status(store().heard(now), store().expected(now), drifting, now)
    return ConsciousnessStatus.of(found, awareness_book().current(), now)


def metrics(who: Caller) -> ConsciousnessMetrics:
    """What was measured of late."""
    now = times.now()
    heard, expected = store().heard(now), store().expected(now)
    return ConsciousnessMetrics(
        measured_at=times.utc(now),
        window_seconds=WINDOW,
        complete=heard.complete,
        total=LoadFacts.of(load(heard, expected, now)),
        subsystems={name: LoadFacts.of(each) for name, each in loads(heard, expected, now).items()},
        drift=[DriftHistory.of(series, owner) for series, owner in _series(who)],
        awareness=[AwarenessFacts.of(each) for each in awareness_book().history(LEVELS)],
    )


def update_awareness(request: AwarenessUpdate, who: Caller, idempotency_key: str | None) -> AwarenessFacts:
    """Set the level of awareness. What was written to it is kept without personal data: every person reads it."""
    from lukhas_common.privacy.redaction.redactor import mask, mask_values

    reason, metadata = mask(request.reason), mask_values(request.metadata)
    try:
        updated = awareness_book().update(request.new_level, reason, metadata, who.user_id, idempotency_key)
    except InvalidAwarenessError as error:
        raise invalid(InvalidField(field=error.field, message=error.message)) from None
    return AwarenessFacts.of(updated)


def report_heartbeat(request: HeartbeatReport) -> HeartbeatReceipt:
    """Take the heartbeat of a subsystem of others."""
    beat = Heartbeat(
        subsystem=request.name, at=times.now(), interval=request.interval_seconds, degraded=request.degraded
    )
    report(store(), beat)
    return HeartbeatReceipt(
        name=request.name,
        heard_at=times.utc(beat.at),
        missed_after=times.utc(beat.at + PATIENCE * beat.interval),
    )


def detect_drift(
    request: DriftDetectionRequest, who: Caller, admit: Admit, idempotency_key: str | None
) -> DriftDetection:
    """Compare two states, and feed the score to the series that is named."""
    if request.series is not None and request.series_owner == routes.SYSTEM:
        admit(replace(routes.DETECT_DRIFT, permission=Permission.MANAGE_CONSCIOUSNESS), routes.SYSTEM)
    try:
        drift = _compared(request)
        baseline = None if request.lineage is None else _baseline(request.baseline_state, request.lineage)
    except DriftInputError as error:
        name = _FIELDS.get(error.field, error.field)
        raise invalid(InvalidField(field=name, message=error.message)) from None
    ids = _id(request.baseline_state), _id(request.current_state)
    if request.baseline_id is not None and request.baseline_id != ids[0]:
        raise ConsciousnessError(
            ConsciousnessReason.BASELINE_MISMATCH, "baseline_state is another state than the one of baseline_id."
        )
    standing = None if request.series is None else _fed(request, request.series, who, drift, ids[0], idempotency_key)
    return DriftDetection.of(drift, request.threshold, ids, baseline, standing)


def _series(who: Caller) -> list[tuple[Series, Owner]]:
    """The series that the caller may know of."""
    whose: tuple[tuple[str, Owner], ...] = ((who.user_id, "caller"), (routes.SYSTEM, "system"))
    return [(series, owner) for name, owner in whose for series in watching().of_owner(name)]


def _compared(request: DriftDetectionRequest) -> Drift:
    return detect(
        request.baseline_state,
        request.current_state,
        ranges={path: (bounds[0], bounds[1]) for path, bounds in request.ranges.items()},
        weights=request.weights,
        threshold=request.threshold,
        places=request.places,
    )


def _baseline(state: Mapping[str, Any], lineage: BaselineLineage) -> Baseline:
    """The baseline at its place in the line."""
    parent = None
    if lineage.parent is not None:
        since = moment(lineage.parent.created_at, "lineage.parent.created_at")
        parent = Baseline(lineage.parent.id, None, since, "", lineage.parent.link, {})
    return baseline_of(state, moment(lineage.created_at, "lineage.created_at"), lineage.reason, parent)


def _id(state: Mapping[str, Any]) -> str | None:
    """The id of a state; None for one that can be compared, but has no canonical JSON."""
    try:
        return state_id(state)
    except DriftInputError:
        return None


def _fed(
    request: DriftDetectionRequest,
    series: str,
    who: Caller,
    drift: Drift,
    baseline: str | None,
    idempotency_key: str | None,
) -> SeriesStanding:
    fed = watching().feed(
        routes.SYSTEM if request.series_owner == routes.SYSTEM else who.user_id,
        series,
        drift.score,
        drift.severity,
        baseline=baseline or "",
        request=json.dumps(request.model_dump(mode="json"), sort_keys=True).encode(),
        idempotency_key=idempotency_key,
    )
    return SeriesStanding.of(fed, request.series_owner)
