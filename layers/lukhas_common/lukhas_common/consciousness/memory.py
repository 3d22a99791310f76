"""The ports in memory, for tests and for use as a library."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lukhas_common.consciousness.heartbeats import Heard, Heartbeat, slot
from lukhas_common.consciousness.series import StoredSeries


@dataclass
class MemoryHeartbeats:
    """The HeartbeatStore port."""

    slots: dict[tuple[int, str, str], Heartbeat] = field(default_factory=dict)
    named: dict[str, Heartbeat] = field(default_factory=dict)

    def put(self, beat: Heartbeat) -> None:
        if beat.interval:
            self.named[beat.name] = beat
        else:
            self.slots[slot(beat.at), beat.function, beat.process] = beat

    def heard(self, now: float) -> Heard:
        wanted = (slot(now) - 1, slot(now))
        return Heard(tuple(beat for (number, *_), beat in self.slots.items() if number in wanted))

    def expected(self, now: float) -> list[Heartbeat]:
        return [beat for beat in self.named.values() if beat.waited_until > now]


@dataclass
class MemorySeries:
    """The SeriesStore port."""

    stored: dict[tuple[str, str], StoredSeries] = field(default_factory=dict)

    def find(self, owner: str, place: str) -> StoredSeries | None:
        return self.stored.get((owner, place))

    def put(self, series: StoredSeries, at: float) -> bool:
        before = self.stored.get((series.owner, series.place))
        if (0 if before is None else before.version) != series.version - 1:
            return False
        self.stored[series.owner, series.place] = series
        return True

    def of_owner(self, owner: str) -> list[StoredSeries]:
        return [stored for (whose, _), stored in self.stored.items() if whose == owner]


@dataclass
class MemoryBus:
    """The EventBus port; ``broken`` makes it refuse."""

    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    broken: bool = False

    def send(self, kind: str, detail: dict[str, Any]) -> None:
        if self.broken:
            raise OSError("nobody takes it")
        self.sent.append((kind, detail))
