"""Data keys as a process uses them: how long it holds them, and that each opens its own things only."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.crypto.sealing import SealError
from lukhas_common.ledger.data_keys import CACHED_FOR, DataKey, DataKeys, LocalWrapper, StoredKey
from lukhas_common.ledger.memory import MemoryDataKeys
from tests.fakes import Clock
from tests.unit.ledger.fakes import SECRET, Counting


class World:
    """One process, whose calls to the store and to the key service are counted."""

    def __init__(self, store: Any = None) -> None:
        self.store = Counting(MemoryDataKeys() if store is None else store)
        self.wrapper = Counting(LocalWrapper(SECRET))
        self.clock, self.timer = Clock(), Clock(0.0)
        self.keys = DataKeys(self.store, self.wrapper, self.clock, self.timer)

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.timer.advance(seconds)

    def calls(self) -> list[str]:
        """What was called since this was asked last."""
        called = self.store.calls + self.wrapper.calls
        self.store.calls.clear()
        self.wrapper.calls.clear()
        return called

    def held(self) -> int:
        return len(self.keys._held)


@pytest.fixture
def world() -> World:
    return World()


def test_a_key_is_made_once_and_then_held(world: World) -> None:
    key = world.keys.to_seal("p")
    assert world.calls() == ["load", "add", "wrap"]
    assert len(key.secret) == 32
    assert world.keys.to_seal("p") == world.keys.to_open("p", key.key_id) == key
    assert world.calls() == []
    other = World(world.store)
    assert other.keys.to_open("p", key.key_id) == key
    assert other.keys.to_seal("p") == key
    assert other.calls() == ["load", "unwrap"]
    assert world.keys.to_seal("q").secret != key.secret


@pytest.mark.parametrize("use", ["to_seal", "to_open"])
def test_a_key_is_held_for_900_seconds_at_most(world: World, use: str) -> None:
    key = world.keys.to_seal("p")
    again = {"to_seal": lambda: world.keys.to_seal("p"), "to_open": lambda: world.keys.to_open("p", key.key_id)}[use]
    world.calls()
    world.advance(CACHED_FOR - 0.001)
    assert again() == key
    assert world.calls() == []
    world.advance(0.001)
    assert CACHED_FOR == 900
    assert again() == key
    assert world.calls() == ["load", "unwrap"]


def test_use_does_not_lengthen_the_life_of_a_key(world: World) -> None:
    key = world.keys.to_seal("p")
    world.store.erase("p", "e", world.clock())
    for _ in range(9):
        assert world.keys.to_open("p", key.key_id) == key
        world.advance(99.99)
    world.advance(0.09)
    assert world.keys.to_open("p", key.key_id) is None


@given(st.lists(st.tuples(st.floats(0, 2000), st.floats(-2000, 2000)), min_size=1, max_size=10))
def test_a_clock_that_is_set_does_not_lengthen_the_life_of_a_key(steps: list[tuple[float, float]]) -> None:
    """The timer tells how much time went by; the clock is set somehow on the way."""
    world, passed = World(), 0.0
    key = world.keys.to_seal("p")
    world.store.erase("p", "e", world.clock())
    for seconds, clock_set_by in steps:
        passed += seconds
        world.timer.advance(seconds)
        world.clock.advance(seconds + clock_set_by)
        if world.keys.to_open("p", key.key_id) is not None:
            assert passed < CACHED_FOR


def test_a_timer_that_stands_still_in_a_frozen_process_does_not_lengthen_the_life_of_a_key(world: World) -> None:
    key = world.keys.to_seal("p")
    world.store.erase("p", "e", world.clock())
    world.clock.advance(CACHED_FOR)
    assert world.keys.to_open("p", key.key_id) is None


@pytest.mark.parametrize(
    ("slow", "use"),
    [("load", "to_seal"), ("unwrap", "to_seal"), ("add", "to_seal"), ("load", "to_open"), ("unwrap", "to_open")],
)
def test_a_key_is_held_from_the_moment_on_at_which_the_store_was_asked(slow: str, use: str) -> None:
    """It may have been destroyed just after the store answered, while the key service took its time."""
    store, world = MemoryDataKeys(), World()
    made = World(store).keys.to_seal("p") if slow != "add" else None
    key_store, wrapper = store, LocalWrapper(SECRET)

    class Slow:
        def __getattr__(self, name: str) -> Any:
            def call(*arguments: Any) -> Any:
                answer = getattr(wrapper if name in ("wrap", "unwrap") else key_store, name)(*arguments)
                if name == slow:
                    world.advance(10)
                return answer

            return call

    world.keys = DataKeys(Slow(), Slow(), world.clock, world.timer)
    key = world.keys.to_open("p", made.key_id) if made and use == "to_open" else world.keys.to_seal("p")
    assert key is not None
    store.erase("p", "e", world.clock())
    world.advance(CACHED_FOR - 10 - 0.001)
    assert world.keys.to_open("p", key.key_id) == key
    world.advance(0.001)
    assert world.keys.to_open("p", key.key_id) is None


def test_what_nobody_asks_for_any_more_is_not_held_either(world: World) -> None:
    for n in range(10):
        world.keys.to_seal(f"p{n}")
        world.advance(1)
    assert world.held() == 10
    world.advance(CACHED_FOR - 5)
    world.keys.to_seal("another")
    assert world.held() == 5
    world.clock.now = 0
    world.keys.to_seal("another")
    assert world.held() == 1


def test_a_key_that_follows_another_does_not_hide_those_that_are_held_for_longer(world: World) -> None:
    for subject in ("replaced", "old"):
        world.keys.to_seal(subject)
    world.advance(CACHED_FOR - 1)
    world.store.erase("replaced", "e", world.clock())
    world.keys.to_seal("replaced", fresh=True)
    world.advance(1)
    world.keys.to_seal("replaced")
    assert world.held() == 1


def test_a_process_holds_1024_keys_at_most_and_drops_the_oldest(world: World) -> None:
    keys = [world.keys.to_seal(f"p{n}") for n in range(1024)]
    assert world.held() == 1024
    world.keys.forget("p0")
    assert world.keys.to_seal("p0") == keys[0]
    world.keys.to_seal("one more")
    assert world.held() == 1024
    world.calls()
    assert world.keys.to_seal("p0") == keys[0]
    assert world.keys.to_seal("p2") == keys[2]
    assert world.calls() == []
    assert world.keys.to_seal("p1") == keys[1]
    assert world.calls() == ["load", "unwrap"]


def test_a_key_is_forgotten_when_asked(world: World) -> None:
    key = world.keys.to_seal("p")
    world.keys.forget("p")
    world.keys.forget("nobody")
    assert world.held() == 0
    world.calls()
    assert world.keys.to_seal("p") == key
    assert world.calls() == ["load", "unwrap"]


def test_a_fresh_key_is_read_anew_but_not_unwrapped_twice(world: World) -> None:
    key = world.keys.to_seal("p")
    world.calls()
    assert world.keys.to_seal("p", fresh=True) == key
    assert world.calls() == ["load"]
    world.store.erase("p", "e", world.clock())
    assert world.keys.to_seal("p") == key
    new = world.keys.to_seal("p", fresh=True)
    assert new.key_id != key.key_id
    assert world.keys.to_seal("p") == new
    assert world.keys.to_open("p", key.key_id) is None


def test_no_secret_is_shown(world: World) -> None:
    key = world.keys.to_seal("p")
    stored = world.store.load("p")
    wrapper = LocalWrapper(SECRET)
    for value, secret in ((key, key.secret), (stored, stored.wrapped), (wrapper, SECRET), (world.keys, key.secret)):
        for shown in (repr(value), str(value), f"{value}"):
            assert repr(secret)[2:-1] not in shown
            assert secret.hex() not in shown
            assert "secret=" not in shown
            assert "wrapped=" not in shown
    assert key.key_id in repr(key)


@pytest.mark.parametrize("secret", [SECRET, bytes(32)])
@pytest.mark.parametrize("subject", ["p", "q", "p\n", ""])
@pytest.mark.parametrize("key_id", ["k", "l", ""])
def test_a_wrapped_key_opens_with_all_that_it_was_wrapped_with(secret: bytes, subject: str, key_id: str) -> None:
    made, wrapped = LocalWrapper(SECRET).wrap("p", "k")
    assert made not in wrapped
    if (secret, subject, key_id) == (SECRET, "p", "k"):
        assert LocalWrapper(secret).unwrap(subject, key_id, wrapped) == made
    else:
        with pytest.raises(SealError):
            LocalWrapper(secret).unwrap(subject, key_id, wrapped)
    altered = wrapped[:-1] + bytes([wrapped[-1] ^ 1])
    with pytest.raises(SealError):
        LocalWrapper(secret).unwrap(subject, key_id, altered)


def test_a_key_that_is_stored_with_another_subject_or_id_does_not_unwrap(world: World) -> None:
    world.keys.to_seal("p")
    store = world.store.port
    stolen = store.keys["p"]
    store.keys["q"] = StoredKey("q", stolen.key_id, stolen.wrapped)
    with pytest.raises(SealError):
        world.keys.to_open("q", stolen.key_id)
    store.keys["p"] = StoredKey("p", "another", stolen.wrapped)
    world.keys.forget("p")
    with pytest.raises(SealError):
        world.keys.to_seal("p")


def test_of_two_makers_of_a_first_key_both_use_the_same() -> None:
    store, first_loaded = MemoryDataKeys(), threading.Barrier(8)

    class Raced:
        def load(self, subject: str) -> StoredKey:
            stored = store.load(subject)
            first_loaded.wait(10)
            return stored

        def add(self, subject: str, key_id: str, wrapped: bytes) -> StoredKey:
            return store.add(subject, key_id, wrapped)

    worlds = [World(Raced()) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda world: world.keys.to_seal("p"), worlds))
    assert len(set(keys)) == 1
    assert [world.keys.to_seal("p") for world in worlds] == keys
    assert sorted("unwrap" in world.calls() for world in worlds) == [False] + [True] * 7


def test_a_key_that_is_destroyed_while_it_is_added_is_not_used() -> None:
    """Its first answer was lost, and it was destroyed before it was added once more."""
    store = MemoryDataKeys()

    class Repeating:
        added: list[str] = []  # noqa: RUF012 - one object, one list

        def load(self, subject: str) -> StoredKey:
            return store.load(subject)

        def add(self, subject: str, key_id: str, wrapped: bytes) -> StoredKey:
            self.added.append(key_id)
            if len(self.added) == 1:
                store.add(subject, key_id, wrapped)
                store.erase(subject, "e", 5.0)
            return store.add(subject, key_id, wrapped)

    keys = World(Repeating()).keys
    key = keys.to_seal("p")
    first, second = Repeating.added
    assert (key.key_id, store.load("p").key_id, store.load("p").erased_key) == (second, second, first)
    assert keys.to_open("p", first) is None


def test_threads_share_a_cache(world: World) -> None:
    """More keys than are held, so that all the time some are dropped while others are found."""
    subjects = [f"p{n % 1500}" for n in range(6000)]

    def use(subject: str) -> DataKey:
        if subject.endswith("7"):
            world.keys.forget(subject)
        return world.keys.to_seal(subject)

    with ThreadPoolExecutor(8) as pool:
        keys = dict(zip(subjects, pool.map(use, subjects), strict=True))
    assert world.held() <= 1024
    assert all(world.store.load(subject).key_id == key.key_id for subject, key in keys.items())
