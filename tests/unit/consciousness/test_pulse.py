"""The pulse of a process: one write a minute, and every request in exactly one slot."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common import pulse as hook
from lukhas_common.consciousness.heartbeats import SLOT, Heartbeat
from lukhas_common.consciousness.measures import times
from lukhas_common.consciousness.memory import MemoryHeartbeats
from lukhas_common.consciousness.pulse import RUN_FAILED, Pulse, peak_memory
from lukhas_common.settings import settings
from tests.fakes import Clock

NAME = "guardian.health"


class Written(MemoryHeartbeats):
    """Counts writes; ``broken`` refuses them."""

    def __init__(self) -> None:
        super().__init__()
        self.puts: list[Heartbeat] = []
        self.broken = False

    def put(self, beat: Heartbeat) -> None:
        if self.broken:
            raise OSError("no table")
        self.puts.append(beat)
        super().put(beat)


class Process:
    """One process whose clock is turned."""

    def __init__(self, seconds: float = 60) -> None:
        self.store, self.clock, self.missed = Written(), Clock(1_800_000_000.0), list[Exception]()
        self.pulse = Pulse(self.store, seconds, self.clock, self.missed.append, lambda: 7)

    def work(self, ago: float = 0, *, failed: bool = False, interval: float = 0, taken: float = 5) -> None:
        self.clock.advance(ago)
        self.pulse.worked(NAME, taken, failed=failed, interval=interval)


def test_it_beats_with_the_first_request_and_once_a_minute_from_then_on() -> None:
    process = Process()
    for ago, beats in ((0, 1), (1, 1), (58, 1), (1, 2), (59, 2), (600, 3)):
        process.work(ago, failed=ago == 58)
        assert len(process.store.puts) == beats
    last = process.store.puts[-1]
    assert (last.subsystem, last.function, last.peak_memory) == ("guardian", NAME, 7)
    assert [(each.requests, each.errors) for each in process.store.puts] == [(1, 0), (4, 1), (6, 1)]
    assert times(last.times).count == 6
    assert {each.process for each in process.store.puts} == {process.pulse.process}
    assert Process().pulse.process != process.pulse.process


@given(st.lists(st.tuples(st.floats(0, 900), st.booleans(), st.booleans()), min_size=1, max_size=40))
def test_every_request_that_was_said_is_in_one_slot(steps: list[tuple[float, bool, bool]]) -> None:
    """Sums over all slots are what was done, but for what was not said yet; lost writes lose nothing."""
    process = Process()
    for ago, failed, broken in steps:
        process.store.broken = broken
        process.work(ago, failed=failed)
    process.store.broken = False
    process.work(61)
    kept = process.store.slots.values()
    assert sum(each.requests for each in kept) == len(steps) + 1
    assert sum(each.errors for each in kept) == sum(failed for _, failed, _ in steps)
    assert sum(times(each.times).count for each in kept) == len(steps) + 1


def test_old_work_is_forgotten_with_its_slot() -> None:
    process = Process()
    process.work(failed=True)
    process.work(2 * SLOT)
    assert (process.store.puts[-1].requests, process.store.puts[-1].errors) == (1, 0)
    assert process.store.heard(process.clock()).beats == (process.store.puts[-1],)


def test_a_store_that_is_gone_is_asked_once_a_minute_and_refuses_nothing() -> None:
    process = Process()
    process.store.broken = True
    for _ in range(10):
        process.work(20)
    assert len(process.missed) == 4


def test_a_clock_that_was_set_back_does_not_silence_it() -> None:
    process = Process()
    process.work()
    process.work(-3600)
    assert len(process.store.puts) == 2


def test_a_run_that_failed_says_so_until_one_does_not() -> None:
    process = Process()
    process.work(failed=True, interval=300)
    process.work(61, interval=300)
    assert [each.degraded for each in process.store.puts] == [RUN_FAILED, ""]
    assert [each.interval for each in process.store.expected(process.clock())] == [300]
    assert process.store.heard(process.clock()).beats == ()


def test_what_is_noted_is_said_with_the_next_heartbeat() -> None:
    process = Process()
    process.pulse.note(NAME, "no_policies")
    process.work()
    process.pulse.note(NAME, "")
    process.work(61)
    assert [each.degraded for each in process.store.puts] == ["no_policies", ""]


def test_memory_is_measured_in_bytes() -> None:
    assert 5_000_000 < peak_memory() < 10**12


@pytest.fixture
def beating(monkeypatch: pytest.MonkeyPatch) -> Process:
    """This process with a table that it beats into."""
    process = Process()
    monkeypatch.setenv("HEARTBEATS_TABLE", "t")
    monkeypatch.setattr(hook, "_pulse", lambda: process.pulse)
    settings.cache_clear()
    monkeypatch.setattr("lukhas_common.pulse.settings", settings.__wrapped__)
    return process


@hook.scheduled(every=900)
def runs(event: dict[str, bool], context: object) -> str:
    if event["dies"]:
        raise KeyError("dies")
    return "done"


def test_a_handler_is_counted_whatever_comes_of_it(beating: Process) -> None:
    assert runs({"dies": False}, None) == "done"
    beating.clock.advance(61)
    with pytest.raises(KeyError):
        runs({"dies": True}, None)
    assert [(each.requests, each.errors, each.interval) for each in beating.store.puts] == [(1, 0, 900), (2, 1, 900)]
    assert beating.store.puts[0].function == "consciousness.test_pulse"


@pytest.mark.parametrize("off", [("HEARTBEATS_TABLE", ""), ("HEARTBEAT_SECONDS", "0")])
def test_it_is_off_where_nobody_asked_for_it(
    beating: Process, monkeypatch: pytest.MonkeyPatch, off: tuple[str, str]
) -> None:
    hook.worked(NAME, time.perf_counter(), failed=False)
    monkeypatch.setenv(*off)
    beating.clock.advance(61)
    hook.worked(NAME, time.perf_counter(), failed=False)
    assert len(beating.store.puts) == 1


def test_a_pulse_that_breaks_takes_nothing_back(beating: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hook, "_pulse", lambda: 1 / 0)
    hook.note(NAME, "x")
    assert runs({"dies": False}, None) == "done"
