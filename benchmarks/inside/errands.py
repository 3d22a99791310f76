"""Which AWS calls remembering, searching and settling make, and their CPU: against the stand-in, as RunErrandsFunction.

It leaves ``sys.argv[1]`` people with a working memory each, for whoever finds out that they are due.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from benchmarks.inside.timing import answer
from benchmarks.worker import watch
from lukhas_common import times
from lukhas_common.aws.ledger import ledger
from lukhas_common.aws.memory import dead_letters, manifests, memories, objects, vault
from lukhas_common.aws.memory_index import indexes
from lukhas_common.ids import uuid7
from lukhas_common.logs import LoggedAudit
from lukhas_common.memory.compressing import Compressing
from lukhas_common.memory.folded import Folds
from lukhas_common.memory.models import MemoryType
from lukhas_common.memory.remembering import Remembering
from lukhas_common.memory.searching import Question, Searching
from lukhas_common.memory.settling import Settling
from lukhas_common.memory.vault import subject_of

EACH = 3
"""Memories of a person."""

TRIES = 5
TEXT = "Ada walked {} km by the canal with Grace, who likes Darjeeling best, and came home before it rained."


class Now:
    """The time, which may be set forward."""

    ahead = 0.0

    def __call__(self) -> float:
        return round(times.now() + self.ahead, 3)


class People:
    """What runs errands, on the adapters of AWS, with a clock of its own."""

    def __init__(self) -> None:
        self.now = Now()
        folds = Folds(objects(), manifests(), LoggedAudit(), self.now)
        self.remembering = Remembering(memories(), vault(), folds, self.now)
        self.searching = Searching(memories(), vault(), manifests(), indexes(), self.remembering, self.now)
        self.settling = Settling(memories(), vault(), manifests(), indexes(), folds, dead_letters(), self.now)
        self.compressing = Compressing(memories(), vault(), manifests(), objects(), indexes(), folds, self.now)
        self.folds = folds

    def store(self, owner: str, number: int) -> None:
        said = TEXT.format(number)
        self.remembering.remember(owner, f"walk/{number}", said, MemoryType.WORKING, session="walks")

    def forget(self, owner: str) -> None:
        """As a process that has not seen this person yet."""
        ledger().keys.forget(subject_of(owner))
        indexes()._held.clear()
        self.folds._held.clear()


def measure() -> dict[str, Any]:
    """Of each step, at the most calls of some tries: calls by name, CPU, and how much of it was spent in boto3."""
    people, calls, spent = People(), [], []  # type: ignore[var-annotated]
    found: dict[str, dict[str, Any]] = {}
    watch(calls, spent)

    def took(name: str, owner: str, work: Callable[[], object], *, held: bool = False) -> None:
        if not held:
            people.forget(owner)
        calls.clear()
        spent.clear()
        before = time.process_time()
        work()
        cpu = time.process_time() - before
        known = found.setdefault(name, {"calls": {}, "cpu": [], "boto3": []})
        known["cpu"].append(cpu)
        known["boto3"].append(sum(spent))
        known["calls"] = max(known["calls"], dict(Counter(calls)), key=lambda one: sum(one.values()))

    ask = Question(query="Who likes Darjeeling?")
    for _ in range(TRIES):
        owner = uuid7(times.now())
        people.now.ahead = 0.0
        took("store, the first", owner, lambda: people.store(owner, 0))
        for number in range(1, EACH):
            took("store", owner, lambda: people.store(owner, number))
        people.now.ahead += 1000
        took(f"settle {EACH} working", owner, lambda: people.settling.settle_working(owner))
        took(f"index {EACH}, the first", owner, lambda: people.settling.settle_episodic(owner))
        people.store(owner, EACH)
        people.now.ahead += 1000
        people.settling.settle_working(owner)
        took("index one more", owner, lambda: people.settling.settle_episodic(owner))
        took("search, nothing held", owner, lambda: people.searching.search(owner, ask))
        took("search, key and index held", owner, lambda: people.searching.search(owner, ask), held=True)
        took("recall", owner, lambda: people.remembering.recall(owner, "walk/1"))
        people.now.ahead += 8 * 86400
        took(f"fold {EACH + 1}", owner, lambda: people.settling.settle_episodic(owner))
        took("recall what is folded", owner, lambda: people.remembering.recall(owner, "walk/1"))
        took("search what is folded", owner, lambda: people.searching.search(owner, ask))
        people.now.ahead += 7 * 86400
        took("compress", owner, lambda: people.compressing.compress(owner))
    people.now.ahead = -3600.0
    for _ in range(int(sys.argv[1])):
        people.store(uuid7(times.now()), 0)
    return found


if __name__ == "__main__":
    answer(measure)
