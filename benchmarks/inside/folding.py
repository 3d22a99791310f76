"""Folding a person's memories: what is left of their bytes, how many range reads a record takes, and the time taken."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.inside.timing import answer, each, timed
from benchmarks.memories import memories
from lukhas_common.crypto import sealing
from lukhas_common.memory.folds.dictionaries import train_dictionary
from lukhas_common.memory.folds.fold import Fold
from lukhas_common.memory.folds.words import words_of
from lukhas_common.memory.folds.writing import FRAME, Written, write

FRAMES = (64, 128, 256, 512)
OLDER = 0.4
"""The share of the memories that the dictionary is trained on; the others are folded."""

BEST = 5
"""Records that a search asks for."""

Record = dict[str, Any]
KEY = os.urandom(32)


@dataclass
class Store:
    """The bytes of one fold, and how often they were read."""

    data: bytes
    reads: int = 0

    def read(self, offset: int, length: int) -> bytes:
        self.reads += 1
        return self.data[offset : offset + length]


@dataclass
class Archive:
    """Memories of one person, in the order of their ids."""

    older: list[Record]
    newer: list[Record]
    dictionary: bytes = field(init=False)

    def __post_init__(self) -> None:
        trained = train_dictionary(self.older)
        assert trained is not None
        self.dictionary = trained

    def fold(self, *, sealed: bool = True, trained: bool = True, **options: Any) -> Written:
        chosen = options.pop("records", self.newer)
        return write(
            chosen,
            key=KEY,
            dictionary=self.dictionary if trained else None,
            seal=seal if sealed else None,
            **options,
        )

    def opened(self, written: Written, store: Store, kept: int = 0) -> Fold:
        supplied = {hashlib.sha256(self.dictionary).hexdigest(): self.dictionary}
        return Fold.open(
            store.read,
            len(written.data),
            fold_id=written.fold_id,
            footer=written.footer,
            unseal=unseal,
            dictionaries=supplied.__getitem__,
            kept=kept,
        )


def seal(data: bytes, bound: bytes) -> bytes:
    return sealing.seal(KEY, data, bound)


def unseal(data: bytes, bound: bytes) -> bytes:
    return sealing.unseal(KEY, data, bound)


def sizes(written: Written) -> dict[str, int]:
    """Bytes as JSON, of the fold, and of its index."""
    return {"records": written.records, "raw": written.raw, "fold": len(written.data), "index": written.index}


def without_text(record: Mapping[str, Any]) -> Iterable[str]:
    """The words of key and concepts alone."""
    return words_of({**record, "value": None})


def nothing(record: Mapping[str, Any]) -> Iterable[str]:
    return ()


def reads(archive: Archive, written: Written, times: int) -> dict[str, Any]:
    """Range reads of opening, of records one by one, and of searching; and the bytes of a record's."""
    store = Store(written.data)
    fold = archive.opened(written, store)
    opening, store.reads = store.reads, 0
    step = max(1, len(archive.newer) // times)
    chosen = [record["memory_id"] for record in archive.newer[::step]]
    for memory_id in chosen:
        assert fold.record(memory_id) is not None
    by_record, store.reads = store.reads / len(chosen), 0
    fold.search([])
    index, searches = store.reads, []
    for record in archive.newer[::step]:
        store.reads = 0
        fold.search(words_of(record), BEST)
        searches.append(store.reads)
    lengths = [entry.length for entry in fold.footer.frames]
    return {
        "opening": opening,
        "record": by_record,
        "index": index,
        "best": BEST,
        "searching": searches,
        "bytes": sum(lengths) / len(lengths),
        "footer": written.footer[1],
    }


def timings(archive: Archive, written: Written, times: int) -> dict[str, Any]:
    """What reading takes, and writing a frame's worth of records."""
    store = Store(written.data)
    fold, keeping = archive.opened(written, store), archive.opened(written, store, kept=1)
    step = max(1, len(archive.newer) // times)
    chosen = archive.newer[::step]
    ids = [record["memory_id"] for record in chosen]
    queries = [next(iter(words_of(record)), "canal") for record in chosen]
    parts = [archive.newer[at : at + FRAME] for at in range(0, len(archive.newer) - FRAME, FRAME)]
    fold.record(ids[0])
    keeping.record(ids[0])
    reading: list[Callable[[], object]] = [lambda: fold.search([])]
    return {
        "open": timed([partial(archive.opened, written, store)] * times),
        "read a record": each(fold.record, ids),
        "read a record of a frame that was kept": timed([partial(keeping.record, ids[0])] * times),
        "read the index": timed(reading),
        "search for the best": each(lambda word: fold.search([word], 1), queries),
        f"search for the best {BEST}": each(lambda word: fold.search([word], BEST), queries),
        f"write {FRAME} records": each(lambda records: archive.fold(records=records), parts),
    }


def measure() -> dict[str, Any]:
    """Memories made of the texts in the folder that stands in the input; ``sys.argv[1]`` of them are read."""
    times = int(sys.argv[1])
    made = sorted(memories(Path(sys.stdin.read().strip())), key=lambda record: str(record["memory_id"]))
    cut = int(len(made) * OLDER)
    archive = Archive(made[:cut], made[cut:])
    kinds = [(sealed, trained) for sealed in (True, False) for trained in (True, False)]
    written = archive.fold()
    return {
        "text": sum(len(record["value"]["text"].encode()) for record in archive.newer),
        "trained_on": len(archive.older),
        "dictionary": len(archive.dictionary),
        "frames": [
            {"frame": frame, "sealed": sealed, "trained": trained}
            | sizes(archive.fold(frame=frame, sealed=sealed, trained=trained))
            for frame in FRAMES
            for sealed, trained in kinds
        ],
        "lengths": [sizes(archive.fold(records=archive.newer[:count])) for count in (250, 500, 1000, 2000)],
        "words": {
            name: sizes(archive.fold(words=chosen))
            for name, chosen in (
                ("key, text and concepts", words_of),
                ("key and concepts", without_text),
                ("nothing", nothing),
            )
        },
        "reads": reads(archive, written, times),
        "timings": timings(archive, written, times),
    }


if __name__ == "__main__":
    answer(measure)
