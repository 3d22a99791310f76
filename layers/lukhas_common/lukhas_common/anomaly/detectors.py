"""The detector: an isolation forest, and per feature how rare and how far out a value is."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from random import Random
from typing import Any

from lukhas_common import strict_json
from lukhas_common.anomaly import blob
from lukhas_common.anomaly.errors import ModelDamagedError, RowsError
from lukhas_common.anomaly.forest import SAMPLE, TREES, IsolationForest, checked
from lukhas_common.anomaly.robust import Usual, usual
from lukhas_common.anomaly.tail import Tail, tail
from lukhas_common.anomaly.trees import Row

FEWEST_ROWS = 100
"""Rows that a detector is trained on, at least."""

WEIGHTS = {"forest": 1.0, "rarity": 1.0, "deviation": 0.15}
"""Of the three parts of a score, each from 0 to 1: one choice for all data (docs/design/privacy-anomaly-card.md)."""

RAREST, FAR = 10.0, 20.0
"""A rarity that counts in full: one value in 22,000; and the deviations that count for half."""

REFERENCE, HELD_OUT = 20_000, 8_000
"""Rows that tell what is usual, and rows whose scores tell what is unusual, at most."""

FALSE_ALERTS, WINDOWS = 1 / 1000, 24.0
"""Of one principal in a day, false alerts at most, and rows at most."""

RESERVE = 2
"""How many times rarer alerts are to be than that: rows of one principal are alike, and days differ."""

_KIND, _VERSION = b"detector", 1
_LENGTHS = struct.Struct("<II")


class Severity(StrEnum):
    """How rare such a score is: each ten times rarer than the one before."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


