"""Dictionaries: what many records have in common, so that it need not be in each frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lukhas_common.memory.folds import rows, zstandard
from lukhas_common.memory.folds.records import checked

SIZE = 1 << 16
"""Bytes of a dictionary."""

LEAST = 8
"""Times the size of the dictionary that there is to train on."""

_MOST = 1 << 24


def train_dictionary(records: Iterable[Mapping[str, Any]], size: int = SIZE) -> bytes | None:
    """A dictionary of at most ``size`` bytes, from records like those that will be folded.

    None where there are less than eight times ``size`` bytes of records to train on: it would be as long as what it
    saves, and hold a good part of the records themselves. A dictionary does hold pieces of them: one that was trained
    on a person's records is theirs, and sealed and erased as their folds are; it has to be kept as long as any fold
    that was compressed with it. Records beyond the first 16 MiB are not looked at.

    Raises:
        RecordError: a record could not be folded.
    """
    samples, group, total, begin = [], [], 0, 0
    for record in records:
        _, copy, length = checked(record)
        group.append(copy)
        total += length
        # Samples are laid out like frames, or the dictionary would hold what no frame does.
        if total - begin >= size or len(group) == rows.MOST:
            samples.append(rows.encode(group)[0])
            group, begin = [], total
        if total > _MOST:
            break
    if group:
        samples.append(rows.encode(group)[0])
    return zstandard.train(samples, size) if total >= LEAST * size else None
