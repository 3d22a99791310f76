"""CUSUM and ADWIN against their definitions, and the rates at which a watch errs."""

from __future__ import annotations

import json
import math
from random import Random
from statistics import fmean, median, pvariance
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.consciousness.drift.adwin import DELTA, LEAST, PER_ROW, ROWS, Adwin, adwin_of
from lukhas_common.consciousness.drift.cusum import Cusum, H
from lukhas_common.consciousness.drift.errors import DriftInputError
from lukhas_common.consciousness.drift.watch import LEARNED, LEAST_DEVIATION, Signal, Watch, watch_of


def series(seed: int, length: int, shift: float = 0.0, at: int = 0) -> list[float]:
    """Scores around .5 with a standard deviation of .1, and moved by so many of them from a place on."""
    dice = Random(seed)  # noqa: S311 - chance that can be repeated
    return [0.5 + 0.1 * (dice.gauss(0, 1) + (shift if place >= at else 0)) for place in range(length)]


class PlainWindow:
    """ADWIN on the values themselves: buckets are lists, and everything is computed from them anew."""

    def __init__(self) -> None:
        self.buckets: list[list[float]] = []

    @property
    def values(self) -> list[float]:
        return [value for bucket in self.buckets for value in bucket]

    def add(self, value: float) -> int:
        self.buckets.append([value])
        size = 1
        while [len(each) for each in self.buckets].count(size) > PER_ROW:
            first = next(place for place, each in enumerate(self.buckets) if len(each) == size)
            self.buckets[first : first + 2] = [self.buckets[first] + self.buckets[first + 1]]
            size *= 2
        before = len(self.values)
        ends = [sum(map(len, self.buckets[:n])) for n in range(1, len(self.buckets))]
        while any(self.differs(self.values, end) for end in ends):
            self.buckets.pop(0)
            ends = [sum(map(len, self.buckets[:n])) for n in range(1, len(self.buckets))]
        return before - len(self.values)

    @staticmethod
    def differs(values: list[float], end: int) -> bool:
        """Whether the bound of the paper (section 3.3, with the variance) is exceeded where the window is cut there."""
        old, new = values[:end], values[end:]
        if min(len(old), len(new)) < LEAST:
            return False
        m = 1 / (1 / len(old) + 1 / len(new))
        confidence = math.log(2 / (DELTA / math.log(len(values))))
        bound = math.sqrt(2 / m * pvariance(values) * confidence) + 2 / (3 * m) * confidence
        return abs(fmean(old) - fmean(new)) > bound


@pytest.mark.parametrize(("seed", "shift"), [(1, 0), (2, 4), (3, -4)])
def test_the_window_is_cut_as_that_of_the_values_themselves(seed: int, shift: float) -> None:
    window, plain = Adwin(), PlainWindow()
    cuts = []
    for value in series(seed, 130, shift, 60):
        held = [*plain.values, value]
        clipped = min(1.0, max(0.0, value))
        held[-1] = clipped
        dropped = window.add(clipped)
        assert dropped == plain.add(clipped)
        assert len(window) == len(plain.values)
        assert window.mean == pytest.approx(fmean(plain.values))
        assert window.variance == pytest.approx(pvariance(plain.values), abs=1e-12)
        if dropped:
            cuts.append(dropped)
            # A look at all places finds what a look at the places between buckets does.
            assert any(PlainWindow.differs(held, end) for end in range(1, len(held)))
    assert bool(cuts) is bool(shift)


def test_a_window_that_is_kept_after_each_value_goes_on_as_one_that_is_not() -> None:
    window, kept = Adwin(), Adwin()
    dropped = 0
    for value in series(4, 200, 4, 100):
        kept = adwin_of(json.loads(json.dumps(kept.state())))
        cut = window.add(min(1, value))
        assert kept.add(min(1, value)) == cut
        assert kept.state() == window.state()
        dropped += cut
    assert dropped > 50


def full_state() -> dict[str, Any]:
    """A window with as many buckets, of numbers as long, as there can be."""
    mean = 0.1234567890123456
    totals = [[mean * 2**power * (1 + 1e-9 * place) for place in range(PER_ROW)] for power in range(ROWS)]
    return {"version": 1, "delta": DELTA, "totals": totals, "spreads": [[t / 7 for t in row] for row in totals[1:]]}