_SEVERITIES = (None, *Severity)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a detector says of a row.

    It is an alert if its score is above the threshold, or a feature is farther above what is usual than the limit:
    beyond everything it knows, a forest does not tell far from farther.

    Attributes:
        score: from 0 to 1.
        threshold: of the score.
        limit: of the deviations.
        severity: None where it is no alert.
        contributions: each feature with its deviations from what is usual, those that are farthest out first.
    """

    score: float
    threshold: float
    limit: float
    severity: Severity | None
    contributions: tuple[tuple[str, float], ...]


class Detector:
    """Scores rows by what it was trained on; immutable."""

    def __init__(
        self,
        features: Sequence[str],
        forest: IsolationForest,
        usuals: Sequence[Usual],
        tails: tuple[Tail, Tail],
        rate: float,
    ) -> None:
        """A detector of these parts.

        Args:
            tails: how high scores of usual rows get, and the deviations of the feature that is farthest above.
            rate: of usual rows that are an alert, more than 0.

        Raises:
            ValueError: they are not of the same features, or the rate is none.
        """
        if not 0 < rate < 1:
            raise ValueError("a rate is between 0 and 1")
        if not len(set(features)) == len(features) == forest.width == len(usuals):
            raise ValueError("each feature needs a name of its own and what is usual of it")
        self.features, self.forest, self.usuals = tuple(features), forest, tuple(usuals)
        self.tails, self.rate = tails, rate
        each = rate / RESERVE / len(tails)
        self.thresholds, self.limits = (
            tuple(found.at(each / 10**step) for step in range(len(Severity))) for found in tails
        )

    @classmethod
    def fit(
        cls,
        rows: Iterable[Row],
        *,
        features: Sequence[str] = (),
        trees: int = TREES,
        sample: int = SAMPLE,
        seed: int | str = 0,
        windows_a_day: float = WINDOWS,
    ) -> Detector:
        """A detector of rows, in whatever order they come; the same for the same rows and seed.

        The threshold is where a row of the same kind is expected once in 1,000 principals and days, by the scores of a
        fifth of the rows, on which the forest was not grown.

        Args:
            features: names; the places of the numbers where they are left out.
            windows_a_day: rows that a principal has on a day, on average.

        Raises:
            RowsError: there are fewer than ``FEWEST_ROWS``, or they are no rows.
        """
        ordered = sorted(checked(rows))
        if len(ordered) < FEWEST_ROWS:
            raise RowsError(f"{FEWEST_ROWS} rows at least are needed")
        chance = Random(seed)  # noqa: S311 - not for secrets
        chance.shuffle(ordered)
        cut = min(HELD_OUT, len(ordered) // 5)
        held_out, kept = ordered[:cut], ordered[cut:]
        forest = IsolationForest.grown(kept, trees, sample, chance)
        usuals = [usual(values) for values in zip(*kept[:REFERENCE], strict=True)]
        names = features or [str(place) for place in range(forest.width)]
        away = [_deviations(usuals, row) for row in held_out]
        scores = [_score(forest.score(row), usuals, row, z) for row, z in zip(held_out, away, strict=True)]
        tails = tail(scores), tail([max(z) for z in away])
        return cls(names, forest, usuals, tails, FALSE_ALERTS / windows_a_day)

    def score(self, row: Row) -> Finding:
        """What is to be said of a row.

        Raises:
            RowsError: it is no row of these features.
        """
        isolated = self.forest.score(row)
        deviations = _deviations(self.usuals, row)
        score = _score(isolated, self.usuals, row, deviations)
        farthest = max(deviations)
        passed = sum(
            score > threshold or farthest > limit for threshold, limit in zip(self.thresholds, self.limits, strict=True)
        )
        away = sorted(zip(self.features, deviations, strict=True), key=lambda one: -abs(one[1]))
        return Finding(score, self.thresholds[0], self.limits[0], _SEVERITIES[passed], tuple(away))

    def to_bytes(self) -> bytes:
        """The detector as bytes; of equal detectors equal ones."""
        usuals = [[of.middle, of.below, of.above, of.lows, of.highs] for of in self.usuals]
        tails = [[found.start, found.share, found.mean] for found in self.tails]
        said = {"features": self.features, "usuals": usuals, "tails": tails, "rate": self.rate}
        head = json.dumps(said, separators=(",", ":")).encode()
        forest = self.forest.to_bytes()
        return blob.seal(_KIND, _VERSION, _LENGTHS.pack(len(head), len(forest)) + head + forest)

    @classmethod
    def from_bytes(cls, data: bytes) -> Detector:
        """The detector in bytes.

        Raises:
            ModelDamagedError: they are none as it was written.
        """
        body = blob.unseal(_KIND, _VERSION, data)
        try:
            head, forest = _LENGTHS.unpack_from(body)
            at = _LENGTHS.size
            if len(body) != at + head + forest:
                raise ValueError("the lengths do not fit")
            said = strict_json.loads(body[at : at + head])
            usuals = [_usual(*given) for given in said["usuals"]]
            names = [name for name in said["features"] if isinstance(name, str)]
            grown = IsolationForest.from_bytes(body[at + head :])
            scores, deviations = said["tails"]
            return cls(names, grown, usuals, (_tail(*scores), _tail(*deviations)), _number(said["rate"]))
        except (ValueError, TypeError, KeyError, struct.error) as error:
            raise ModelDamagedError("no detector") from error


def _deviations(usuals: Sequence[Usual], row: Row) -> list[float]:
    return [of.z(value) for of, value in zip(usuals, row, strict=True)]


def _score(isolated: float, usuals: Sequence[Usual], row: Row, deviations: Sequence[float]) -> float:
    rarity = sum(min(of.rarity(value), RAREST) for of, value in zip(usuals, row, strict=True))
    farthest = max(*deviations, -min(deviations))
    parts = {"forest": isolated, "rarity": rarity / RAREST / len(usuals), "deviation": farthest / (farthest + FAR)}
    return sum(weight * parts[part] for part, weight in WEIGHTS.items()) / sum(WEIGHTS.values())


def _usual(middle: Any, below: Any, above: Any, lows: Any, highs: Any) -> Usual:
    found = Usual(
        _number(middle), _number(below), _number(above), tuple(map(_number, lows)), tuple(map(_number, highs))
    )
    if min(below, above) <= 0 or list(highs) != sorted(highs) or list(lows) != sorted(lows, reverse=True):
        raise ValueError("not in order")
    return found


def _tail(start: Any, share: Any, mean: Any) -> Tail:
    found = Tail(_number(start), _number(share), _number(mean))
    if not (0 < found.share <= 1 and found.mean > 0):
        raise ValueError("no tail")
    return found


def _number(given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not isfinite(given):
        raise ValueError("no finite number")
    return float(given)
