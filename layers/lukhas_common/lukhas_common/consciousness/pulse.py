"""How a process of ours counts its work, and says so once a minute at most."""

from __future__ import annotations

import resource
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from lukhas_common.consciousness.heartbeats import Heartbeat, HeartbeatStore, slot
from lukhas_common.consciousness.measures import measurement, merged
from lukhas_common.times import Clock

RUN_FAILED = "the last run failed"

_NEVER = float("-inf")


def peak_memory() -> int:
    """The most bytes that this process ever held in memory."""
    measured = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return measured if sys.platform == "darwin" else measured * 1024


@dataclass(frozen=True, slots=True)
class Work:
    """What was done."""

    requests: int = 0
    errors: int = 0
    times: dict[str, int] = field(default_factory=dict)

    def __add__(self, other: Work) -> Work:
        return Work(self.requests + other.requests, self.errors + other.errors, merged(self.times, other.times))


@dataclass(slots=True)
class _Tally:
    """What a function did in this slot.

    Attributes:
        said: what the store was told of this slot.
        unsaid: what it was not told yet; it goes on into the next slot.
    """

    slot: int = -1
    said: Work = field(default_factory=Work)
    unsaid: Work = field(default_factory=Work)
    beat_at: float = _NEVER
    wrong: str = ""


class Pulse:
    """Counts, and beats where it is due: with the first request, and from then on when ``seconds`` have passed.

    Args:
        missed: told of a heartbeat that could not be stored. The next try is when the next is due.
    """

    def __init__(
        self,
        store: HeartbeatStore,
        seconds: float,
        clock: Clock,
        missed: Callable[[Exception], None],
        memory: Callable[[], int] = peak_memory,
    ) -> None:
        self.process = secrets.token_hex(8)
        self._store, self._seconds, self._clock, self._missed, self._memory = store, seconds, clock, missed, memory
        self._tallies: dict[str, _Tally] = {}

    def note(self, function: str, wrong: str) -> None:
        """What is wrong with a function's subsystem, until it says otherwise; empty for nothing."""
        self._tally(function).wrong = wrong

    def worked(self, function: str, milliseconds: float, *, failed: bool, interval: float = 0.0) -> None:
        """Count one request of a function, or one run, and beat if it is due.

        Args:
            interval: seconds from run to run, of a function that runs by a schedule.
        """
        tally, now = self._tally(function), self._clock()
        tally.unsaid += Work(1, int(failed), measurement(milliseconds))
        if 0 <= now - tally.beat_at < self._seconds:
            return
        tally.beat_at = now
        if slot(now) != tally.slot:
            tally.slot, tally.said = slot(now), Work()
        work = tally.said + tally.unsaid
        beat = Heartbeat(
            subsystem=function.partition(".")[0],
            at=now,
            function=function,
            process=self.process,
            interval=interval,
            degraded=RUN_FAILED if failed and interval else tally.wrong,
            requests=work.requests,
            errors=work.errors,
            peak_memory=self._memory(),
            times=work.times,
        )
        try:
            self._store.put(beat)
        except Exception as error:  # noqa: BLE001 - the request was answered, and nothing may take that back
            self._missed(error)
            return
        tally.said, tally.unsaid = work, Work()

    def _tally(self, function: str) -> _Tally:
        return self._tallies.setdefault(function, _Tally())
