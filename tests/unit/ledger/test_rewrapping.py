"""Re-wrapping of data keys: complete, harmless to repeat, and blind to what was destroyed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.ids import uuid7
from lukhas_common.ledger.memory import MemoryDataKeys
from lukhas_common.ledger.rewrapping import NotRewrappableError, Rewrapped, rewrap_all
from tests.unit.ledger.contract import NOW, WrappedKeysContract

SUBJECTS = st.sampled_from("abc")
STEPS = st.lists(
    st.one_of(st.tuples(st.sampled_from(["add", "erase", "logged", "run", "cut off"]), SUBJECTS)), max_size=9
)


class TestMemoryDataKeys(WrappedKeysContract):
    @pytest.fixture
    def keys(self) -> MemoryDataKeys:
        return MemoryDataKeys()


@dataclass
class Service:
    """A key service that wraps by a word before the key; ``meanwhile`` happens before its answer is used."""

    meanwhile: Callable[[str], None] = lambda _: None

    def rewrap(self, subject: str, key_id: str, wrapped: bytes) -> bytes | None:
        before, _, secret = wrapped.partition(b":")
        if before not in (b"old", b"new"):
            raise NotRewrappableError(subject)
        self.meanwhile(subject)
        return None if before == b"new" else b"new:" + secret


class World:
    """A store, and what it must hold: of each subject the key that is not destroyed."""

    def __init__(self) -> None:
        self.keys, self.living, self.made = MemoryDataKeys(), dict[str, str](), 0

    def do(self, what: str, subject: str) -> None:
        self.made += 1
        at = NOW + self.made
        match what:
            case "add":
                key_id = uuid7(at)
                self.living[subject] = self.keys.add(subject, key_id, b"old:" + key_id.encode()).key_id or ""
            case "erase":
                if self.keys.erase(subject, f"e{self.made}", at).key_id is None:
                    self.living.pop(subject, None)
            case "logged":
                self.keys.logged(subject, self.keys.load(subject).unlogged or "")
            case "run":
                rewrap_all(self.keys, Service())
            case _:
                self.cut_off(subject)

    def cut_off(self, at: str) -> None:
        def die(subject: str) -> None:
            if subject >= at:
                raise KeyboardInterrupt

        with suppress(KeyboardInterrupt):
            rewrap_all(self.keys, Service(die))

    def check(self) -> None:
        for subject in "abc":
            stored = self.keys.load(subject)
            assert stored.key_id == self.living.get(subject)
            assert stored.wrapped is None or stored.wrapped.partition(b":")[2].decode() == stored.key_id


@given(STEPS, STEPS)
def test_whatever_happens_meanwhile_keys_stay_and_what_was_destroyed_does_not_come_back(
    before: list[tuple[str, str]], meanwhile: list[tuple[str, str]]
) -> None:
    world, left = World(), iter(meanwhile)
    for step in before:
        world.do(*step)

    def disturb(_: str) -> None:
        for step in left:
            world.do(*step)
            if step[0] == "run":
                break

    rewrap_all(world.keys, Service(disturb))
    world.check()
    rewrap_all(world.keys, Service())
    world.check()
    assert rewrap_all(world.keys, Service()) == Rewrapped(there=len(world.living))


def test_a_run_tells_what_it_did() -> None:
    world = World()
    for subject in "abcd":
        world.do("add", subject)
    world.keys.add("e", uuid7(NOW), b"new:e")
    world.keys.add("f", uuid7(NOW), b"foreign")

    def erase_b(subject: str) -> None:
        if subject == "b":
            world.do("erase", "b")

    assert rewrap_all(world.keys, Service(), dry_run=True) == Rewrapped(moved=4, there=1, failed=["f"])
    assert rewrap_all(world.keys, Service(erase_b)) == Rewrapped(moved=3, there=1, changed=1, failed=["f"])
    assert world.keys.load("f").wrapped == b"foreign"
    assert rewrap_all(world.keys, Service()) == Rewrapped(there=4, failed=["f"])
