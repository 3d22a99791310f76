"""How decisions come out, and whether that changed: drift of the mix of outcomes against its baseline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log

from lukhas_common.guardian.outcomes import Day, Outcome

BASELINE = 500
"""Decisions at least by which a mix is known."""

RECENT = 200
"""Decisions at least that are held against it."""

DAYS = 30
"""Days that are looked back."""

ALARM = 0.25
"""The population stability index from which on a mix counts as another one: the customary bound of credit scoring."""


@dataclass(frozen=True, slots=True)
class Drift:
    """How far today's and yesterday's decisions are from those of the days before, under the same policies.

    Attributes:
        psi: the population stability index; None with too few decisions to tell.
        baseline: decisions that were counted before.
        recent: decisions that are held against them.
    """

    psi: float | None
    baseline: int
    recent: int

    @property
    def detected(self) -> bool:
        return self.psi is not None and self.psi > ALARM


def population_stability(before: Mapping[Outcome, int], after: Mapping[Outcome, int]) -> float:
    """Sum of (q - p)·ln(q / p) over the outcomes, with half a decision added to each so that none is zero."""
    outcomes = list(Outcome)
    total = 0.0
    for outcome in outcomes:
        p = (before.get(outcome, 0) + 0.5) / (sum(before.values()) + 0.5 * len(outcomes))
        q = (after.get(outcome, 0) + 0.5) / (sum(after.values()) + 0.5 * len(outcomes))
        total += (q - p) * log(q / p)
    return total


def drift(days: Iterable[Day], since: float, now: float) -> Drift:
    """The drift of the last two days.

    Args:
        since: when the policies became active, seconds since the epoch; that day is half of other policies, so it does
            not count.
    """
    first, today = int(since // 86400) + 1, int(now // 86400)
    before: Counter[Outcome] = Counter()
    after: Counter[Outcome] = Counter()
    for day in days:
        if day.number >= first:
            (after if day.number >= today - 1 else before).update(day.counts)
    enough = before.total() >= BASELINE and after.total() >= RECENT
    return Drift(population_stability(before, after) if enough else None, before.total(), after.total())
