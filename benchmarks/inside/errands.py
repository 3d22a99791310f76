"""Which AWS calls remembering, searching and settling make, and their CPU: against the stand-in, as RunErrandsFunction.

It leaves ``sys.argv[1]`` people with a working memory each, for whoever finds out that they are due.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from benchmarks.inside.timing import answer
from benchmarks.worker import watch
from lukhas_common import times
from lukhas_common.aws.ledger import ledger
from lukhas_common.aws.memory import manifests, memories, objects, vault
from lukhas_common.aws.memory_dispatch import dead_letters
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


@dataclass
class Watched:
    """What steps took: by name the most calls of some tries, CPU, and how much of it was spent in boto3."""

    found: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    spent: list[float] = field(default_factory=list)

    def took(self, name: str, work: Callable[[], object]) -> None:
        self.calls.clear()
        self.spent.clear()
        before = time.process_time()
        work()
        cpu = time.process_time() - before
        known = self.found.setdefault(name, {"calls": {}, "cpu": [], "boto3": []})
        known["cpu"].append(cpu)
        known["boto3"].append(sum(self.spent))
        known["calls"] = max(known["calls"], dict(Counter(self.calls)), key=lambda one: sum(one.values()))


def life(people: People, owner: str, watched: Watched) -> None:
    """A person's memories, from the first one to the folded ones."""
    settling, searching, remembering = people.settling, people.searching, people.remembering
    ask = Question(query="Who likes Darjeeling?")

    def took(name: str, work: Callable[[], object]) -> None:
        people.forget(owner)
        watched.took(name, work)

    people.now.ahead = 0.0
    took("store, the first", lambda: people.store(owner, 0))
    for number in range(1, EACH):
        took("store", partial(people.store, owner, number))
    people.now.ahead += 1000
    took(f"settle {EACH} working", lambda: settling.settle_working(owner))
    took(f"index {EACH}, the first", lambda: settling.settle_episodic(owner))
    people.store(owner, EACH)
    people.now.ahead += 1000
    settling.settle_working(owner)
    took("index one more", lambda: settling.settle_episodic(owner))
    took("search, nothing held", lambda: searching.search(owner, ask))
    watched.took("search, key and index held", lambda: searching.search(owner, ask))
    took("recall", lambda: remembering.recall(owner, "walk/1"))
    people.now.ahead += 8 * 86400
    took(f"fold {EACH + 1}", lambda: settling.settle_episodic(owner))
    took("recall what is folded", lambda: remembering.recall(owner, "walk/1"))
    took("search what is folded", lambda: searching.search(owner, ask))
    people.now.ahead += 7 * 86400
    took("compress", lambda: people.compressing.compress(owner))


def measure() -> dict[str, Any]:
    """Of each step the calls and CPU."""
    people, watched = People(), Watched()
    watch(watched.calls, watched.spent)
    for _ in range(TRIES):
        life(people, uuid7(times.now()), watched)
    people.now.ahead = -3600.0
    for _ in range(int(sys.argv[1])):
        people.store(uuid7(times.now()), 0)
    return watched.found


if __name__ == "__main__":
    answer(measure)
