"""Fan-out: who is due is found once, and an errand that fails spoils no other."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from lukhas_common.memory.dispatching import Dispatcher, Tasks, send_to_all
from lukhas_common.memory.models import MemoryType
from lukhas_common.memory.settling import AGE
from tests.fakes import Audit
from tests.unit.memory.world import MemoryWorld


class Listed:
    """Tells who has objects."""

    def __init__(self, *owners: str) -> None:
        self._owners = owners

    def owners(self) -> Iterator[str]:
        return iter(self._owners)


def sent(world: MemoryWorld) -> list[tuple[str, str]]:
    found = [(errand.task, errand.owner) for errand in world.errands.waiting]
    world.errands.waiting.clear()
    return sorted(found)


def test_each_person_is_sent_once_for_what_is_due() -> None:
    world = MemoryWorld()
    dispatcher = Dispatcher(world.store, world.errands, world.clock)
    people = [f"person-{number}" for number in range(40)]
    for person in people:
        for number in range(3):
            world.memory.remember(person, f"k{number}", number, MemoryType.WORKING)
    assert dispatcher.settle_working() == 0
    assert dispatcher.settle_episodic() == 0
    world.clock.advance(15 * 60)
    assert dispatcher.settle_working() == 40
    assert sent(world) == sorted(("settle_working", person) for person in people)
    world.settling.settle_working(people[0])
    assert dispatcher.settle_working() == 39
    sent(world)
    assert dispatcher.settle_episodic() == 1
    assert sent(world) == [("settle_episodic", people[0])]
    world.settling.settle_episodic(people[0])
    assert dispatcher.settle_episodic() == 0
    world.clock.advance(AGE)
    assert dispatcher.settle_episodic() == 1
    world.memory.forget(people[1], "k1")
    assert dispatcher.settle_episodic() == 2
    sent(world)
    assert send_to_all("compress", Listed("a", "b"), world.errands) == 2
    assert sent(world) == [("compress", "a"), ("compress", "b")]


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"task": "dance", "owner": "ada"}', '{"task": "fails", "owner": "a"}']
)
def test_an_errand_that_fails_comes_again_and_is_reported(body: str) -> None:
    done: list[str] = []
    audit = Audit()

    def fails(owner: str) -> None:
        raise OSError("no")

    tasks = Tasks({"works": done.append, "fails": fails}, audit)
    assert tasks.run(json.dumps({"task": "works", "owner": "ada"}))
    assert not tasks.run(body)
    assert (done, audit.alarms) == (["ada"], ["memory.errand_failed"])
