"""How decisions come out, and whether that changed: drift of the mix of outcomes against its baseline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log

from lukhas_common.guardian.outcomes import DecisionIndex, Noted, Outcome

BASELINE = 500
"""Decisions by which the mix is known that a version of the policies has at first."""

RECENT = 200
"""The newest ones, which are held against it."""

ALARM = 0.25
"""The population stability index from which on a mix counts as another one: the customary bound of credit scoring."""


@dataclass(frozen=True, slots=True)
class Drift:
    """How far the newest decisions are from the first ones under the same policies.

    Attributes:
        psi: the population stability index; None with too few decisions to tell.
        counted: decisions that there are to tell by, up to BASELINE + RECENT.
    """

    psi: float | None
    counted: int

    @property
    def detected(self) -> bool:
        return self.psi is not None and self.psi > ALARM


def population_stability(baseline: Iterable[Outcome], recent: Iterable[Outcome]) -> float:
    """Sum of (q - p)·ln(q / p) over the outcomes, with half a decision added to each so that none is zero."""
    before, after = Counter(baseline), Counter(recent)
    outcomes = list(Outcome)
    total = 0.0
    for outcome in outcomes:
        p = (before[outcome] + 0.5) / (before.total() + 0.5 * len(outcomes))
        q = (after[outcome] + 0.5) / (after.total() + 0.5 * len(outcomes))
        total += (q - p) * log(q / p)
    return total


def drift(index: DecisionIndex, since: float) -> Drift:
    """The drift of decisions that were made since a time.

    Args:
        since: when the policies became active, seconds since the epoch.
    """
    first = index.since(since, BASELINE)
    known = {noted.decision_id for noted in first}
    newest = [noted for noted in index.newest(RECENT) if noted.decision_id not in known and noted.at >= since]
    if len(first) < BASELINE or len(newest) < RECENT:
        return Drift(None, len(first) + len(newest))
    return Drift(population_stability(_outcomes(first), _outcomes(newest)), len(first) + len(newest))


def _outcomes(noted: Sequence[Noted]) -> list[Outcome]:
    return [each.outcome for each in noted]
