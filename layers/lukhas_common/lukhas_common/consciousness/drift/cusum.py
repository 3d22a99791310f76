"""CUSUM: sums of what values exceed their baseline by, which raise the alarm (Page 1954)."""

from __future__ import annotations

from dataclasses import dataclass

K = 0.5
"""Standard deviations that a value may be off without adding to a sum: half the shift that is to be found soonest."""

H = 8.0
"""The sum, in standard deviations, from which on there is an alarm."""


@dataclass(frozen=True, slots=True)
class Cusum:
    """The two sums so far, in standard deviations; 0 where values are as the baseline has them.

    Attributes:
        above: of how far values lay above the mean by more than ``K``.
        below: likewise below.
    """

    above: float = 0.0
    below: float = 0.0

    def then(self, score: float) -> Cusum:
        """The sums after another value, given in standard deviations from the baseline's mean.

        They are held at twice ``H``, so that one wild value is forgotten within some tens of ordinary ones.
        """
        return Cusum(
            min(2 * H, max(0.0, self.above + score - K)),
            min(2 * H, max(0.0, self.below - score - K)),
        )

    @property
    def alarm(self) -> bool:
        return max(self.above, self.below) > H
