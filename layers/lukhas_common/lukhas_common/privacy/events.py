"""The port of the store of events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from lukhas_common.privacy.statistics import Event


class EventStore(Protocol):
    """Keeps events by data set and pseudonym. Each write is atomic; reads are strongly consistent.

    ``add`` keeps an event, or leaves the one of the same person and id that is there; it answers the one that is kept.
    ``erase`` deletes all events of a
    pseudonym and answers how many there were; what is added meanwhile may stay, so that it is repeated by whoever asks
    again.
    """

    def add(self, dataset: str, event: Event, hour: int) -> Event: ...
    def every(self, dataset: str) -> Iterator[Event]: ...
    def erase(self, dataset: str, person: str) -> int: ...


@dataclass
class MemoryEvents:
    """The EventStore port in memory."""

    kept: dict[tuple[str, str, str], Event] = field(default_factory=dict)

    def add(self, dataset: str, event: Event, hour: int) -> Event:
        return self.kept.setdefault((dataset, event.person, event.event_id), event)

    def every(self, dataset: str) -> Iterator[Event]:
        return (event for (name, _, _), event in list(self.kept.items()) if name == dataset)

    def erase(self, dataset: str, person: str) -> int:
        gone = [place for place in self.kept if place[:2] == (dataset, person)]
        for place in gone:
            del self.kept[place]
        return len(gone)
