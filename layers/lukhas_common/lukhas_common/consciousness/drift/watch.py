"""A watch over a series of scores: CUSUM raises the alarm, ADWIN confirms it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from math import fsum, sqrt
from typing import Any

from lukhas_common.consciousness.drift.adwin import Adwin, adwin_of
from lukhas_common.consciousness.drift.cusum import Cusum, H
from lukhas_common.consciousness.drift.errors import DriftInputError, is_number, number

LEARNED = 50
"""Values that a baseline is learned from, where none is given."""

LEAST_DEVIATION = 0.01
"""Standard deviation of a baseline at least: scores lie from 0 to 1, and smaller changes are none."""

REACH = 2.0
"""Standard deviations from the mean that ADWIN's 0 and 1 stand for; what lies beyond counts as those. The less it is,
the sooner small shifts are confirmed, and the later great ones."""

FARTHEST = 1e100
"""Values lie from minus this to this, so that their squares are doubles, too."""

_VERSION = 1


class Signal(StrEnum):
    """What a watch says after a value."""

    LEARNING = "learning"
    """There is no baseline yet."""
    QUIET = "quiet"
    ALARM = "alarm"
    """Values are off the baseline; it may be chance, or pass."""
    CONFIRMED = "confirmed"
    """The series changed. The watch begins anew with the next value, and learns what is usual now."""


class Watch:
    """What is remembered of a series.

    Args:
        mean: of the baseline; None for one that is learned from the first ``LEARNED`` values.
        deviation: its standard deviation.

    Raises:
        DriftInputError: an argument is no finite number, or only one is given.
    """

    __slots__ = ("_adwin", "_baseline", "_cut", "_first", "cusum")

    def __init__(self, mean: float | None = None, deviation: float | None = None) -> None:
        if (mean is None) is not (deviation is None):
            raise DriftInputError("deviation", "a baseline is its mean and its standard deviation")
        self._baseline: tuple[float, float] | None = None
        self._first: list[float] = []
        self.cusum, self._adwin, self._cut = Cusum(), Adwin(), False
        if mean is not None:
            self._baseline = _value(mean, "mean"), max(_value(deviation, "deviation"), LEAST_DEVIATION)

    @property
    def baseline(self) -> tuple[float, float] | None:
        """Mean and standard deviation of what is usual; None while it is learned."""
        return self._baseline

    def add(self, value: float) -> Signal:
        """Take the next value of the series.

        Raises:
            DriftInputError: it is no finite number, or beyond ``FARTHEST``.
        """
        value = _value(value, "value")
        if self._baseline is None:
            self._first.append(value)
            if len(self._first) == LEARNED:
                self._learn()
            return Signal.LEARNING
        mean, deviation = self._baseline
        score = (value - mean) / deviation
        self.cusum = self.cusum.then(score)
        self._note(score)
        if not self.cusum.alarm:
            return Signal.QUIET
        if not self._cut:
            return Signal.ALARM
        self._baseline = None
        self.cusum, self._adwin, self._cut = Cusum(), Adwin(), False
        return Signal.CONFIRMED

    def state(self) -> dict[str, Any]:
        """What is remembered, in JSON values of less than 4 kB, for ``watch_of``."""
        return {
            "version": _VERSION,
            "first": list(self._first),
            "baseline": list(self._baseline or ()),
            "cusum": [self.cusum.above, self.cusum.below],
            "cut": self._cut,
            "adwin": self._adwin.state(),
        }

    def _learn(self) -> None:
        """Take the first values for what is usual; they are the oldest part of the window, too."""
        mean = fsum(self._first) / LEARNED
        deviation = sqrt(fsum((value - mean) ** 2 for value in self._first) / (LEARNED - 1))
        self._baseline = mean, max(deviation, LEAST_DEVIATION)
        for value in self._first:
            self._note((value - mean) / self._baseline[1])
        self._first, self._cut = [], False

    def _note(self, score: float) -> None:
        """Have ADWIN see the value. A cut counts for as long as values are off the baseline without a break."""
        cut = self._adwin.add(min(1.0, max(0.0, 0.5 + score / (2 * REACH))))
        self._cut = bool(cut) or (self._cut and max(self.cusum.above, self.cusum.below) > 0)


def watch_of(state: Any, field: str = "state") -> Watch:
    """The watch of a state that was kept.

    Raises:
        DriftInputError: it is none.
    """
    wrong = DriftInputError(field, "this is no watch that was kept; begin with a new one")
    if not isinstance(state, Mapping) or state.get("version") != _VERSION:
        raise wrong
    lists: list[list[float]] = []
    for name, sizes in (("first", range(LEARNED)), ("baseline", (0, 2)), ("cusum", (2,))):
        values = state.get(name)
        if not (isinstance(values, list) and len(values) in sizes and all(map(is_number, values))):
            raise wrong
        lists.append([_value(value, field) for value in values])
    first, baseline, sums = lists
    cut = state.get("cut")
    if not isinstance(cut, bool) or not all(0 <= each <= 2 * H for each in sums) or (baseline and first):
        raise wrong
    watch = Watch(*baseline)
    watch._first, watch.cusum, watch._cut = first, Cusum(*sums), cut
    watch._adwin = adwin_of(state.get("adwin"), field)
    return watch


def _value(value: Any, field: str) -> float:
    if abs(number(value, field)) > FARTHEST:
        raise DriftInputError(field, f"a value is at most {FARTHEST:g} from 0")
    return float(value)
