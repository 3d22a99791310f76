"""A series of scores: what its watch remembers, the last scores, and the alarms that are not sent yet."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from lukhas_common.consciousness.drift.detector import Severity
from lukhas_common.consciousness.drift.watch import Signal, Watch, watch_of
from lukhas_common.ids import uuid7

HISTORY = 100
"""Scores that are kept."""

REMEMBERED = 16
"""Detections that a repeat is known of."""

LARGEST = 4000
"""Bytes of a series at most, compressed and sealed."""

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Alarm:
    """That a series moved away from what was usual.

    Attributes:
        alarm_id: the same wherever it is told, so that whoever hears it twice knows.
        kind: ``alarm``, or ``confirmed`` once it is certain.
        score: the one that raised it.
        baseline: id of the state that was compared with; empty where it has none.
    """

    alarm_id: str
    kind: Signal
    at: float
    score: float
    severity: Severity
    baseline: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A detection of late: by which key and request it is known, and what the watch said."""

    key: str
    request: str
    signal: Signal


@dataclass(frozen=True, slots=True)
class Score:
    """A score of the series."""

    at: float
    value: float


@dataclass(frozen=True, slots=True)
class Series:
    """What is kept of a series.

    Attributes:
        name: what its owner calls it.
        version: of writes so far; 0 for one that is not stored.
        signal: what the watch said last.
        alarm_since: when the alarm that stands was raised; None where none does.
        scores: the last ones, the oldest first.
        unsent: alarms that nobody was told of yet, the oldest first.
    """

    name: str
    version: int = 0
    watch: Mapping[str, Any] = field(default_factory=lambda: Watch().state())
    signal: Signal = Signal.LEARNING
    alarm_since: float | None = None
    scores: tuple[Score, ...] = ()
    recent: tuple[Asked, ...] = ()
    unsent: tuple[Alarm, ...] = ()

    @property
    def usual(self) -> tuple[float, float] | None:
        """Mean and standard deviation of what is usual; None while it is learned."""
        return watch_of(self.watch).baseline

    def asked(self, key: str) -> Asked | None:
        """The detection that is known by a key."""
        return next((each for each in self.recent if each.key == key), None)

    def then(self, score: float, severity: Severity, baseline: str, at: float, key: str, request: str) -> Series:
        """The series after one more score."""
        watch = watch_of(self.watch)
        signal = watch.add(score)
        return replace(
            self,
            watch=watch.state(),
            signal=signal,
            alarm_since=self._alarm_since(signal, at),
            scores=(*self.scores, Score(at, score))[-HISTORY:],
            recent=(Asked(key, request, signal), *self.recent)[:REMEMBERED],
            unsent=(*self.unsent, *self._raised(signal, score, severity, baseline, at)),
        )

    def without(self, alarm: Alarm) -> Series:
        """The series once an alarm was told."""
        return replace(self, unsent=tuple(each for each in self.unsent if each.alarm_id != alarm.alarm_id))

    def _alarm_since(self, signal: Signal, at: float) -> float | None:
        """An alarm stands until scores are usual again, or the new usual is learned."""
        if signal is Signal.QUIET:
            return None
        return at if signal in (Signal.ALARM, Signal.CONFIRMED) and self.alarm_since is None else self.alarm_since

    def _raised(self, signal: Signal, score: float, severity: Severity, baseline: str, at: float) -> tuple[Alarm, ...]:
        """The alarm that begins with this score. While one of its kind waits to be sent, that one says it."""
        begins = signal is Signal.CONFIRMED or (signal is Signal.ALARM and self.signal is not Signal.ALARM)
        if not begins or any(each.kind is signal for each in self.unsent):
            return ()
        return (Alarm(uuid7(at), signal, at, score, severity, baseline),)

    def packed(self) -> bytes:
        """The series without its version, compressed, for ``unpacked``."""
        said = {
            "v": _VERSION,
            "name": self.name,
            "watch": dict(self.watch),
            "signal": self.signal,
            "since": self.alarm_since,
            "scores": [[round(each.at), round(each.value, 4)] for each in self.scores],
            "recent": [[each.key, each.request, each.signal] for each in self.recent],
            "unsent": [
                [each.alarm_id, each.kind, each.at, each.score, each.severity, each.baseline] for each in self.unsent
            ],
        }
        return zlib.compress(json.dumps(said, separators=(",", ":")).encode(), 9)


def unpacked(packed: bytes, version: int) -> Series:
    """The series that was packed.

    Raises:
        ValueError: it is none; its watch is looked at when it goes on.
    """
    said = json.loads(zlib.decompress(packed))
    if said["v"] != _VERSION:
        raise ValueError("a series of another version")
    return Series(
        name=said["name"],
        version=version,
        watch=said["watch"],
        signal=Signal(said["signal"]),
        alarm_since=said["since"],
        scores=tuple(Score(*each) for each in said["scores"]),
        recent=tuple(Asked(key, request, Signal(signal)) for key, request, signal in said["recent"]),
        unsent=tuple(
            Alarm(alarm_id, Signal(kind), at, score, Severity(severity), baseline)
            for alarm_id, kind, at, score, severity, baseline in said["unsent"]
        ),
    )


@dataclass(frozen=True, slots=True)
class StoredSeries:
    """A series as it is stored: sealed under a data key of its owner, at a place that tells nothing of its name."""

    owner: str
    place: str
    version: int
    key_id: str
    sealed: bytes = field(repr=False)


class SeriesStore(Protocol):
    """Keeps series, one item each. Reads are strongly consistent.

    ``put`` writes where the version before is stored, or nothing where it is the first, and answers whether it did. A
    write whose answer was lost may have been made: what was asked is in what is stored then. ``of_owner`` answers a
    page.
    """

    def find(self, owner: str, place: str) -> StoredSeries | None: ...
    def put(self, series: StoredSeries, at: float) -> bool: ...
    def of_owner(self, owner: str) -> list[StoredSeries]: ...
