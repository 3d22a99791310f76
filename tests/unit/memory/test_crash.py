"""Consolidation, compression and erasure, cut off at every call of a port, before it took effect and after; beside a
writer, and beside a run that was not cut off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from lukhas_common.ledger.data_keys import DataKeys, LocalWrapper
from lukhas_common.ledger.erasure import Erasures
from lukhas_common.memory.erasing import NotErasedError
from lukhas_common.memory.folded import Folds
from lukhas_common.memory.folds.writing import FRAME
from lukhas_common.memory.manifest import GRACE, ManifestMovedError
from lukhas_common.memory.models import MemoryType, Retention
from lukhas_common.memory.remembering import Remembering
from lukhas_common.memory.searching import Question
from lukhas_common.memory.settling import AGE
from lukhas_common.memory.stored import Stage
from lukhas_common.memory.vault import Vault, subject_of
from tests.unit.memory.world import ADA, BOB, MemoryWorld

Happening = Callable[[], None]


class Killed(BaseException):
    """The process ends here; nothing catches it."""


class Cut:
    """A port whose calls are counted, and of which one is the last of its process, or is joined by something else."""

    def __init__(self, port: Any, line: Line) -> None:
        self._port, self._line = port, line

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._port, name)
        if name.startswith("_") or not callable(member):
            return member

        def call(*arguments: Any, **more: Any) -> Any:
            with self._line.at():
                answer = member(*arguments, **more)
            # What is read bit by bit was read at once here.
            return iter(list(answer)) if isinstance(answer, Iterator) else answer

        return call


class Line:
    """Counts calls; at one of them something happens, before the call or after it."""

    def __init__(self) -> None:
        self.calls, self.place, self.happening = 0, (0, ""), None

    def set(self, number: int, when: str, happening: Happening) -> None:
        self.calls, self.place, self.happening = 0, (number, when), happening

    def clear(self) -> None:
        self.calls, self.happening = 0, None

    def at(self) -> Any:
        self.calls += 1
        return Moment(self)


class Moment:
    def __init__(self, line: Line) -> None:
        self._line, self._number = line, line.calls

    def __enter__(self) -> None:
        self._happens("before")

    def __exit__(self, *error: object) -> None:
        if error[0] is None:
            self._happens("after")

    def _happens(self, when: str) -> None:
        happening = self._line.happening
        if happening is not None and self._line.place == (self._number, when):
            self._line.happening = None
            happening()


def killed() -> None:
    raise Killed


class CutWorld(MemoryWorld):
    """A world in which a process may end anywhere. What was remembered is known, whatever became of it."""

    def __init__(self) -> None:
        super().__init__()
        self.line = Line()
        self.store, self.objects = Cut(self.store, self.line), Cut(self.objects, self.line)  # type: ignore[assignment]
        self.errands, self.letters = Cut(self.errands, self.line), Cut(self.letters, self.line)  # type: ignore[assignment]
        object.__setattr__(self.ledger, "store", Cut(self.ledger.store, self.line))
        self.keys.store = Cut(self.keys.store, self.line)  # type: ignore[assignment]
        self.expected: dict[str, Any] = {}

    def remember(self, key: str, value: str, kind: MemoryType = MemoryType.EPISODIC, **more: Any) -> None:
        self.memory.remember(ADA, key, value, kind, **more)
        self.expected[key] = value

    def forget(self, key: str) -> None:
        self.memory.forget(ADA, key)
        del self.expected[key]

    def restart(self) -> None:
        """Another process: nothing is held."""
        self.line.clear()
        for name in ("vault", "manifests", "folds", "memory", "indexes", "settling", "compressing", "searching"):
            self.__dict__.pop(name, None)
        self.keys._held.clear()

    def everything_is_there(self) -> None:
        """Each memory can be recalled and is found once; what was deleted is neither."""
        self.restart()
        for key, value in self.expected.items():
            memory = self.memory.recall(ADA, key)
            assert memory is not None, key
            assert memory.value == value, key
        found = self.searching.search(ADA, Question(query="violin", limit=50)).found
        counted = Counter(each.memory.key for each in found)
        assert counted == Counter({key: 1 for key, value in self.expected.items() if "violin" in value})
        assert self.audit.alarms == []

    def all_is_settled(self, *, forgotten: int = 0) -> None:
        """Nothing is stored that is not remembered any more, and nothing twice."""
        for _ in range(3):
            self.restart()
            self.clock.advance(2 * 3600)
            self.compressing.compress(ADA)
        self.everything_is_there()
        secrets = self.vault.to_read(ADA)
        assert secrets is not None
        manifest = self.manifests.current(ADA, secrets.key_id)
        live = {each.memory_id: each for each in self.store.every(ADA)}
        assert set(self.indexes.placed(secrets, manifest).places) == set(live)
        records, damaged = self.folds.records(secrets, list(manifest.folds.values()))
        assert damaged == {}
        assert sum(fold.records for fold in manifest.folds.values()) == len(records)
        assert {record["memory_id"] for record in records} == {m for m, each in live.items() if each.fold}
        assert {name for name, _ in self.objects.names(f"{ADA}/")} == manifest.objects()
        assert len(live) == len(self.expected)


def filled() -> CutWorld:
    """Working, fresh, indexed and folded memories, two small folds, and some that were deleted at each stage."""
    world = CutWorld()
    for batch in range(2):
        for number in range(3):
            world.remember(f"old{batch}{number}", f"old violin {batch} {number}")
        world.settling.settle_episodic(ADA)
        world.clock.advance(AGE)
        world.settling.settle_episodic(ADA)
    for number in range(3):
        world.remember(f"indexed{number}", f"indexed violin {number}", MemoryType.SEMANTIC)
    world.settling.settle_episodic(ADA)
    for key in ("old00", "indexed0"):
        world.forget(key)
    world.clock.advance(AGE)
    world.remember("working", "working violin", MemoryType.WORKING)
    world.clock.advance(15 * 60)
    for number in range(3):
        world.remember(f"fresh{number}", f"fresh violin {number}")
    world.forget("fresh0")
    world.remember("short", "short violin", retention=Retention(expires_at=world.clock() + 10 * AGE))
    world.line.clear()
    return world


def consolidation(world: CutWorld) -> None:
    """All schedules, one after the other, as the same process would run them."""
    world.settling.settle_working(ADA)
    world.settling.settle_episodic(ADA)
    world.compressing.compress(ADA)


def calls_of(act: Callable[[CutWorld], None]) -> int:
    world = filled()
    act(world)
    return world.line.calls


CALLS = calls_of(consolidation)


def test_there_are_calls_at_which_it_can_be_cut_off() -> None:
    assert CALLS > 50


@pytest.mark.parametrize("when", ["before", "after"])
def test_cut_off_at_every_call_nothing_is_lost_doubled_or_brought_back(when: str) -> None:
    for number in range(1, CALLS + 1):
        world = filled()
        world.line.set(number, when, killed)
        with suppress(Killed):
            consolidation(world)
        world.everything_is_there()
        consolidation(world)
        world.all_is_settled()


def test_a_run_that_is_cut_off_where_another_was_is_finished_by_the_next() -> None:
    for number in range(1, CALLS + 1, 3):
        world = filled()
        for when in ("after", "before", "after"):
            world.line.set(number, when, killed)
            with suppress(Killed):
                consolidation(world)
            world.everything_is_there()
        consolidation(world)
        world.all_is_settled()


def test_two_runs_at_once_do_what_one_does() -> None:
    for number in range(1, CALLS + 1):
        world = filled()
        other = CutWorld.__new__(CutWorld)
        other.__dict__ |= world.__dict__
        other.line = Line()

        def meanwhile(world: CutWorld = world, other: CutWorld = other) -> None:
            for name in ("folds", "indexes", "settling", "compressing", "memory", "searching"):
                other.__dict__.pop(name, None)
            with suppress(ManifestMovedError):
                consolidation(other)

        world.line.set(number, "after", meanwhile)
        with suppress(ManifestMovedError):
            consolidation(world)
        world.everything_is_there()
        consolidation(world)
        world.all_is_settled()


def test_beside_a_writer_nothing_is_lost_and_nothing_deleted_comes_back() -> None:
    for number in range(1, CALLS + 1):
        world = filled()

        def writes(world: CutWorld = world) -> None:
            world.remember("between", "violin between")
            world.forget("old11")
            world.forget("indexed1")
            world.forget("fresh1")

        world.line.set(number, "after", writes)
        with suppress(ManifestMovedError):
            consolidation(world)
        world.everything_is_there()
        consolidation(world)
        world.all_is_settled()


def asked(world: CutWorld) -> str:
    return world.memory.remember(ADA, "asked", "violin asked", MemoryType.EPISODIC, idempotency_key="once").memory_id


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_request_that_is_cut_off_is_stored_once_when_it_is_sent_again(when: str) -> None:
    world = CutWorld()
    world.memory.remember(ADA, "asked", "violin before", MemoryType.EPISODIC)
    world.line.clear()
    asked(world)
    for number in range(1, world.line.calls + 1):
        world = CutWorld()
        world.memory.remember(ADA, "asked", "violin before", MemoryType.EPISODIC)
        world.line.set(number, when, killed)
        with suppress(Killed):
            asked(world)
        world.restart()
        assert asked(world) == asked(world)
        assert sum(each.stage is Stage.FRESH for each in world.store.every(ADA)) == 2


@pytest.mark.parametrize("seen", ["nothing", "what was there before"])
def test_a_survey_that_is_behind_costs_no_memory(seen: str, monkeypatch: pytest.MonkeyPatch) -> None:
    world = filled()
    before = list(world.store.every(ADA)) if seen != "nothing" else []
    world.settling.settle_working(ADA)
    world.settling.settle_episodic(ADA)
    world.clock.advance(2 * GRACE)
    with monkeypatch.context() as patched:
        patched.setattr(world.store, "survey", lambda _: iter(before), raising=False)
        world.compressing.compress(ADA)
    world.everything_is_there()


def erased(world: CutWorld) -> None:
    world.erasure.erase(ADA)


def gone(world: CutWorld) -> None:
    """Nothing is left but what the ledger tells."""
    world.restart()
    for key in world.expected:
        assert world.memory.recall(ADA, key) is None
    assert world.searching.search(ADA, Question(query="violin")).found == ()
    assert list(world.store.every(ADA)) == []
    assert list(world.objects.names(f"{ADA}/")) == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_erasure_that_is_cut_off_anywhere_is_finished_by_the_next_or_by_its_errand(when: str) -> None:
    for number in range(1, calls_of(erased) + 1):
        world = filled()
        world.memory.remember(BOB, "k", "stays", MemoryType.EPISODIC)
        world.line.set(number, when, killed)
        with suppress(Killed):
            erased(world)
        world.restart()
        if world.vault.to_read(ADA) is None:
            # The key is gone: nothing opens, and the errand that was sent deletes the rest.
            assert [errand.task for errand in world.errands.waiting] == ["erase"]
            world.erasure.sweep(ADA)
            gone(world)
        erased(world)
        gone(world)
        assert world.memory.recall(BOB, "k") is not None
        world.memory.remember(ADA, "new", "violin", MemoryType.EPISODIC)
        world.erasure.sweep(ADA)
        world.settling.settle_episodic(ADA)
        assert world.memory.recall(ADA, "new") is not None
        assert len(world.searching.search(ADA, Question(query="violin")).found) == 1


def test_a_process_that_holds_a_destroyed_key_sees_what_was_stored_after_the_erasure() -> None:
    world = filled()
    assert world.memory.recall(ADA, "fresh1") is not None
    other = DataKeys(world.keys.store, LocalWrapper(bytes(32)), world.clock, world.clock)
    Erasures(replace(world.ledger, keys=other), world.clock).erase(subject_of(ADA), subject_of(ADA))
    Remembering(world.store, Vault(other), world.folds, world.clock).remember(ADA, "k", "violin", MemoryType.EPISODIC)
    assert world.memory.recall(ADA, "fresh1") is None
    assert world.memory.recall(ADA, "k") is not None
    assert len(world.searching.search(ADA, Question(query="violin")).found) == 1


def test_an_erasure_beside_consolidation_leaves_nothing_behind() -> None:
    for number in range(1, CALLS + 1):
        world = filled()

        def erases(world: CutWorld = world) -> None:
            with suppress(NotErasedError):
                world.erasure.erase(ADA)

        world.line.set(number, "after", erases)
        with suppress(Exception):
            consolidation(world)
        # What the run stored after the erasure is under the old key, and deleted when no process can hold it any more.
        world.restart()
        world.erasure.sweep(ADA)
        gone(world)


def test_a_damaged_frame_costs_only_itself_and_raises_an_alarm() -> None:
    world = MemoryWorld()
    for number in range(600):
        world.memory.remember(ADA, f"k{number:03d}", f"violin {number}", MemoryType.EPISODIC)
        world.clock.advance(1)
    world.settling.settle_episodic(ADA)
    world.clock.advance(AGE)
    world.settling.settle_episodic(ADA)
    (name,) = [name for name in world.objects.objects if "/fold/" in name]
    data, at = world.objects.objects[name]
    world.objects.objects[name] = (data[:200] + bytes([data[200] ^ 1]) + data[201:], at)
    world.folds._held.clear()
    readable = 0
    for number in range(600):
        with suppress(Exception):
            readable += world.memory.recall(ADA, f"k{number:03d}") is not None
    assert readable == 600 - FRAME
    assert set(world.audit.alarms) == {"memory.fold_damaged"}
    assert world.compressing.compress(ADA).damaged is None
    assert isinstance(world.folds, Folds)
    assert {stored.stage for stored in world.store.every(ADA)} == {Stage.FOLDED}
