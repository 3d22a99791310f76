"""Fan-out: schedules find the people for whom something is due, and hand them out one by one.

Finding reads a sparse index only, shard by shard, so it costs what is due and not what is stored. Doing is one errand
a person, so one person's trouble holds up nobody else, and as many run at once as the queue has takers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from lukhas_common.audit import Audit
from lukhas_common.memory.ports import Errand, Errands, MemoryStore
from lukhas_common.memory.stored import SHARDS, Stage
from lukhas_common.times import Clock


class Owners(Protocol):
    """Tells who has objects: ``owners`` answers each once."""

    def owners(self) -> Iterator[str]: ...


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """Sends errands for those who are due; what was sent before and is not done yet is sent again, and does no harm."""

    store: MemoryStore
    errands: Errands
    clock: Clock

    def settle_working(self) -> int:
        """For all whose working memories are over; answers how many these are. Run every 15 minutes."""
        return self._send("settle_working", [Stage.WORKING])

    def settle_episodic(self) -> int:
        """For all with memories that are fresh, old, over or deleted, or notes of old requests. Run every 6 hours."""
        return self._send("settle_episodic", [Stage.FRESH, Stage.INDEXED, Stage.FOLDED, Stage.FORGOTTEN, Stage.REQUEST])

    def _send(self, task: str, stages: Iterable[Stage]) -> int:
        now, sent = self.clock(), 0
        for shard in range(SHARDS):
            owners = {owner for stage in stages for owner in self.store.due(stage, shard, now)}
            self.errands.send(Errand(task, owner) for owner in sorted(owners))
            sent += len(owners)
        return sent


def send_to_all(task: str, objects: Owners, errands: Errands) -> int:
    """Send an errand for everybody who has objects; answers how many these are."""
    owners = list(objects.owners())
    errands.send(Errand(task, owner) for owner in owners)
    return len(owners)


@dataclass(frozen=True, slots=True)
class Tasks:
    """What errands name, and what is done for each."""

    known: Mapping[str, Callable[[str], Any]]
    audit: Audit

    def run(self, body: str) -> bool:
        """Do an errand; False where it is to come again, and after some times goes to the dead letters."""
        try:
            errand = json.loads(body)
            self.known[errand["task"]](errand["owner"])
        except Exception as error:  # noqa: BLE001 - one errand must not spoil the others of its batch
            self.audit.alarm("memory.errand_failed", error)
            return False
        return True
