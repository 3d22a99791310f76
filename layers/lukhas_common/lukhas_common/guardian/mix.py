"""How decisions come out, and whether that changed: drift of the mix of outcomes against its baseline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lukhas_common import stability
from lukhas_common.guardian.outcomes import Day, Outcome
from lukhas_common.stability import ALARM

BASELINE = 500
"""Decisions at least by which a mix is known."""

RECENT = 200
"""Decisions at least that are held against it."""

DAYS = 30
"""Days that are looked back."""


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
    """The index over the outcomes, with half a decision added to each so that none is zero."""
    outcomes = list(Outcome)
    return stability.population_stability(
        [before.get(outcome, 0) for outcome in outcomes],
        [after.get(outcome, 0) for outcome in outcomes],
        added=0.5,
    )


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
