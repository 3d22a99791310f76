"""The daily training: a new detector from what was seen of late, held against the one before, and told of.

What came of it is one item, written on the condition of its version; it names the model that is in use, which was
stored before under the hash of its bytes. Telling comes after: the ledger first, then whoever listens, then the item
says so. Where that breaks off, the next run goes on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from lukhas_common import times
from lukhas_common.anomaly.errors import ModelDamagedError
from lukhas_common.anomaly.models import Model
from lukhas_common.anomaly.training import Outcome, train
from lukhas_common.anomaly.trees import Row
from lukhas_common.audit import Audit
from lukhas_common.consciousness.watching import EventBus
from lukhas_common.ledger.ledger import Draft, Ledger, Opened
from lukhas_common.times import Clock

TRAINED = "anomaly.trained"
"""The kind of the ledger's entries, and of the events."""

STREAM = "anomaly/models"

_KEPT = 30
"""Models that are kept: the one in use, and those before it that it can be rolled back to."""

_MOVED = 3
"""Features that are named of those that moved most."""


@dataclass(frozen=True, slots=True)
class Training:
    """What came of a training.

    Attributes:
        version: counts the trainings.
        at: seconds since the epoch.
        model_id: of the model that is in use since; None where there is none.
        detail: what is told of it: JSON values, of counts and names of features only.
    """

    version: int
    at: float
    model_id: str | None
    accepted: bool
    detail: Mapping[str, Any]
    told: bool = False


class ModelStore(Protocol):
    """Keeps rows to train by, models and what came of trainings.

    ``rows`` answers rows of late, a fair share of each reading, ``most`` at most. ``add_rows`` keeps the first that is
    given for a reading. ``save`` stores a training if the one stored is of the version before; it answers whether it is
    stored now. ``keep_models`` deletes all models but these and those that were added since a time. Reads are strongly
    consistent.
    """

    def add_rows(self, until: int, rows: Sequence[Row]) -> None: ...
    def rows(self, most: int) -> Iterable[Row]: ...
    def add_model(self, model_id: str, data: bytes) -> None: ...
    def model(self, model_id: str) -> bytes | None: ...
    def keep_models(self, kept: Collection[str], since: float) -> None: ...
    def newest(self) -> Training | None: ...
    def save(self, training: Training) -> bool: ...
    def told(self, training: Training) -> None: ...


@dataclass(frozen=True, slots=True)
class Trainings:
    """The trainings of one system.

    Attributes:
        apart: seconds that lie between two trainings at least: a run that is repeated trains once.
        most: rows that are trained on at most.
    """

    store: ModelStore
    ledger: Ledger
    bus: EventBus
    audit: Audit
    clock: Clock
    apart: float = 43_200.0
    most: int = 100_000

    def current(self) -> Model | None:
        """The model in use; None where there is none, or none that can be read, which is an alarm."""
        newest = self.store.newest()
        return None if newest is None else self._model(newest.model_id)

    def run(self, *, accept_drift: bool = False, roll_back: bool = False) -> Training | None:
        """Train if it is time, and tell of it. May run twice at once, or be killed anywhere.

        Args:
            accept_drift: whether somebody looked at how the rows moved, and wants a model of them.
            roll_back: go back to the model before the one in use instead.

        Raises:
            Exception: whatever a port raised. The next run goes on.
        """
        newest = self.store.newest()
        if newest is not None and not newest.told:
            self._tell(newest)
        if newest is None or accept_drift or roll_back or self.clock() - newest.at >= self.apart:
            made = self._rolled_back(newest) if roll_back else self._trained(newest, accept_drift=accept_drift)
            if self.store.save(made):
                self._tell(made)
                self._sweep(made)
        return self.store.newest()

    def _trained(self, newest: Training | None, *, accept_drift: bool) -> Training:
        previous, now = None if newest is None else self._model(newest.model_id), self.clock()
        version = newest.version + 1 if newest else 1
        outcome = train(
            self.store.rows(self.most), previous, seed=version, at=times.utc(now), accept_drift=accept_drift
        )
        if outcome.accepted and outcome.model is not None:
            self.store.add_model(outcome.model.id, outcome.model.to_bytes())
        model_id = outcome.model.id if outcome.model else None
        return Training(version, now, model_id, outcome.accepted, _detail(version, now, outcome))

    def _rolled_back(self, newest: Training | None) -> Training:
        """The training that goes back to the parent of the model in use.

        Raises:
            LookupError: there is none.
        """
        current = self._model(newest.model_id) if newest else None
        parent = self._model(current.parent) if current else None
        if newest is None or parent is None:
            raise LookupError("there is no model before the one in use")
        version, now = newest.version + 1, self.clock()
        outcome = Outcome(parent, False, "rolled back by hand")
        return Training(version, now, parent.id, False, _detail(version, now, outcome))

    def _model(self, model_id: str | None) -> Model | None:
        data = None if model_id is None else self.store.model(model_id)
        try:
            model = None if data is None else Model.from_bytes(data)
            if model is not None and model.id != model_id:
                raise ModelDamagedError("another model than the one that is named")
        except ModelDamagedError as error:
            self.audit.alarm("anomaly.model_damaged", error, model_id=model_id)
            return None
        if model_id is not None and model is None:
            self.audit.alarm("anomaly.model_damaged", LookupError("it is gone"), model_id=model_id)
        return model

    def _sweep(self, training: Training) -> None:
        """Delete models that nothing goes back to. One that is new may be of a training that is under way."""
        kept, model_id = list[str](), training.model_id
        while model_id is not None and len(kept) < _KEPT:
            data = self.store.model(model_id)
            if data is None:
                break  # one that was swept, before a model was rolled back
            kept.append(model_id)
            try:
                model_id = Model.from_bytes(data).parent
            except ModelDamagedError as error:
                self.audit.alarm("anomaly.model_damaged", error, model_id=model_id)
                return  # it no longer tells which others it needs
        if kept:
            self.store.keep_models(kept, self.clock() - self.apart)

    def _tell(self, training: Training) -> None:
        entry = self._record(training)
        try:
            self.bus.send(TRAINED, {**training.detail, "entry_hash": entry.entry.hash.hex()})
        except Exception as error:  # noqa: BLE001 - it stays untold, for the next run to send
            self.audit.alarm("anomaly.training_not_sent", error, training=training.version)
            return
        self.store.told(replace(training, told=True))

    def _record(self, training: Training) -> Opened:
        """The ledger's entry of a training: the one that there is, if another run has put it there."""

        def compose(newest: Opened | None, _now: float) -> Draft | Opened:
            if newest is not None and newest.body.get("training", 0) >= training.version:
                return newest
            return Draft(TRAINED, training.detail)

        return self.ledger.append_to(STREAM, compose)


def _detail(version: int, now: float, outcome: Outcome) -> dict[str, Any]:
    model = outcome.model
    return {
        "training": version,
        "at": times.rfc3339(now),
        "accepted": outcome.accepted,
        "reason": outcome.reason,
        "model": model.id if model else None,
        "parent": model.parent if model else None,
        "rows": model.rows if model else None,
        "settings": model.settings if model else None,
        "moved": {each.feature: round(each.stability, 4) for each in outcome.shifts[:_MOVED]},
    }
