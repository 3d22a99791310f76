"""Trained models: a detector, rows that it was trained on, and where it comes from."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from math import isfinite

from lukhas_common import strict_json
from lukhas_common.anomaly import blob, detectors, forest
from lukhas_common.anomaly.detectors import Detector
from lukhas_common.anomaly.errors import ModelDamagedError
from lukhas_common.anomaly.trees import Row

REFERENCE = 1_000
"""Rows that are kept to compare later ones with, at most."""

_KIND, _VERSION = b"model", 1
_LENGTHS = struct.Struct("<III")


@dataclass(frozen=True, slots=True)
class Model:
    """A detector with its lineage.

    Attributes:
        id: SHA-256 of all of the below, hexadecimal.
        trained_at: in UTC.
        parent: id of the model before; None for the first.
        rows: how many there were to train on.
        settings: SHA-256 of everything that training was set to, hexadecimal.
        reference: some of the rows.
    """

    id: str
    trained_at: datetime
    parent: str | None
    rows: int
    settings: str
    detector: Detector = field(repr=False)
    reference: tuple[tuple[float, ...], ...] = field(repr=False)

    def to_bytes(self) -> bytes:
        """The model as bytes; of equal models equal ones."""
        return blob.seal(_KIND, _VERSION, _body(self))

    @classmethod
    def from_bytes(cls, data: bytes) -> Model:
        """The model in bytes.

        Raises:
            ModelDamagedError: they are none as it was written.
        """
        body = blob.unseal(_KIND, _VERSION, data)
        try:
            return _read(body)
        except (ValueError, TypeError, KeyError, struct.error) as error:
            raise ModelDamagedError("no model") from error


def model_of(detector: Detector, reference: Sequence[Row], at: datetime, parent: Model | None, rows: int) -> Model:
    """The model after ``parent``.

    Raises:
        ValueError: the time has no offset from UTC.
    """
    if at.utcoffset() is None:
        raise ValueError("a time needs its offset from UTC")
    kept = tuple(tuple(map(float, row)) for row in reference)
    moment = at.astimezone(UTC)
    draft = Model("", moment, parent.id if parent else None, rows, _settings(detector), detector, kept)
    return Model(_id(_body(draft)), moment, draft.parent, rows, draft.settings, detector, kept)


def _settings(detector: Detector) -> str:
    said = {
        "features": detector.features,
        "weights": detectors.WEIGHTS,
        "full": [detectors.RAREST, detectors.FAR],
        "rate": detector.rate,
        "trees": detector.forest.trees,
        "sample": detector.forest.sample,
        "version": forest.VERSION,
    }
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _id(body: bytes) -> str:
    return sha256(body).hexdigest()


def _body(model: Model) -> bytes:
    said = {
        "trained_at": model.trained_at.isoformat(),
        "parent": model.parent,
        "rows": model.rows,
        "settings": model.settings,
        "width": model.detector.forest.width,
    }
    head = json.dumps(said, separators=(",", ":")).encode()
    values = [number for row in model.reference for number in row]
    numbers = struct.pack(f"<{len(values)}d", *values)
    detector = model.detector.to_bytes()
    return _LENGTHS.pack(len(head), len(numbers), len(detector)) + head + numbers + detector


def _read(body: bytes) -> Model:
    head, numbers, detector = _LENGTHS.unpack_from(body)
    at = _LENGTHS.size
    if len(body) != at + head + numbers + detector:
        raise ValueError("the lengths do not fit")
    said = strict_json.loads(body[at : at + head])
    found = Detector.from_bytes(body[at + head + numbers :])
    width = found.forest.width
    if said["width"] != width or numbers % (8 * width) or not numbers:
        raise ValueError("the rows are of another width")
    values = struct.unpack_from(f"<{numbers // 8}d", body, at + head)
    if not all(map(isfinite, values)):
        raise ValueError("no finite number")
    trained_at = datetime.fromisoformat(said["trained_at"])
    parent, rows, settings = said["parent"], said["rows"], said["settings"]
    if trained_at.utcoffset() is None or type(rows) is not int or rows < 0:
        raise ValueError("no lineage")
    if not (isinstance(settings, str) and (parent is None or isinstance(parent, str))):
        raise ValueError("no lineage")
    reference = tuple(values[start : start + width] for start in range(0, len(values), width))
    return Model(_id(body), trained_at.astimezone(UTC), parent, rows, settings, found, reference)
