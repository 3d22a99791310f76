"""Erasure beside writers and beside itself: what is stored under a new key stays, and each thing is counted once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from itertools import combinations_with_replacement
from typing import Any

import pytest

from lukhas_common.memory.erasing import KIND, MemoriesErased, NotErasedError
from lukhas_common.memory.models import MemoryType
from lukhas_common.memory.remembering import Remembering
from lukhas_common.memory.searching import Searching
from lukhas_common.memory.stored import Stored
from lukhas_common.memory.vault import folder_of, subject_of
from tests.unit.memory.test_crash import Cut
from tests.unit.memory.world import ADA, MemoryWorld


class Turns:
    """Another process, which takes its steps when it is told to: each is what it does up to its next call of a port."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._go, self._paused = threading.Semaphore(0), threading.Semaphore(0)
        self.done = False
        self._thread = threading.Thread(target=self._run, args=(act,))
        self._thread.start()
        self._paused.acquire()

    def at(self) -> Turns:
        self._paused.release()
        self._go.acquire()
        return self

    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...

    def step(self) -> None:
        if not self.done:
            self._go.release()
            self._paused.acquire()

    def finish(self) -> None:
        while not self.done:
            self.step()
        self._thread.join()

    def _run(self, act: Callable[[], object]) -> None:
        act()
        self.done = True
        self._paused.release()


class Counted:
    """Calls of an erasure, before each of which others may take steps."""

    def __init__(self) -> None:
        self.calls = 0
        self.before: Callable[[int], None] = lambda _: None

    def at(self) -> Counted:
        self.calls += 1
        self.before(self.calls)
        return self

    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...


class Interleaved(MemoryWorld):
    """A world in which a writer takes its three steps - looks for the key, makes one, stores - at any moments."""

    def __init__(self, moments: tuple[int, ...] = ()) -> None:
        super().__init__()
        self.memory.remember(ADA, "old", "old violin", MemoryType.EPISODIC)
        secrets = self.vault.to_read(ADA)
        assert secrets is not None
        self.objects.put(f"{folder_of(ADA, secrets.key_id)}fold/x", b"sealed")
        self.counted = Counted()
        self._moments = list(moments)
        self.plain, self.real_keys = self.store, self.keys.store
        self.store = Cut(self.store, self.counted)  # type: ignore[assignment, arg-type]
        self.objects = Cut(self.objects, self.counted)  # type: ignore[assignment, arg-type]
        self.another()

    def beside(self, act: Callable[[], object]) -> None:
        """Let the writer take its steps while this is done, and finish then."""
        world = MemoryWorld()
        world.__dict__ |= {"clock": self.clock, "ledger": self.ledger, "objects": self.objects}
        turns = Turns.__new__(Turns)
        world.store = _Put(self.plain, turns)  # type: ignore[assignment, arg-type]
        world.keys.store = Cut(self.real_keys, turns)  # type: ignore[assignment, arg-type]
        world.keys._wrapper = self.keys._wrapper
        writer = Remembering(world.store, world.vault, world.folds, world.clock, sleep=lambda _: None)
        turns.__init__(lambda: writer.remember(ADA, "new", "new violin", MemoryType.EPISODIC))  # type: ignore[misc]
        self.counted.calls = 0
        self.counted.before = lambda call: [turns.step() for moment in self._moments if moment == call]  # type: ignore[assignment, return-value]
        self.keys.store = Cut(self.real_keys, self.counted)  # type: ignore[assignment, arg-type]
        with suppress(NotErasedError):
            act()
        self.counted.before = lambda _: None
        turns.finish()

    def nothing_new_is_lost(self) -> None:
        """What is stored under the key that there is now is there; all else is gone."""
        current = self.real_keys.load(subject_of(ADA)).key_id
        before = {stored.memory_id for stored in self.plain.every(ADA) if stored.key_id == current}
        assert len(before) == (current is not None)
        for _ in range(2):
            self.erasure.sweep(ADA)
            left = list(self.plain.every(ADA))
            assert {stored.memory_id for stored in left} == before
            assert {stored.key_id for stored in left} <= {current}
            assert list(self.objects.names(f"{ADA}/")) == []
        found = self.memory.recall(ADA, "new")
        assert (None if found is None else found.value) == ("new violin" if before else None)
        assert self.memory.recall(ADA, "old") is None


class _Put:
    """The writer's store: of its calls, only the one that stores is a step."""

    def __init__(self, store: Any, turns: Turns) -> None:
        self._store, self._turns = store, turns

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def put(self, stored: Stored) -> Stored:
        self._turns.at()
        return self._store.put(stored)  # type: ignore[no-any-return]


def erased(world: Interleaved) -> None:
    world.erasure.erase(ADA)


