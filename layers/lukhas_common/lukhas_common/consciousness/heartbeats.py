"""Heartbeats: what each process of ours, and each subsystem of others, says of itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from lukhas_common.consciousness.errors import ConsciousnessError, ConsciousnessReason

SUBSYSTEMS = ("identity", "consent", "guardian", "consciousness", "consolidation", "privacy")
"""Ours: the folders of functions."""

SLOT = 900
"""Seconds for which a process counts before it begins anew, so that sums over all are of the last half an hour at
most."""

MOST_REPORTED = 100
"""Subsystems of others at most."""

PATIENCE = 3
"""Intervals without a heartbeat after which something is missed."""

KEPT = 86400.0
"""Seconds for which what is missed is remembered; it is no longer waited for then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """What was said last.

    Attributes:
        subsystem: one of SUBSYSTEMS, or the name that others gave theirs.
        at: seconds since the epoch.
        function: of ours, such as ``guardian.health``; empty for what others report.
        process: tells processes of one function apart.
        interval: seconds until the next is expected; 0 where it comes with the next request, whenever that is.
        degraded: what is wrong, in its own words; empty where nothing is.
        requests: in this slot of ``SLOT`` seconds, so far; or runs.
        errors: how many of them came to nothing by a fault of ours.
        peak_memory: bytes.
        times: how long they took, as ``measures`` sums it up.
    """

    subsystem: str
    at: float
    function: str = ""
    process: str = ""
    interval: float = 0.0
    degraded: str = ""
    requests: int = 0
    errors: int = 0
    peak_memory: int = 0
    times: Mapping[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What it goes by: the function, or the subsystem of others."""
        return self.function or self.subsystem

    @property
    def waited_until(self) -> float:
        """Until when it counts, heard of or missed."""
        return self.at + PATIENCE * self.interval + KEPT

    def is_missed(self, now: float) -> bool:
        """Whether it should have been heard of again by now."""
        return self.interval > 0 and now - self.at > PATIENCE * self.interval


@dataclass(frozen=True, slots=True)
class Heard:
    """The heartbeats of a while.

    Attributes:
        complete: False where there were more than one page holds.
    """

    beats: tuple[Heartbeat, ...]
    complete: bool = True

    def since(self, at: float) -> list[Heartbeat]:
        """Those that came later."""
        return [beat for beat in self.beats if beat.at >= at]


class HeartbeatStore(Protocol):
    """Keeps the last heartbeat of each process and slot, and of each that is expected at intervals.

    ``put`` overwrites what the same process said in the same slot, or the same name; nobody else writes there.
    ``heard`` has the slot of ``now`` and the one before it, and ``expected`` those with an interval, a page each.
    """

    def put(self, beat: Heartbeat) -> None: ...
    def heard(self, now: float) -> Heard: ...
    def expected(self, now: float) -> list[Heartbeat]: ...


def slot(at: float) -> int:
    """The number of the slot of a time."""
    return int(at // SLOT)


def report(store: HeartbeatStore, beat: Heartbeat) -> None:
    """Take the heartbeat of a subsystem of others.

    Raises:
        ConsciousnessError: the name is of one of ours, or there are too many.
    """
    if beat.subsystem.partition(".")[0] in SUBSYSTEMS:
        raise ConsciousnessError(
            ConsciousnessReason.SUBSYSTEM_RESERVED, f"{', '.join(SUBSYSTEMS)} speak for themselves: take another name."
        )
    others = {known.name for known in store.expected(beat.at) if not known.function}
    if beat.subsystem not in others and len(others) >= MOST_REPORTED:
        raise ConsciousnessError(
            ConsciousnessReason.TOO_MANY_SUBSYSTEMS,
            f"{MOST_REPORTED} subsystems are reported already; one that falls silent is forgotten after a day.",
        )
    store.put(beat)


def newest_of_each(beats: Sequence[Heartbeat]) -> list[Heartbeat]:
    """The newest heartbeat of each function and subsystem, by name."""
    newest = {beat.name: beat for beat in sorted(beats, key=lambda beat: beat.at)}
    return [beat for _, beat in sorted(newest.items())]
