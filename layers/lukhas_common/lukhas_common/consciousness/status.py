"""How the system is, derived from what was heard of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lukhas_common.consciousness.heartbeats import SUBSYSTEMS, Heard, Heartbeat, newest_of_each
from lukhas_common.consciousness.measures import merged

LIVE = 300
"""Seconds after a heartbeat for which a process counts as live, and after a request for which the system is active."""

WINDOW = 900
"""Seconds of which work is looked at."""

ERROR_SHARE = 0.05
"""The share of requests that may fail."""

FEWEST = 20
"""Requests from which on a share says something."""

OBSERVERS = frozenset(
    {
        "identity.authorizer",
        "identity.health",
        "guardian.health",
        "consciousness.get_status",
        "consciousness.get_metrics",
        "consciousness.report_heartbeat",
    }
)
"""Functions that only look, or are run for every request: they make nothing active."""


class Activity(StrEnum):
    """What the system is up to."""

    ACTIVE = "active"
    IDLE = "idle"
    DEGRADED = "degraded"


@dataclass(frozen=True, slots=True)
class Load:
    """What processes did.

    Attributes:
        peak_memory: bytes of the largest.
        times: how long requests and runs took, as ``measures`` sums it up.
    """

    processes: int
    requests: int
    errors: int
    peak_memory: int
    times: dict[str, int]

    @classmethod
    def of(cls, beats: Sequence[Heartbeat]) -> Load:
        return cls(
            processes=len({beat.process for beat in beats if beat.process}),
            requests=sum(beat.requests for beat in beats),
            errors=sum(beat.errors for beat in beats),
            peak_memory=max((beat.peak_memory for beat in beats), default=0),
            times=merged(*(beat.times for beat in beats)),
        )

    @property
    def error_share(self) -> float:
        """0 where there were no requests."""
        return self.errors / self.requests if self.requests else 0.0


@dataclass(frozen=True, slots=True)
class Drifting:
    """How a series stands: its newest score, and whether an alarm does."""

    series: str
    score: float
    alarm: bool


@dataclass(frozen=True, slots=True)
class Status:
    """How the system is.

    Attributes:
        threads: processes heard of in the last LIVE seconds.
        subsystems: whether each was heard of when it should have been.
        reasons: what is wrong, for people; none unless it is degraded.
        updated_at: when something was heard last, seconds since the epoch; None where nothing was.
    """

    activity: Activity
    threads: int
    subsystems: dict[str, bool]
    reasons: tuple[str, ...]
    drift_score: float
    updated_at: float | None


def status(heard: Heard, expected: Sequence[Heartbeat], series: Sequence[Drifting], now: float) -> Status:
    """How the system is by what its processes said, by what was expected at intervals, and by what drifts."""
    processes = [*heard.since(now - WINDOW), *(beat for beat in expected if beat.function)]
    live = [beat for beat in processes if beat.at >= now - LIVE]
    reasons = (*_missed(expected, now), *_said(processes, expected, now), *_failing(processes, now), *_drifting(series))
    is_active = any(beat.requests and not beat.interval and beat.function not in OBSERVERS for beat in live)
    activity = Activity.DEGRADED if reasons else Activity.ACTIVE if is_active else Activity.IDLE
    return Status(
        activity,
        threads=len({beat.process for beat in live}),
        subsystems=_subsystems(live, expected, now),
        reasons=reasons,
        drift_score=max((each.score for each in series), default=0.0),
        updated_at=max((beat.at for beat in [*processes, *expected]), default=None),
    )


def loads(heard: Heard, expected: Sequence[Heartbeat], now: float) -> dict[str, Load]:
    """What each of our subsystems did of late, by its name."""
    beats = _recent([*heard.beats, *expected], now)
    by_subsystem: defaultdict[str, list[Heartbeat]] = defaultdict(list)
    for beat in beats:
        by_subsystem[beat.subsystem].append(beat)
    return {name: Load.of(by_subsystem[name]) for name in SUBSYSTEMS}


def load(heard: Heard, expected: Sequence[Heartbeat], now: float) -> Load:
    """What all processes did of late."""
    return Load.of(_recent([*heard.beats, *expected], now))


def _recent(beats: Iterable[Heartbeat], now: float) -> list[Heartbeat]:
    """The heartbeats of our processes that were heard of in the window."""
    return [beat for beat in beats if beat.function and beat.at >= now - WINDOW]


def _subsystems(live: Sequence[Heartbeat], expected: Sequence[Heartbeat], now: float) -> dict[str, bool]:
    active = dict.fromkeys(SUBSYSTEMS, False)
    for beat in expected:
        active[beat.subsystem] = active.get(beat.subsystem, False) or not (beat.is_missed(now) or beat.degraded)
    return active | {beat.subsystem: True for beat in live}


def _missed(expected: Sequence[Heartbeat], now: float) -> Iterator[str]:
    for beat in sorted(expected, key=lambda beat: beat.name):
        if beat.is_missed(now):
            yield f"{beat.name}: silent for {now - beat.at:.0f} s, expected every {beat.interval:g} s"


def _said(processes: Sequence[Heartbeat], expected: Sequence[Heartbeat], now: float) -> Iterator[str]:
    """What processes and subsystems say is wrong; of those that are missed, the silence says enough."""
    for beat in newest_of_each([*processes, *expected]):
        if beat.degraded and not beat.is_missed(now):
            yield f"{beat.name}: {beat.degraded}"


def _failing(processes: Sequence[Heartbeat], now: float) -> Iterator[str]:
    for name, each in loads(Heard(tuple(processes)), (), now).items():
        if each.requests >= FEWEST and each.error_share > ERROR_SHARE:
            yield f"{name}: {each.errors} of {each.requests} requests failed"


def _drifting(series: Sequence[Drifting]) -> Iterator[str]:
    for each in series:
        if each.alarm:
            yield f"drift: alarm in series {each.series}"
