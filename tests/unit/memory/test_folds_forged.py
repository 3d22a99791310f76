"""Parts that are whole in themselves and do not belong where they stand."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from lukhas_common.memory.folds import layout, rows, zstandard
from lukhas_common.memory.folds.errors import FoldDamagedError, FrameDamagedError, IndexDamagedError
from lukhas_common.memory.folds.fold import Fold
from lukhas_common.memory.folds.footer import Footer
from lukhas_common.memory.folds.writing import write
from tests.unit.memory.fold_records import Store, opened, turns

RECORDS = turns(9)
PLAIN = write(RECORDS, frame=3, level=1)


def fold_of(data: bytes, footer: Footer) -> Fold:
    """A fold with this footer behind these bytes."""
    stored = footer.compressed()
    ending = stored + layout.trailer(stored)
    store = Store(data + ending)
    return Fold.open(store.read, len(store.data), fold_id=PLAIN.fold_id, footer=(len(data), len(ending)))


def with_frame(made: bytes, side: bytes = b"", *, number: int = 0, length: int = 0, **entry: Any) -> Fold:
    """The fold with another frame for its first, and a footer to match."""
    compressed = zstandard.compress(made)
    payload = (len(compressed) + length).to_bytes(4, "big") + compressed + side
    stored = layout.frame(number, payload, len(made))
    whole = opened(PLAIN).footer
    changed = {"length": len(stored), "document": len(made), "digest": hashlib.sha256(stored).hexdigest()}
    listed = replace(whole.frames[0], **changed | entry)
    data = stored + PLAIN.data[whole.offsets[1] : PLAIN.footer[0]]
    return fold_of(data, replace(whole, frames=(listed, *whole.frames[1:])))


def test_a_frame_as_it_was_is_read() -> None:
    assert with_frame(*rows.encode(RECORDS[:3])).verify() == []


@pytest.mark.parametrize(
    "fold",
    [
        with_frame(*rows.encode(RECORDS[:3]), digest="0" * 64),
        with_frame(*rows.encode(RECORDS[:3]), number=1),
        with_frame(*rows.encode(turns(3, 0x999))),
        with_frame(*rows.encode(RECORDS[:2])),
        with_frame(*rows.encode([RECORDS[0], RECORDS[3], RECORDS[2]])),
        with_frame(*rows.encode([RECORDS[0], RECORDS[0], RECORDS[2]])),
        with_frame(*rows.encode(RECORDS[:3]), document=10),
    ],
    ids=["digest", "number", "other ids", "fewer", "order", "twice", "document"],
)
def test_a_frame_of_another_place_or_other_records_is_damaged(fold: Fold) -> None:
    assert fold.verify() == [0]
    with pytest.raises(FrameDamagedError):
        fold.record(RECORDS[0]["memory_id"])
    assert fold.record(RECORDS[3]["memory_id"]) == RECORDS[3]


def test_a_document_that_is_shorter_than_its_length_says_is_damaged() -> None:
    document = rows.columns.dumps([3, None, RECORDS[:3]]).encode()
    assert with_frame(document).verify() == []
    assert with_frame(document, length=1).verify() == [0]


def test_every_byte_of_the_footer_and_the_trailer_counts() -> None:
    for at in range(PLAIN.footer[0], len(PLAIN.data)):
        data = bytearray(PLAIN.data)
        data[at] ^= 1
        store = Store(bytes(data))
        with pytest.raises(FoldDamagedError):
            Fold.open(store.read, len(data), fold_id=PLAIN.fold_id, footer=PLAIN.footer)


def test_every_byte_of_the_index_counts() -> None:
    begin = opened(PLAIN).footer.offsets[-1]
    for at in range(begin, PLAIN.footer[0]):
        data = bytearray(PLAIN.data)
        data[at] ^= 1
        fold = opened(replace(PLAIN, data=bytes(data)))
        with pytest.raises(IndexDamagedError):
            fold.search(["lamp"])


def test_a_fold_is_opened_under_its_own_id_only() -> None:
    store = Store(PLAIN.data)
    with pytest.raises(FoldDamagedError):
        Fold.open(store.read, len(store.data), fold_id="0" * 64, footer=PLAIN.footer)


@pytest.mark.parametrize("change", ["order", "gap", "empty"])
def test_a_footer_that_no_fold_has_is_refused(change: str) -> None:
    whole, data = opened(PLAIN).footer, PLAIN.data[: PLAIN.footer[0]]
    first, second, third = whole.frames
    changed = {
        "order": replace(whole, frames=(second, first, third)),
        "gap": replace(whole, index=whole.index - 1),
        "empty": replace(whole, frames=(replace(first, records=0), second, third)),
    }[change]
    assert fold_of(data, whole).verify() == []
    with pytest.raises(FoldDamagedError):
        fold_of(data, changed)
