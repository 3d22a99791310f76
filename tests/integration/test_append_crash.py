"""Appending and erasing are killed at each AWS call, before it took effect and after; then others go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lukhas_common import times
from lukhas_common.ledger.erasure import KIND, Erasures
from lukhas_common.ledger.ledger import Ledger
from lukhas_common.ledger.verify import verify_chain
from tests.integration.kills import WHEN, Kills
from tests.integration.test_ledger_stores import World, dynamodb, like

__all__ = ["dynamodb", "like"]

APPEND = ["Query", "GetItem", "GenerateDataKey", "UpdateItem", "PutItem"]
ERASE = ["UpdateItem", "Query", "GetItem", "Query", "PutItem", "UpdateItem"]


class Killed(World):
    """A ledger with a switch that kills its processes."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.kills = Kills()
        self.kills.watch(self.dynamodb, self.kms)


@pytest.fixture
def world(dynamodb: Any, aws: Callable[[str], Any], tables: dict[str, str], like: Callable[[str], str]) -> Killed:
    return Killed(dynamodb, aws("kms"), tables, like)


def assert_whole(world: World) -> list[str]:
    """The chain is whole; what nobody can read was erased, and is told of once. Answers the keys it tells of."""
    ledger = world.process()
    chain = world.entries.read("s", 0, 100)
    destroyed = [entry.body["key_id"] for entry in ledger.read("s") if entry.record and entry.record.kind == KIND]
    verify_chain(chain, opens=ledger.open, destroyed=destroyed)
    assert len(set(destroyed)) == len(destroyed)
    return destroyed


def test_these_are_the_calls_at_which_it_is_killed(world: Killed) -> None:
    calls, ledger = world.called(), world.process()
    ledger.append("s", "k", {}, subject="p")
    Erasures(ledger, times.now).erase("p", "s")
    assert calls == APPEND + ERASE


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("call", range(1, len(APPEND) + 1))
def test_a_killed_append_leaves_the_chain_whole_and_a_key_that_works(world: Killed, call: int, when: str) -> None:
    for n in range(2):
        with world.kills.killed_at(call, when):
            world.process().append("s", "k", {"killed": n}, subject="p")
            assert call > len(APPEND) - n  # the second finds a key
        world.process().append("s", "k", {"n": n}, subject="p")
        world.process().append("s", "k", {"n": n})
    bodies = [entry.body for entry in world.process().read("s")]
    assert [body for body in bodies if "n" in body] == [{"n": 0}, {"n": 0}, {"n": 1}, {"n": 1}]
    assert len(bodies) <= 6
    assert assert_whole(world) == []


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("finisher", ["schedule", "person"])
@pytest.mark.parametrize("call", range(1, len(ERASE) + 1))
def test_whatever_call_is_killed_the_ledger_tells_of_an_erasure_once(
    world: Killed, call: int, finisher: str, when: str
) -> None:
    world.process().append("s", "k", {"secret": 1}, subject="p")
    key = world.data_keys.load("p").key_id
    killed = world.process()
    with world.kills.killed_at(call, when):
        Erasures(killed, times.now).erase("p", "s")
        pytest.fail("it was not killed")
    another: Ledger = world.process()
    another.append("s", "k", {"later": 1})
    if finisher == "schedule":
        for subject in world.data_keys.unlogged():
            Erasures(another, times.now).finish(subject, "s")
    else:
        Erasures(another, times.now).erase("p", "s")
    erased = (call, when, finisher) != (1, "before", "schedule")
    assert assert_whole(world) == ([key] if erased else [])
    assert world.data_keys.unlogged() == []
    assert (world.process().get("s", 0).record is None) is erased
    assert not erased or killed.get("s", 0).record is None
    another.append("s", "k", {"after": 1}, subject="p")
    assert world.process().newest("s").body == {"after": 1}
    assert_whole(world)
