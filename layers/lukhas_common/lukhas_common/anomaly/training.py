"""Training a detector anew, and falling back to the last good one where the new one cannot be trusted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import log, log1p
from random import Random

from lukhas_common.anomaly.detectors import FEWEST_ROWS, WINDOWS, Detector
from lukhas_common.anomaly.errors import RowsError
from lukhas_common.anomaly.features import FEATURES
from lukhas_common.anomaly.forest import checked
from lukhas_common.anomaly.models import REFERENCE, Model, model_of
from lukhas_common.anomaly.trees import Row
from lukhas_common.consciousness.drift.bins import quantile_bins
from lukhas_common.consciousness.drift.samples import kolmogorov_smirnov
from lukhas_common.stability import ALARM, population_stability

HELD_OUT = 5_000
"""Rows that a new detector is tried on, at most: a fifth that it has not seen."""

TOO_MANY = 0.01
"""Share of the rows held out that are alerts from which on a detector is refused."""

CANARIES: Mapping[str, Mapping[str, float]] = {
    "credential stuffing": {
        "requests": log1p(1000),
        "requests_more": log(100),
        "endpoint_more": log(300),
        "failures": log1p(1000),
        "failure_burst": log1p(60),
        "new_networks": log1p(1),
    },
    "scraping": {
        "requests": log1p(5000),
        "requests_more": log(500),
        "endpoint_more": log(800),
        "read": log1p(50_000_000),
        "read_more": log(1000),
    },
    "an insider": {
        "requests": log1p(500),
        "requests_more": log(50),
        "endpoint_more": log(80),
        "read_more": log(50),
        "subjects": log1p(500),
        "subjects_more": log(250),
    },
}
"""Windows of plain misuse, on top of what is usual: a detector that misses one was trained on too much of it."""


@dataclass(frozen=True, slots=True)
class Shift:
    """How far one feature of new rows is from the rows of the model before.

    Attributes:
        stability: the population stability index, over tenths of the rows before.
        apart: the greatest difference of the distribution functions (Kolmogorov and Smirnov).
    """

    feature: str
    stability: float
    apart: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a training.

    Attributes:
        model: to go on with: the new one if it is accepted, else the one before; None if there is none.
        accepted: whether a new one is.
        reason: why, for people.
        shifts: each feature, those that moved most first; empty where there was nothing to compare.
    """

    model: Model | None
    accepted: bool
    reason: str
    shifts: tuple[Shift, ...] = ()


def train(
    rows: Iterable[Row],
    previous: Model | None,
    *,
    seed: int | str,
    at: datetime | None = None,
    features: Sequence[str] = FEATURES,
    windows_a_day: float = WINDOWS,
    accept_drift: bool = False,
) -> Outcome:
    """Train on rows, in whatever order they come, and tell whether the new model is to be used.

    It is not where the rows are too few, are no rows, or moved away from those of the model before (an outage, a new
    kind of client, or somebody who teaches it bit by bit), where a new model would alert at every hundredth row that
    it has not seen, or would miss plain misuse. Whoever has looked at the drift may accept it.

    Args:
        previous: the last good model.
        at: when, in UTC; now if it is left out.
        windows_a_day: rows that a principal has on a day, on average.
    """
    try:
        ordered = sorted(checked(rows))
        if len(ordered) < 2 * FEWEST_ROWS or len(ordered[0]) != len(features):
            raise RowsError(f"{2 * FEWEST_ROWS} rows at least are needed, of {len(features)} numbers")
    except RowsError as error:
        return Outcome(previous, False, str(error))
    Random(seed).shuffle(ordered)  # noqa: S311 - not for secrets
    cut = min(HELD_OUT, len(ordered) // 5)
    held_out, kept = ordered[:cut], ordered[cut:]
    found = shifts(previous, kept[:REFERENCE], features)
    drifted = [shift for shift in found if shift.stability > ALARM]
    if drifted and not accept_drift:
        named = ", ".join(f"{shift.feature} (PSI {shift.stability:.2f})" for shift in drifted[:3])
        return Outcome(previous, False, f"the rows drifted: {named}", found)
    detector = Detector.fit(kept, features=features, seed=seed, windows_a_day=windows_a_day)
    alerts = sum(detector.score(row).severity is not None for row in held_out)
    if alerts > max(1.0, TOO_MANY * cut):
        return Outcome(previous, False, f"{alerts} of {cut} rows that it has not seen would be alerts", found)
    missed = [name for name, row in _canaries(detector) if detector.score(row).severity is None]
    if missed:
        return Outcome(previous, False, f"it would miss plain misuse: {', '.join(missed)}", found)
    model = model_of(detector, kept[:REFERENCE], at or datetime.now(UTC), previous, len(ordered))
    drift = f"; drift accepted in {len(drifted)} features" if drifted else ""
    return Outcome(model, True, f"{alerts} of {cut} rows that it has not seen would be alerts{drift}", found)


def shifts(previous: Model | None, rows: Sequence[Row], features: Sequence[str]) -> tuple[Shift, ...]:
    """How far each feature moved, those that moved most first.

    Nothing where there is no model before, or it is one of other features: then there is nothing to compare with.
    """
    if previous is None or previous.detector.features != tuple(features):
        return ()
    pairs = zip(features, zip(*previous.reference, strict=True), zip(*rows, strict=True), strict=True)
    return tuple(sorted((_shift(*pair) for pair in pairs), key=lambda shift: -shift.stability))


def _shift(feature: str, before: Sequence[float], after: Sequence[float]) -> Shift:
    bins = quantile_bins(before)
    counts = bins.count(sorted(before)), bins.count(sorted(after))
    return Shift(feature, population_stability(*counts), kolmogorov_smirnov(before, after).statistic)


def _canaries(detector: Detector) -> list[tuple[str, Row]]:
    middles = {name: of.middle for name, of in zip(detector.features, detector.usuals, strict=True)}
    if detector.features != FEATURES:
        return []
    return [(name, tuple({**middles, **values}.values())) for name, values in CANARIES.items()]
