"""Drift of a state against its baseline."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from lukhas_common.consciousness.drift.bins import jensen_shannon, quantile_bins, sample_stability
from lukhas_common.consciousness.drift.errors import DriftInputError, Number, number
from lukhas_common.consciousness.drift.gower import Change, Contribution, compare, weight, width
from lukhas_common.consciousness.drift.paths import FEWEST_SAMPLES, flatten, spread
from lukhas_common.consciousness.drift.patterns import patterns
from lukhas_common.consciousness.drift.samples import kolmogorov_smirnov, ordered, wasserstein

THRESHOLD = 0.25
"""The score from which on a state has drifted, where no other is given."""


class Severity(StrEnum):
    """How grave a drift is. What is beyond the threshold is divided into three equal parts."""

    NONE = "none"
    LOW = "low"
    """Something differs; the score is below the threshold."""
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class SampleDrift:
    """How far the numbers at a path are from those of the baseline.

    Attributes:
        psi: population stability index in bins of the baseline's quantiles, tenths where it has 40 values or more.
        kolmogorov_smirnov: the statistic, which is also the distance that goes into the score.
        p_value: of that statistic.
        wasserstein: in the unit of the numbers.
        jensen_shannon: distance of the counts in the same bins.
    """

    psi: float
    kolmogorov_smirnov: float
    p_value: float
    wasserstein: float
    jensen_shannon: float


@dataclass(frozen=True, slots=True)
class Drift:
    """How far a state is from its baseline.

    Attributes:
        score: from 0 to 1, the sum of the contributions.
        drifted: whether the score reaches the threshold.
        compared: paths that weigh something, in either state.
        contributions: of the paths that differ, the largest first.
        samples: by path, of lists of numbers that were compared as samples.
    """

    score: float
    drifted: bool
    severity: Severity
    compared: int
    contributions: tuple[Contribution, ...]
    samples: Mapping[str, SampleDrift]

    def paths(self, change: Change) -> tuple[str, ...]:
        """What was added, removed or changed, in order."""
        return tuple(sorted(each.path for each in self.contributions if each.change is change))


def detect(
    baseline: Mapping[str, Any],
    current: Mapping[str, Any],
    *,
    ranges: Mapping[str, tuple[Number, Number]] | None = None,
    weights: Mapping[str, Number] | None = None,
    threshold: float = THRESHOLD,
    places: Collection[str] = (),
) -> Drift:
    """Compare a state with its baseline; see ``gower.distance`` for how.

    Where both have a list of ``FEWEST_SAMPLES`` numbers or more, and of nothing else, at a path, these are samples:
    their order means nothing, and their distance is the statistic of Kolmogorov and Smirnov. So equal distributions are
    no drift.

    Args:
        ranges: the least and the greatest value that a number may have, by path or pattern.
        weights: by path or pattern, 1 where none is given; 0 leaves the path out.
        threshold: above 0, and 1 at most.
        places: paths or patterns of lists of numbers whose places mean something, such as vectors; they are compared
            place by place.

    Raises:
        DriftInputError: an argument cannot be used.
    """
    if not 0 < number(threshold, "threshold") <= 1:
        raise DriftInputError("threshold", "a number above 0 and up to 1 is needed")
    if isinstance(places, str):
        raise DriftInputError("places", "a list of paths is needed")
    vectors = patterns(dict.fromkeys(places, True), "places", bool)
    heavy = patterns(weights or {}, "weights", weight)
    sides: dict[str, Mapping[str, Any]] = {"baseline": baseline, "current": current}
    for field, state in sides.items():
        if not isinstance(state, Mapping):
            raise DriftInputError(field, "a state is an object")
    before, after = (flatten(state, field=field, whole=FEWEST_SAMPLES) for field, state in sides.items())
    shared = frozenset(
        path
        for path, leaf in before.items()
        if isinstance(leaf, tuple) and isinstance(after.get(path), tuple) and not vectors.find(path)
    )
    samples = {
        path: _sample_drift(before[path], after[path]) for path in sorted(shared) if heavy.find(path) != Fraction(0)
    }
    found = compare(
        spread(before, shared, "baseline"),
        spread(after, shared, "current"),
        patterns(ranges or {}, "ranges", width),
        heavy,
        {path: Fraction(each.kolmogorov_smirnov) for path, each in samples.items()},
    )
    return Drift(
        found.score,
        found.score >= threshold,
        severity(found.score, threshold),
        found.compared,
        found.contributions,
        samples,
    )


def severity(score: float, threshold: float = THRESHOLD) -> Severity:
    """How grave a score is."""
    if score < threshold:
        return Severity.LOW if score else Severity.NONE
    part = (1 - threshold) / 3
    if score < threshold + part:
        return Severity.MEDIUM
    return Severity.HIGH if score < threshold + 2 * part else Severity.CRITICAL


def _sample_drift(before: Any, after: Any) -> SampleDrift:
    one, two = ordered(before, "baseline"), ordered(after, "current")
    bins = quantile_bins(one)
    test = kolmogorov_smirnov(one, two)
    return SampleDrift(
        psi=sample_stability(one, two, bins),
        kolmogorov_smirnov=test.statistic,
        p_value=test.p_value,
        wasserstein=wasserstein(one, two),
        jensen_shannon=jensen_shannon(bins.count(one), bins.count(two)),
    )
