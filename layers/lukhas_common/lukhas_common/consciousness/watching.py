"""Feeding scores to series, and telling of the alarms that they raise.

A score is fed by one conditional write, which also keeps the alarm that it raised. Telling of it comes after: the
ledger first, then whoever listens, then the series forgets it. Where that breaks off, the next detection goes on.
"""

from __future__ import annotations

import random
import secrets
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from lukhas_common import times
from lukhas_common.audit import Audit
from lukhas_common.consciousness.drift.detector import Severity
from lukhas_common.consciousness.drift.watch import Signal
from lukhas_common.consciousness.errors import ConsciousnessError, ConsciousnessReason, key_reused
from lukhas_common.consciousness.series import LARGEST, Alarm, Series, SeriesStore, StoredSeries, unpacked
from lukhas_common.crypto.sealing import SealError, derive, seal, unseal
from lukhas_common.ledger.data_keys import DataKey
from lukhas_common.ledger.ledger import Draft, Ledger, Opened
from lukhas_common.routes import SYSTEM
from lukhas_common.times import Clock

MOST = 20
"""Series of an owner at most."""

RAISED = "drift.alarm_raised"
"""The kind of the ledger's entries, and of the events."""

_TRIES = 40
_LOOKED_BACK = 8
_RANDOM = random.SystemRandom()


class EventBus(Protocol):
    """Tells whoever listens. ``send`` raises if nobody can say that it was taken; it may be taken twice."""

    def send(self, kind: str, detail: dict[str, Any]) -> None: ...


@dataclass(frozen=True, slots=True)
class Fed:
    """What came of a score.

    Attributes:
        signal: what the watch said to it.
        repeated: whether it had been fed before, under the same key.
        is_told: whether all alarms of the series were told.
    """

    series: Series
    signal: Signal
    repeated: bool
    is_told: bool


