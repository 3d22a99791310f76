"""ADWIN: a window over a series that drops its older part once the newer differs (Bifet and Gavaldà 2007).

The window is an exponential histogram. Row i holds buckets of 2^i values each, the newest values in row 0; a sixth
bucket makes the two oldest of its row one bucket of the next. So the window is cut where buckets meet only, and takes
60 buckets at most: when the last row is full, the oldest values are forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from math import log, sqrt
from typing import Any, NamedTuple

from lukhas_common.consciousness.drift.errors import DriftInputError, is_number, number

DELTA = 0.002
"""How probable a cut in a series that did not change may be, at each value."""

PER_ROW = 5
"""Buckets of a row at most."""

ROWS = 12
"""Rows at most: the window holds up to 20,475 values."""

LEAST = 5
"""Values on each side of a cut at least."""

_VERSION = 1


class Bucket(NamedTuple):
    """Values that follow each other: their sum, and the sum of their squared differences from their mean."""

    total: float
    spread: float


class Adwin:
    """The window. Values lie from 0 to 1.

    Args:
        delta: above 0 and below 1.

    Raises:
        DriftInputError: ``delta`` is no such number.
    """

    __slots__ = ("_rows", "delta")

    def __init__(self, delta: float = DELTA) -> None:
        if not 0 < number(delta, "delta") < 1:
            raise DriftInputError("delta", "a probability above 0 and below 1 is needed")
        self.delta = delta
        self._rows: list[list[Bucket]] = []

    def __len__(self) -> int:
        """Values in the window."""
        return sum(len(row) << power for power, row in enumerate(self._rows))

    @property
    def mean(self) -> float:
        """Of the window; 0 for none."""
        return sum(bucket.total for row in self._rows for bucket in row) / (len(self) or 1)

    @property
    def variance(self) -> float:
        """Of the window: the mean squared difference from the mean."""
        count, whole = 0, Bucket(0.0, 0.0)
        for size, bucket in self._oldest_first():
            whole, count = _merged(count, whole, size, bucket), count + size
        return whole.spread / (count or 1)

    def add(self, value: float) -> int:
        """Put the next value in the window, and drop the older part while it differs from the newer.

        Returns:
            How many values were dropped because the series changed; 0 where it did not.

        Raises:
            DriftInputError: the value is none from 0 to 1.
        """
        if not 0 <= number(value, "value") <= 1:
            raise DriftInputError("value", "a number from 0 to 1 is needed")
        self._insert(Bucket(float(value), 0.0))
        dropped = 0
        while self._changed():
            dropped += self._forget()
        return dropped

    def state(self) -> dict[str, Any]:
        """The window in JSON values, for ``adwin_of``."""
        return {
            "version": _VERSION,
            "delta": self.delta,
            "totals": [[bucket.total for bucket in row] for row in self._rows],
            # Single values have no spread.
            "spreads": [[bucket.spread for bucket in row] for row in self._rows[1:]],
        }

    def _insert(self, bucket: Bucket) -> None:
        for power in range(ROWS):
            if power == len(self._rows):
                self._rows.append([])
            row = self._rows[power]
            row.append(bucket)
            if len(row) <= PER_ROW:
                return
            size = 1 << power
            bucket = _merged(size, row[0], size, row[1])
            if power == ROWS - 1:
                del row[0]
            else:
                del row[:2]

    def _changed(self) -> bool:
        """Whether the window can be cut so that both parts' means differ by more than chance allows."""
        count = len(self)
        if count < 2 * LEAST:
            return False
        total = self.mean * count
        confidence = log(2 * log(count) / self.delta)
        variance = self.variance
        older, older_total = 0, 0.0
        for size, bucket in self._oldest_first():
            older, older_total = older + size, older_total + bucket.total
            newer = count - older
            if newer < LEAST:
                return False
            if older >= LEAST:
                inverse = 1 / older + 1 / newer
                allowed = sqrt(2 * inverse * variance * confidence) + 2 / 3 * inverse * confidence
                if abs(older_total / older - (total - older_total) / newer) > allowed:
                    return True
        return False

    def _forget(self) -> int:
        """Drop the oldest bucket and say how many values it had."""
        power = max(power for power, row in enumerate(self._rows) if row)
        del self._rows[power][0], self._rows[power + 1 :]
        return 1 << power

    def _oldest_first(self) -> Iterator[tuple[int, Bucket]]:
        return chain.from_iterable(
            ((1 << power, bucket) for bucket in self._rows[power]) for power in reversed(range(len(self._rows)))
        )


def adwin_of(state: Any, field: str = "state") -> Adwin:
    """The window of a state that was kept.

    Raises:
        DriftInputError: it is none.
    """
    wrong = DriftInputError(field, "this is no window that was kept; begin with a new one")
    if not isinstance(state, Mapping) or state.get("version") != _VERSION:
        raise wrong
    totals, spreads = state.get("totals"), state.get("spreads")
    if not (isinstance(totals, list) and isinstance(spreads, list) and len(totals) <= ROWS):
        raise wrong
    window = Adwin(number(state.get("delta"), field))
    spreads = [[0.0] * len(totals[0]), *spreads] if totals and isinstance(totals[0], list) else spreads
    if len(spreads) != len(totals):
        raise wrong
    for power, (sums, squares) in enumerate(zip(totals, spreads, strict=True)):
        if not (isinstance(sums, list) and isinstance(squares, list) and len(sums) == len(squares) <= PER_ROW):
            raise wrong
        size = 1 << power
        if not all(is_number(each) and 0 <= each <= size for each in [*sums, *squares]):
            raise wrong
        window._rows.append([Bucket(float(a), float(b)) for a, b in zip(sums, squares, strict=True)])
    return window


def _merged(count: int, one: Bucket, size: int, other: Bucket) -> Bucket:
    """Two parts as one; their spreads add up, and with them that between their means."""
    if not count:
        return other
    apart = one.total / count - other.total / size
    between = apart * apart * count * size / (count + size)
    return Bucket(one.total + other.total, one.spread + other.spread + between)
