"""A crowd whose memories settle on ports in memory: errands are found and run as on AWS.

All of ``sys.argv[1]`` people are found, and their working memories settle. For some of them everything is done, so that
what is held in memory stays bounded, and for a few more, who remember much already.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
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


def measure() -> dict[str, Any]:
    """By step how many people it was for, and CPU seconds in all; what was kept, and the most memory that was taken."""
    given = json.loads(sys.stdin.read())
    clock = Clock()
    crowd = Crowd(Path(given["data"]), clock, Sharded(), Foldered(clock), memory_ledger(clock))
    steps: dict[str, dict[str, float]] = {}

    def took(name: str, work: Callable[[], int]) -> None:
        before = process_time()
        people = work()
        steps[name] = {"people": people, "cpu": process_time() - before}

    def run() -> int:
        bodies, crowd.queue.bodies = crowd.queue.bodies, []
        crowd.forget_held()
        if not all(map(crowd.tasks.run, bodies)):
            raise RuntimeError("an errand failed")
        return len(bodies)

    people: list[str] = []

    def arrive() -> int:
        people.extend(crowd.newcomers(int(sys.argv[1])))
        return len(people)

    took("store", arrive)
    clock.now += LATER
    took("find whose working memories are over", crowd.dispatcher.settle_working)
    took("settle working memories", run)
    took("find who has fresh ones", crowd.dispatcher.settle_episodic)
    crowd.leave(people[given["settled"] :])
    took("index, the first", run)
    clock.now += 8 * DAY
    crowd.dispatcher.settle_episodic()
    took("fold", run)
    clock.now += 7 * DAY
    crowd.dispatcher.compress()
    took("compress", run)
    crowd.leave(people)
    index: dict[int, int] = {}
    for size, number in given["rich"]:
        rich = crowd.newcomers(number, size, MemoryType.EPISODIC)
        while crowd.dispatcher.settle_episodic():
            run()
        for step in ("once", f"index, {size:,} remembered"):  # the first time it may count all words anew
            for owner in rich:
                crowd.remember(owner, given["more"], MemoryType.EPISODIC)
            clock.now += 1
            crowd.dispatcher.settle_episodic()
            took(step, run)
        clock.now += 8 * DAY
        crowd.dispatcher.settle_episodic()
        took(f"fold, {size:,} remembered", run)
        while crowd.dispatcher.settle_episodic():
            run()
        clock.now += 7 * DAY
        crowd.dispatcher.compress()
        took(f"compress, {size:,} remembered", run)
        index[size] = max(len(data) for data, _ in crowd.objects.objects.values())
        crowd.leave(rich)
    steps.pop("once")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {
        "steps": steps,
        "letters": len(crowd.letters.letters),
        "most": most,
        "index": index,
        "counted": units(Path(given["data"])),
    }


if __name__ == "__main__":
    answer(measure)