def swept(world: Interleaved) -> None:
    world.erasure.sweep(ADA)


def ready(act: Callable[[Interleaved], None], moments: tuple[int, ...] = ()) -> Interleaved:
    world = Interleaved(moments)
    if act is swept:
        # Cut off when the key was destroyed; the errand finishes it.
        world.erasure.erasures.erase(subject_of(ADA), subject_of(ADA))
    return world


@pytest.mark.parametrize("act", [erased, swept])
def test_what_a_writer_stores_under_a_new_key_stays_whenever_it_takes_its_steps(
    act: Callable[[Interleaved], None],
) -> None:
    world = ready(act)
    world.keys.store = Cut(world.real_keys, world.counted)  # type: ignore[assignment, arg-type]
    world.counted.calls = 0
    act(world)
    ends = world.counted.calls + 1
    assert ends > 5
    stays = 0
    for moments in combinations_with_replacement(range(1, ends + 1), 3):
        world = ready(act, moments)
        world.beside(lambda world=world: act(world))  # type: ignore[misc]
        world.nothing_new_is_lost()
        stays += world.memory.recall(ADA, "new") is not None
    assert stays > ends


def filled() -> MemoryWorld:
    world = MemoryWorld()
    for number in range(25):
        world.memory.remember(ADA, f"k{number}", f"violin {number}", MemoryType.EPISODIC)
    world.settling.settle_episodic(ADA)
    return world


def told(world: MemoryWorld) -> list[dict[str, Any]]:
    opened = world.ledger.read(subject_of(ADA))
    return [dict(each.body) for each in opened if each.record is not None and each.record.kind == KIND]


def test_the_entry_tells_what_was_deleted_and_what_a_look_for_it_found() -> None:
    world = filled()
    done = world.erasure.erase(ADA)
    nothing = {"items": 0, "objects": 0, "vectors": 0, "recalled": 0, "found": 0, "listed": 0}
    assert done.probe == {**nothing, "asked": 20}
    assert told(world) == [{"items": 25, "objects": 2, "vectors": 0, "probe": done.probe}]


@pytest.mark.parametrize("still", ["recalled", "found", "listed"])
def test_what_is_answered_still_is_told_and_the_erasure_is_not_called_done(
    still: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = filled()
    memory = world.memory.recall(ADA, "k3")
    assert memory is not None
    kept, listed = memory, world.memory.timeline
    if still == "recalled":
        monkeypatch.setattr(Remembering, "recall", lambda *_: kept)
    if still == "listed":
        monkeypatch.setattr(Remembering, "timeline", lambda *_: ([kept], None))
    found = [kept.memory_id] if still == "found" else []
    monkeypatch.setattr(Searching, "fitting", lambda *_: found)
    assert listed is not None
    with pytest.raises(NotErasedError):
        world.erasure.erase(ADA)
    (entry,) = told(world)
    assert {what for what, number in entry["probe"].items() if number and what != "asked"} == {still}


def test_two_erasures_at_once_count_each_thing_once() -> None:
    for call in range(1, 60):
        world = filled()
        others: list[MemoriesErased] = []
        counted = Counted()

        def meanwhile(number: int, world: MemoryWorld = world, call: int = call, others: Any = others) -> None:
            if number == call:
                others.append(world.erasure.erase(ADA))

        counted.before = meanwhile
        other = MemoryWorld()
        other.__dict__ |= {name: each for name, each in world.__dict__.items() if name != "erasure"}
        other.store = Cut(world.store, counted)  # type: ignore[assignment, arg-type]
        other.another()
        done = other.erasure.erase(ADA)
        assert done.items + sum(each.items for each in others) == 25
        assert sum(each["items"] for each in told(world)) == 25
        assert sum(each["objects"] for each in told(world)) == 2
        if not others:
            break
    assert call > 25


def test_what_the_errand_deletes_is_on_record_too_and_else_nothing_is() -> None:
    world = filled()
    world.erasure.erase(ADA)
    world.erasure.sweep(ADA)
    assert len(told(world)) == 1
    late = next(iter(filled().store.every(ADA)))
    world.store.put(late)  # by a process that held the key still
    assert world.erasure.sweep(ADA).items == 1
    assert [each["items"] for each in told(world)] == [25, 1]


def test_a_memory_that_cannot_be_read_keeps_nothing_from_being_erased(monkeypatch: pytest.MonkeyPatch) -> None:
    world = filled()

    def fails(*_: object) -> None:
        raise OSError("S3 does not answer")

    with monkeypatch.context() as patched:
        patched.setattr(type(world.erasure.probing), "sample", fails)
        done = world.erasure.erase(ADA)
    assert (done.items, done.probe["asked"]) == (25, 0)