@dataclass(frozen=True, slots=True)
class Watching:
    """The series of all owners."""

    store: SeriesStore
    ledger: Ledger
    bus: EventBus
    audit: Audit
    clock: Clock
    sleep: Callable[[float], None] = time.sleep

    def feed(
        self,
        owner: str,
        name: str,
        score: float,
        severity: Severity,
        *,
        baseline: str = "",
        request: bytes = b"",
        idempotency_key: str | None = None,
    ) -> Fed:
        """Give a series its next score, and tell of its alarms.

        Args:
            request: what was asked; with the same idempotency key it must be the same.

        Raises:
            ConsciousnessError: the key was used with another request, the owner has too many series, or others feed
                this one all the time.
            LedgerError: an alarm could not be put on record. The score was fed; the same request goes on.
        """
        asked = self._hash(owner, request)
        key = (
            secrets.token_hex(8) if idempotency_key is None else self._hash(owner, b"key\0" + idempotency_key.encode())
        )
        place = self._place(owner, name)
        for attempt in range(_TRIES):
            series = self._load(owner, place, name) or self._first(owner, name)
            if known := series.asked(key):
                if known.request != asked:
                    raise key_reused()
                # Without a key of the caller, it is a write of just now whose answer was lost.
                repeated = idempotency_key is not None and not attempt
                return Fed(series, known.signal, repeated, self._tell(owner, place, series))
            after = series.then(score, severity, baseline, self.clock(), key, asked)
            if self._save(owner, place, after):
                return Fed(after, after.signal, False, self._tell(owner, place, after))
            self.sleep(_RANDOM.uniform(0, min(0.2, 0.005 * 2**attempt)))
        raise _busy()

    def of_owner(self, owner: str) -> list[Series]:
        """The series of an owner, by name. Those that were sealed under a key that is destroyed are gone."""
        opened = [self._opened(stored) for stored in self.store.of_owner(owner)]
        return sorted((series for series in opened if series is not None), key=lambda series: series.name)

    def _tell(self, owner: str, place: str, series: Series) -> bool:
        """Tell of the alarms that nobody was told of, in order; whether all were."""
        for alarm in series.unsent:
            entry = self._record(owner, place, series, alarm)
            try:
                self.bus.send(
                    RAISED, {**_detail(series, alarm), "owner": _kind(owner), "entry_hash": entry.entry.hash.hex()}
                )
            except Exception as error:  # noqa: BLE001 - it stays in the series, for the next detection to send
                self.audit.alarm("drift.alarm_not_sent", error, alarm_id=alarm.alarm_id)
                return False
            self._forget(owner, place, alarm)
        return True

    def _record(self, owner: str, place: str, series: Series, alarm: Alarm) -> Opened:
        """The ledger's entry of the alarm: the one that there is, if somebody who tells of it too has put it there."""
        stream = f"drift/{owner}/{place}"

        def compose(newest: Opened | None, _now: float) -> Draft | Opened:
            if newest is not None:
                for opened in self.ledger.read(stream, max(0, newest.entry.seq - _LOOKED_BACK)):
                    if opened.body.get("alarm_id") == alarm.alarm_id:
                        return opened
            return Draft(RAISED, _detail(series, alarm), owner)

        return self.ledger.append_to(stream, compose)

    def _forget(self, owner: str, place: str, alarm: Alarm) -> None:
        for attempt in range(_TRIES):
            series = self._load(owner, place, "")
            if series is None or all(each.alarm_id != alarm.alarm_id for each in series.unsent):
                return
            if self._save(owner, place, series.without(alarm)):
                return
            self.sleep(_RANDOM.uniform(0, min(0.2, 0.005 * 2**attempt)))
        raise _busy()

    def _first(self, owner: str, name: str) -> Series:
        if len(self.of_owner(owner)) >= MOST:
            raise ConsciousnessError(
                ConsciousnessReason.TOO_MANY_SERIES,
                f"There are {MOST} series already; one that is not fed for 90 days is forgotten.",
            )
        return Series(name)

    def _load(self, owner: str, place: str, name: str) -> Series | None:
        """The series at a place; one that cannot be read begins anew."""
        stored = self.store.find(owner, place)
        return None if stored is None else self._opened(stored) or Series(name, stored.version)

    def _opened(self, stored: StoredSeries) -> Series | None:
        """The series; None where its key was destroyed, or it cannot be read, which is an alarm."""
        key = self.ledger.keys.to_open(stored.owner, stored.key_id)
        if key is None:
            return None
        try:
            series = unpacked(unseal(_secret(key), stored.sealed, _bound(stored)), stored.version)
            _ = series.usual
        except (SealError, ValueError, KeyError, TypeError, zlib.error) as error:
            self.audit.alarm("drift.series_damaged", error, place=stored.place)
            return None
        return series

    def _save(self, owner: str, place: str, series: Series) -> bool:
        """Store the series after its version; whether nobody else had come first."""
        key = self.ledger.keys.to_seal(owner)
        made = StoredSeries(owner, place, series.version + 1, key.key_id, b"")
        sealed = seal(_secret(key), series.packed(), _bound(made))
        assert len(sealed) <= LARGEST  # noqa: S101 - its parts are bounded
        return self.store.put(replace(made, sealed=sealed), self.clock())

    def _place(self, owner: str, name: str) -> str:
        return self.ledger.keys.keyed_hash(owner, b"lukhas drift series v1", name.encode())[:32]

    def _hash(self, owner: str, asked: bytes) -> str:
        return self.ledger.keys.keyed_hash(owner, b"lukhas drift request v1", asked)[:16]


def _detail(series: Series, alarm: Alarm) -> dict[str, Any]:
    """What is told of an alarm. Paths of states and their values are personal, and stay out of it."""
    return {
        "alarm_id": alarm.alarm_id,
        "kind": str(alarm.kind),
        "series": series.name,
        "at": times.rfc3339(alarm.at),
        "score": alarm.score,
        "severity": str(alarm.severity),
        "baseline_id": alarm.baseline or None,
    }


def _kind(owner: str) -> str:
    """Whether the series is the system's; which person's it is, the ledger knows."""
    return SYSTEM if owner == SYSTEM else "person"


def _secret(key: DataKey) -> bytes:
    return derive(key.secret, b"lukhas drift series v1")


def _bound(stored: StoredSeries) -> bytes:
    return f"{stored.owner}/{stored.place}/{stored.version}".encode()


def _busy() -> ConsciousnessError:
    return ConsciousnessError(ConsciousnessReason.SERIES_BUSY, "Others feed this series all the time: try again.")