def test_memory_is_bounded_and_the_oldest_values_are_forgotten() -> None:
    window = adwin_of(full_state())
    size = len(window)
    assert size == PER_ROW * (2**ROWS - 1)
    for _ in range(40):
        assert window.add(0.1234567890123456) == 0
        assert size - 2**ROWS <= len(window) <= size
        assert all(len(row) <= PER_ROW for row in window.state()["totals"])
        assert len(window.state()["totals"]) == ROWS


def test_states_fit_an_item_of_four_kilobytes() -> None:
    state = Watch(0.1234567890123456, 0.1234567890123456).state()
    state["cusum"] = [0.1234567890123456] * 2
    state["adwin"] = full_state()
    assert watch_of(json.loads(json.dumps(state))).state() == state
    assert len(json.dumps(state)) < 4096
    learning = Watch()
    for value in series(5, LEARNED - 1):
        learning.add(value)
    assert len(json.dumps(learning.state())) < 4096


@given(st.lists(st.floats(-20, 20), max_size=40))
def test_cusum_is_the_greatest_sum_of_any_last_values_unless_it_is_held(scores: list[float]) -> None:
    """The recursion of Page unrolled: no earlier start of the sum would make it larger."""
    cusum = Cusum()
    for score in scores:
        cusum = cusum.then(score)
    above = [sum(score - 0.5 for score in scores[start:]) for start in range(len(scores) + 1)]
    below = [sum(-score - 0.5 for score in scores[start:]) for start in range(len(scores) + 1)]
    for found, sums in ((cusum.above, above), (cusum.below, below)):
        assert found <= max(sums) + 1e-9
        if max(*above, *below) < 2 * H and all(abs(score) < 0.5 for score in scores):
            assert found == pytest.approx(max(sums), abs=1e-9)
    assert cusum.alarm is (max(cusum.above, cusum.below) > H)


@pytest.mark.parametrize(("shift", "runs"), [(1.0, 300), (2.0, 300), (0.0, 150)])
def test_cusum_runs_as_long_as_theory_has_it(shift: float, runs: int) -> None:
    """Siegmund (1985): the mean run to the alarm; without a shift, alarms come as rarely as that makes likely."""
    b, drift = H + 1.166, shift - 0.5
    mean_run = (math.exp(-2 * drift * b) + 2 * drift * b - 1) / (2 * drift**2)
    lengths = []
    for seed in range(runs):
        dice = Random(seed)  # noqa: S311 - chance that can be repeated
        cusum, length = Cusum(), 0
        while not cusum.alarm and length < 500:
            cusum, length = cusum.then(dice.gauss(shift, 1)), length + 1
        lengths.append(length)
    if shift:
        assert fmean(lengths) == pytest.approx(mean_run, rel=0.1)
    else:
        expected = 1 - math.exp(-500 / (mean_run / 2))
        alarms = sum(length < 500 for length in lengths) / runs
        assert alarms == pytest.approx(expected, abs=3 * math.sqrt(expected / runs))


def signals(watch: Watch, values: list[float]) -> list[Signal]:
    return [watch.add(value) for value in values]


def test_series_that_do_not_change_raise_few_alarms_and_confirm_none() -> None:
    alarmed = 0
    for seed in range(30):
        found = signals(Watch(0.5, 0.1), series(100 + seed, 200))
        assert Signal.CONFIRMED not in found
        alarmed += Signal.ALARM in found
    assert alarmed <= 3


@pytest.mark.parametrize(
    ("shift", "alarm", "confirmed"), [(0.5, (15, 110), None), (1.0, (8, 25), (60, 200)), (-2.0, (3, 8), (20, 70))]
)
def test_a_shift_is_found_within_so_many_values(
    shift: float, alarm: tuple[int, int], confirmed: tuple[int, int] | None
) -> None:
    alarms, confirmations = [], []
    for seed in range(7):
        found = signals(Watch(0.5, 0.1), series(200 + seed, 400, shift, 100))[100:]
        loud = [place for place, each in enumerate(found) if each in (Signal.ALARM, Signal.CONFIRMED)]
        alarms.append(loud[0] if loud else 400)
        confirmations.append(found.index(Signal.CONFIRMED) if Signal.CONFIRMED in found else 400)
    assert alarm[0] <= median(alarms) <= alarm[1]
    if confirmed:
        assert confirmed[0] <= median(confirmations) <= confirmed[1]
    assert all(one <= other for one, other in zip(alarms, confirmations, strict=True))


