"""A crowd whose memories settle on ports in memory: errands are found and run as on AWS.

All of ``sys.argv[1]`` people take every step; then a few more do, who remember much already.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import process_time
from typing import Any

from benchmarks.inside.counting import Tally, counted, taken
from benchmarks.inside.crowd import Clock, Crowd, Foldered, Sharded
from benchmarks.inside.memory import memory_ledger
from benchmarks.inside.timing import answer
from lukhas_common.memory.models import MemoryType

LATER, DAY = 1000.0, 86_400.0
COUNTED = 20
"""People of whom calls and units are counted."""

STEPS = (
    ("settle working memories", "settle_working", LATER),
    ("index, the first", "settle_episodic", 0.0),
    ("fold", "settle_episodic", 8 * DAY),
    ("compress", "compress", 7 * DAY),
)


def units(data: Path) -> dict[str, dict[str, Any]]:
    """What AWS would count for some people, by step."""
    clock, tally = Clock(), Tally()
    crowd = counted(data, clock, tally)
    people = crowd.newcomers(COUNTED)
    found: dict[str, dict[str, Any]] = {}
    for name, task, later in STEPS:
        clock.now += later
        crowd.forget_held(*people)
        taken(tally)
        found[name] = {"cpu": [0.0] * COUNTED, "taken": []}
        for owner in people:
            crowd.tasks.known[task](owner)
            found[name]["taken"].append(taken(tally))
    return found


@dataclass
class Measured:
    """A crowd, and by step how many people it was for, and CPU seconds in all."""

    crowd: Crowd
    steps: dict[str, dict[str, float]] = field(default_factory=dict)

    def took(self, name: str, work: Callable[[], int]) -> None:
        before = process_time()
        people = work()
        self.steps[name] = {"people": people, "cpu": process_time() - before}

    def run(self) -> int:
        """Run all errands that were sent; how many there were."""
        bodies, self.crowd.queue.bodies = self.crowd.queue.bodies, []
        self.crowd.forget_held()
        if not all(map(self.crowd.tasks.run, bodies)):
            raise RuntimeError("an errand failed")
        return len(bodies)

    def all(self, number: int) -> None:
        """Everybody takes every step."""
        crowd, clock, people = self.crowd, self.crowd.clock, list[str]()

        def arrive() -> int:
            people.extend(crowd.newcomers(number))
            return number

        self.took("store", arrive)
        clock.now += LATER
        self.took("find whose working memories are over", crowd.dispatcher.settle_working)
        self.took("settle working memories", self.run)
        self.took("find who has fresh ones", crowd.dispatcher.settle_episodic)
        self.took("index, the first", self.run)
        clock.now += 8 * DAY
        crowd.dispatcher.settle_episodic()
        self.took("fold", self.run)
        clock.now += 7 * DAY
        crowd.send_to_compress()
        self.took("compress", self.run)
        crowd.leave(people)

    def rich(self, number: int, size: int, more: int) -> int:
        """A few people who remember so much, and some more then; how many bytes an index has."""
        crowd, clock = self.crowd, self.crowd.clock
        people = crowd.newcomers(number, size, MemoryType.EPISODIC)
        while crowd.dispatcher.settle_episodic():
            self.run()
        for step in ("once", f"index, {size:,} remembered"):  # the first time it may count all words anew
            for owner in people:
                crowd.remember(owner, more, MemoryType.EPISODIC)
            clock.now += 1
            crowd.dispatcher.settle_episodic()
            self.took(step, self.run)
        del self.steps["once"]
        clock.now += 8 * DAY
        crowd.dispatcher.settle_episodic()
        self.took(f"fold, {size:,} remembered", self.run)
        while crowd.dispatcher.settle_episodic():
            self.run()
        clock.now += 7 * DAY
        crowd.send_to_compress()
        self.took(f"compress, {size:,} remembered", self.run)
        largest = max(len(data) for data, _ in crowd.objects.objects.values())
        crowd.leave(people)
        return largest


def measure() -> dict[str, Any]:
    """All steps; how many memories were set aside, the most bytes the process took, and those of large indexes."""
    given, clock = json.loads(sys.stdin.read()), Clock()
    data = Path(given["data"])
    done = Measured(Crowd(data, clock, Sharded(), Foldered(clock), memory_ledger(clock)))
    done.all(int(sys.argv[1]))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    index = {size: done.rich(number, size, given["more"]) for size, number in given["rich"]}
    letters = len(done.crowd.letters.letters)
    return {"steps": done.steps, "letters": letters, "most": most, "index": index, "counted": units(data)}


if __name__ == "__main__":
    answer(measure)
