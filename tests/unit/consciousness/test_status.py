"""The status: derived from heartbeats, with the clock turned."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.consciousness.errors import ConsciousnessError, ConsciousnessReason
from lukhas_common.consciousness.heartbeats import KEPT, MOST_REPORTED, SUBSYSTEMS, Heard, Heartbeat, report
from lukhas_common.consciousness.measures import measurement, merged
from lukhas_common.consciousness.memory import MemoryHeartbeats
from lukhas_common.consciousness.status import OBSERVERS, WINDOW, Activity, Drifting, Status, load, loads, status
from tests.stack import ROOT

NOW = 1_800_000_000.0


def beat(function: str = "identity.profile", ago: float = 0, process: str = "p", **more: object) -> Heartbeat:
    made = Heartbeat(subsystem=function.partition(".")[0], function=function, process=process, at=NOW - ago, requests=1)
    return replace(made, **more)


def other(name: str = "memory-core", ago: float = 0, interval: float = 60, degraded: str = "") -> Heartbeat:
    return Heartbeat(subsystem=name, at=NOW - ago, interval=interval, degraded=degraded)


def found(*beats: Heartbeat, drifting: tuple[Drifting, ...] = ()) -> Status:
    expected = [each for each in beats if each.interval]
    return status(Heard(tuple(each for each in beats if not each.interval)), expected, drifting, NOW)


def test_ours_are_the_folders_of_functions_and_who_only_looks_is_one_of_them() -> None:
    files = {f"{file.parent.name}.{file.stem}" for file in (ROOT / "functions").glob("*/*.py")}
    assert {name.split(".")[0] for name in files} == set(SUBSYSTEMS)
    assert files >= OBSERVERS


@pytest.mark.parametrize(
    ("beats", "activity", "threads"),
    [
        ([], Activity.IDLE, 0),
        ([beat()], Activity.ACTIVE, 1),
        ([beat(ago=300)], Activity.ACTIVE, 1),
        ([beat(ago=300.001)], Activity.IDLE, 0),
        ([beat(name) for name in OBSERVERS], Activity.IDLE, 1),
        ([beat(ago=400), beat("identity.authorizer", process="q")], Activity.IDLE, 1),
        ([beat("identity.rotate_keys", interval=3600)], Activity.IDLE, 1),
        ([beat(), beat(ago=200), beat("guardian.get_policies", process="q")], Activity.ACTIVE, 2),
        ([other()], Activity.IDLE, 0),
    ],
)
def test_active_with_a_request_of_late_and_idle_without(
    beats: list[Heartbeat], activity: Activity, threads: int
) -> None:
    assert (found(*beats).activity, found(*beats).threads) == (activity, threads)
    assert found(*beats).reasons == ()


@given(st.floats(1, 86400), st.floats(0, 10))
def test_what_is_expected_is_missed_after_three_intervals(interval: float, intervals: float) -> None:
    ago = round(interval * intervals, 3)
    late = other(ago=ago, interval=interval)
    status_ = found(beat(), late)
    missed = NOW - late.at > 3 * interval
    assert status_.activity is (Activity.DEGRADED if missed else Activity.ACTIVE)
    assert status_.subsystems["memory-core"] is not missed
    assert len(status_.reasons) == int(missed)
    assert all(reason.startswith("memory-core: silent for ") for reason in status_.reasons)


def test_a_function_that_a_schedule_runs_is_missed_and_its_subsystem_with_it() -> None:
    late = beat("consolidation.settle_working", ago=2701, interval=900)
    assert found(late).reasons == ("consolidation.settle_working: silent for 2701 s, expected every 900 s",)
    assert found(late).subsystems["consolidation"] is False
    assert found(replace(late, at=NOW - 2700)).subsystems["consolidation"] is True
    assert found().subsystems == dict.fromkeys(SUBSYSTEMS, False)


def test_what_is_said_to_be_wrong_is_wrong_until_it_is_said_that_it_is_not() -> None:
    sick = beat("guardian.health", ago=50, degraded="no_policies")
    assert found(sick).reasons == ("guardian.health: no_policies",)
    well = beat("guardian.health", ago=10, process="q")
    assert found(sick, well).reasons == ()
    assert found(replace(sick, at=NOW - WINDOW - 1)).reasons == ()
    assert found(other(degraded="disk full")).reasons == ("memory-core: disk full",)
    assert found(other(degraded="disk full")).subsystems["memory-core"] is False
    # Who fell silent says nothing any more.
    (reason,) = found(other(ago=200, degraded="disk full")).reasons
    assert "silent" in reason


@pytest.mark.parametrize(
    ("requests", "errors", "degraded"),
    [(19, 19, False), (20, 1, False), (20, 2, True), (100, 5, False), (100, 6, True)],
)
def test_more_than_one_error_in_twenty_requests_is_too_many(requests: int, errors: int, degraded: bool) -> None:
    parts = [
        beat("consent.check", requests=requests - 7, errors=errors),
        beat("consent.grant", process="q", requests=7, ago=WINDOW),
        beat("consent.grant", process="q", requests=500, errors=500, ago=WINDOW + 1),
    ]
    assert found(*parts).reasons == ((f"consent: {errors} of {requests} requests failed",) if degraded else ())


def test_an_alarm_that_stands_degrades() -> None:
    drifting = (Drifting("calm", 0.2, alarm=False), Drifting("style", 0.7, alarm=True))
    status_ = found(beat(), drifting=drifting)
    assert (status_.activity, status_.drift_score) == (Activity.DEGRADED, 0.7)
    assert status_.reasons == ("drift: alarm in series style",)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["identity.profile", "guardian.validate_action"]),
            st.sampled_from("pq"),
            st.lists(st.floats(0, 1000), max_size=4),
        ),
        max_size=8,
    )
)
def test_loads_add_up(parts: list[tuple[str, str, list[float]]]) -> None:
    beats = [
        beat(name, process=process, requests=len(taken), times=merged(*map(measurement, taken)), peak_memory=len(taken))
        for name, process, taken in parts
    ]
    by_name, whole = loads(Heard(tuple(beats)), (), NOW), load(Heard(tuple(beats)), (), NOW)
    assert set(by_name) == set(SUBSYSTEMS)
    assert sum(each.requests for each in by_name.values()) == whole.requests == sum(len(taken) for *_, taken in parts)
    assert merged(*(each.times for each in by_name.values())) == whole.times
    assert whole.peak_memory == max((len(taken) for *_, taken in parts), default=0)
    assert whole.processes == len({process for _, process, _ in parts})


def test_nobody_speaks_for_us_and_no_more_than_so_many_for_others() -> None:
    store = MemoryHeartbeats()
    for name in (*SUBSYSTEMS, "consent.sequence_ledger"):
        with pytest.raises(ConsciousnessError) as refused:
            report(store, other(name))
        assert refused.value.reason is ConsciousnessReason.SUBSYSTEM_RESERVED
    for number in range(MOST_REPORTED):
        report(store, other(f"part-{number}"))
    report(store, other("part-7", degraded="tired"))
    with pytest.raises(ConsciousnessError) as refused:
        report(store, other("one-more"))
    assert refused.value.reason is ConsciousnessReason.TOO_MANY_SUBSYSTEMS
    # A day after they were missed, they are forgotten.
    report(store, replace(other("one-more"), at=NOW + 3 * 60 + KEPT))
    assert [each.name for each in store.expected(NOW + 3 * 60 + KEPT)] == ["one-more"]