def test_a_watch_learns_what_is_usual_and_after_a_change_what_is_usual_then() -> None:
    watch = Watch()
    assert watch.baseline is None
    values = series(6, 400, 4, 150)
    assert signals(watch, values[:LEARNED]) == [Signal.LEARNING] * LEARNED
    assert watch.baseline is not None
    assert watch.baseline[0] == pytest.approx(fmean(values[:LEARNED]))
    assert watch.baseline[1] == pytest.approx(math.sqrt(pvariance(values[:LEARNED]) * LEARNED / (LEARNED - 1)))
    found = signals(watch, values[LEARNED:])
    place = found.index(Signal.CONFIRMED)
    assert 100 <= place <= 160
    assert found[place + 1 : place + 1 + LEARNED] == [Signal.LEARNING] * LEARNED
    assert watch.baseline[0] == pytest.approx(0.9, abs=0.06)
    assert Signal.CONFIRMED not in found[place + 1 :]


def test_one_wild_value_is_an_alarm_that_passes() -> None:
    watch = Watch(0.5, 0.1)
    found = signals(watch, [*series(7, 60), 1e9, *series(8, 60)])
    assert found[:60] == [Signal.QUIET] * 60
    assert found[60] == Signal.ALARM
    assert found[-20:] == [Signal.QUIET] * 20
    assert Signal.CONFIRMED not in found


def test_a_series_that_stood_still_is_not_alarmed_by_a_hair() -> None:
    watch = Watch()
    signals(watch, [0.5] * LEARNED)
    assert watch.baseline == (0.5, LEAST_DEVIATION)
    assert signals(watch, [0.504] * 60) == [Signal.QUIET] * 60
    assert Signal.CONFIRMED in signals(watch, [0.6] * 60)


def test_a_watch_that_is_kept_after_each_value_goes_on_as_one_that_is_not() -> None:
    watch, kept = Watch(), Watch()
    found = []
    for value in series(9, 260, 4, 120):
        kept = watch_of(json.loads(json.dumps(kept.state())))
        found.append(watch.add(value))
        assert kept.add(value) is found[-1]
        assert kept.state() == watch.state()
    assert {*found} == {*Signal}


def broken(state: dict[str, Any]) -> list[Any]:
    """The state with each member left out, and with each changed to what cannot be one."""
    without = [{key: value for key, value in state.items() if key != name} for name in state]
    changed = [{**state, name: wrong} for name in state for wrong in (None, "1", [[1]], {"a": 1}, [math.nan], -1)]
    return [*without, *changed, None, [], "state"]


def test_what_was_not_kept_is_refused() -> None:
    window, watch = Adwin(), Watch(0.5, 0.1)
    for value in series(10, 20):
        window.add(value)
        watch.add(value)
    for state in broken(window.state()):
        with pytest.raises(DriftInputError):
            adwin_of(state)
    for state in broken(watch.state()):
        with pytest.raises(DriftInputError):
            watch_of(state)
    for totals in ([[2.0]], [[0.5] * 6], [[0.5], [0.5]], [[]] * 13):
        with pytest.raises(DriftInputError):
            adwin_of({**window.state(), "totals": totals, "spreads": []})


def test_values_and_arguments_that_are_none_are_refused() -> None:
    for value in (-0.1, 1.1, math.nan, True, "1"):
        with pytest.raises(DriftInputError):
            Adwin().add(value)  # type: ignore[arg-type]
    for bad in (math.nan, math.inf, 1e101, None, True):
        with pytest.raises(DriftInputError):
            Watch(0.5, 0.1).add(bad)  # type: ignore[arg-type]
    for delta in (0, 1, math.nan):
        with pytest.raises(DriftInputError):
            Adwin(delta)
    for arguments in ((0.5, None), (None, 0.1), (math.nan, 0.1), (0.5, math.inf)):
        with pytest.raises(DriftInputError):
            Watch(*arguments)
