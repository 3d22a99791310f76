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

from benchmarks.inside.crowd import Clock, Crowd, Foldered, Sharded
from benchmarks.inside.memory import memory_ledger
from benchmarks.inside.timing import answer
from lukhas_common.memory.models import MemoryType

LATER, DAY = 1000.0, 86_400.0


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
    for size, number in given["rich"]:
        rich = crowd.newcomers(number, size, MemoryType.EPISODIC)
        while crowd.dispatcher.settle_episodic():
            run()
        for step in ("index", "fold"):
            if step == "index":
                for owner in rich:
                    crowd.remember(owner, given["more"], MemoryType.EPISODIC)
            clock.now += 1 if step == "index" else 8 * DAY
            crowd.dispatcher.settle_episodic()
            took(f"{step}, {size:,} remembered", run)
            while crowd.dispatcher.settle_episodic():
                run()
        clock.now += 7 * DAY
        crowd.dispatcher.compress()
        took(f"compress, {size:,} remembered", run)
        crowd.leave(rich)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"steps": steps, "letters": len(crowd.letters.letters), "most": most}


if __name__ == "__main__":
    answer(measure)
