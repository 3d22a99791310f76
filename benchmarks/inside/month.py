"""A month of one person who is remembered much of: every call and every unit is counted, on ports in memory.

``sys.argv[1]`` memories are stored and folded beforehand. Then some are stored and some are searched, each by a process
that knows nothing of the person yet, and what is due is done when schedules find it.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

from benchmarks.cost import ITEM_OVERHEAD
from benchmarks.inside.counting import ASIDE, Tally, counted, item_of, taken
from benchmarks.inside.crowd import Clock
from benchmarks.inside.timing import answer
from lukhas_common.memory.models import MemoryType
from lukhas_common.memory.searching import Question
from lukhas_common.memory.stored import Stage

HOUR, DAY = 3600, 86_400
DAYS = 30
WAKING = (8, 22)
QUARTER = 900
AT_ONCE = 1900
SETTLED = (Stage.FRESH, Stage.INDEXED, Stage.FOLDED, Stage.FORGOTTEN)


class Month:
    """One person, and what is done for them."""

    def __init__(self, data: Path, questions: list[str]) -> None:
        self.tally, self.clock, self.questions = Tally(), Clock(), questions
        self.crowd = counted(data, self.clock, self.tally)
        (self.owner,) = self.crowd.newcomers(1)
        self.steps: dict[str, dict[str, Any]] = {}
        self.weights: dict[str, float] = {}

    def fill(self, count: int) -> None:
        """Let memories be stored, indexed and folded, which is not counted."""
        for start in range(0, count, AT_ONCE):
            self.crowd.remember(self.owner, min(AT_ONCE, count - start), MemoryType.EPISODIC)
            self._work("settle_episodic")
            self._weigh(Stage.INDEXED)
            self.clock.now += 8 * DAY
            self._work("settle_episodic")
            self._work("compress")
        self._weigh(Stage.FOLDED)
        taken(self.tally)

    def _work(self, task: str) -> None:
        self.crowd.tasks.known[task](self.owner)

    def _weigh(self, stage: Stage) -> None:
        found = [
            sum(size + ITEM_OVERHEAD for size in item_of(one).values() if size)
            for one in self.crowd.store.items[self.owner].values()
            if one.stage is stage
        ]
        self.weights[stage.value] = sum(found) / len(found)

    def count(self, name: str, work: Callable[[], object]) -> None:
        """Do something, and count it."""
        self.crowd.forget_held(self.owner)
        before, ASIDE[0] = process_time(), 0.0
        work()
        cpu = process_time() - before - ASIDE[0]
        self.steps.setdefault(name, {"cpu": [], "taken": []})
        self.steps[name]["cpu"].append(cpu)
        self.steps[name]["taken"].append(taken(self.tally))

    def scheduled(self, task: str, *stages: Stage) -> None:
        """Do it if the schedule finds this person."""
        due = [
            item_of(one)["by time"]
            for one in self.crowd.store.items[self.owner].values()
            if one.stage in stages and one.due <= self.clock()
        ]
        if due or not stages:
            self.tally.reads += sum(due) / 4096 / 2
            self.count(task, lambda: self._work(task))

    def live(self, stored: int, searched: int) -> float:
        """The month; answers how many bytes lay in S3 on average."""
        chance = random.Random(1)  # noqa: S311 - not for secrets
        began, moments = self.clock(), []
        for count, what in ((stored, "store"), (searched, "search")):
            for _ in range(count):
                hour = chance.uniform(*WAKING)
                moments.append((chance.randrange(DAYS) * DAY + hour * HOUR, what))
        moments += [(float(at), "quarter") for at in range(0, DAYS * DAY, QUARTER)]
        lain = 0.0
        for at, what in sorted(moments):
            lain += self._bytes() * (began + at - self.clock())
            self.clock.now = began + at
            if what == "store":
                self.count(what, lambda: self.crowd.remember(self.owner, 1))
            elif what == "search":
                ask = Question(query=chance.choice(self.questions))
                self.count(what, lambda: self.crowd.searching.search(self.owner, ask))  # noqa: B023
            else:
                self._tick(round(at))
        return lain / (DAYS * DAY)

    def _tick(self, at: int) -> None:
        self.scheduled("settle_working", Stage.WORKING)
        if at % (6 * HOUR) == 0:
            self.scheduled("settle_episodic", *SETTLED)
        if at % (7 * DAY) == 0:
            self.scheduled("compress")

    def _bytes(self) -> int:
        return sum(len(data) for data, _ in self.crowd.objects.objects.values())


def measure() -> dict[str, Any]:
    """What was done, how often, and what is kept."""
    given = json.loads(sys.stdin.read())
    month = Month(Path(given["data"]), given["questions"])
    month.fill(int(sys.argv[1]))
    kept: dict[str, int] = {}
    for name, (data, _) in month.crowd.objects.objects.items():
        kind = name.split("/")[2]
        kept[kind] = kept.get(kind, 0) + len(data)
    lain = month.live(given["stored"], given["searched"])
    return {"steps": month.steps, "weights": month.weights, "kept": kept, "lain": lain}


if __name__ == "__main__":
    answer(measure)
