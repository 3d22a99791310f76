"""The records of one frame as one JSON document with a column for each member, and the bytes beside it.

A member that is an object in every record that has it is taken apart, and has a column for each of its members. Where
columns take more room than records, as where no two have a member in common, the document holds the records.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NoReturn

from lukhas_common.memory.folds import columns
from lukhas_common.memory.folds import values as forms
from lukhas_common.memory.folds.bits import Side
from lukhas_common.memory.folds.records import DEPTH, Record, deeper

LARGEST = 1 << 22
"""Bytes of JSON of the records of one frame."""

MOST = 512
"""Records of one frame."""

_CELL = 4
"""Bytes of JSON that the shortest member has at least, so that a few bytes cannot say that there are millions."""

Path = tuple[str, ...]


def encode(records: Sequence[Record]) -> tuple[bytes, bytes]:
    """The document, and the bytes beside it; both together are hardly longer than the records' JSON."""
    anchors = _anchors([record["memory_id"] for record in records])
    table, beside = [], []
    for path, cells in _cells(records).items():
        here = None if anchors is None else [anchors[row] for row in cells]
        column, side = columns.encode(list(cells.values()), here)
        table.append([list(path), 0 if len(cells) == len(records) else list(cells), column])
        beside.append(side)
    document, side = columns.dumps([len(records), table]), b"".join(beside)
    plain = columns.dumps(records)
    if len(document) + len(side) > len(plain):
        document, side = columns.dumps([len(records), None, records]), b""
    return document.encode(), side


def decode(document: bytes, side: bytes) -> list[Record]:
    """The records again.

    Raises:
        ValueError: that is not what ``encode`` gives.
    """
    try:
        count, table, *plain = json.loads(document, parse_constant=_wrong)
        if type(count) is not int or not 1 <= count <= MOST:
            _wrong("a number of records")
        records = _records(count, table, Side(side, LARGEST)) if table is not None else _whole(count, plain)
        if any(deeper(record, DEPTH) for record in records):
            _wrong("nested too deeply")
    except (TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError):
        raise ValueError("not the records of a frame") from None
    return records


def _cells(records: Sequence[Record]) -> dict[Path, dict[int, Any]]:
    """By the path of a member, its value in each row that has it; ``memory_id`` comes first."""
    parted = {name for record in records for name, value in record.items() if isinstance(value, dict) and value}
    parted -= {name for record in records for name, value in record.items() if not isinstance(value, dict) or not value}
    cells: dict[Path, dict[int, Any]] = {("memory_id",): {}}
    for row, record in enumerate(records):
        for name, value in record.items():
            if name in parted:
                for inner, part in value.items():
                    cells.setdefault((name, inner), {})[row] = part
            else:
                cells.setdefault((name,), {})[row] = value
    return cells


def _records(count: int, table: Any, side: Side) -> list[Record]:
    records: list[Record] = [{} for _ in range(count)]
    anchors = None
    placed = [range(count) if present == 0 else _rows(present, count) for _, present, _ in table]
    side.spend(sum(map(len, placed)) * _CELL)
    for rows, (path, _, column) in zip(placed, table, strict=True):
        here = None if anchors is None else [anchors[row] for row in rows]
        cells = columns.decode(column, len(rows), side, here)
        if path == ["memory_id"] and anchors is None:
            anchors = _anchors(cells)
        name, *inner = path
        for row, value in zip(rows, cells, strict=True):
            holder = records[row].setdefault(name, {}) if inner else records[row]
            last = inner[0] if inner else name
            if last in holder or len(inner) > 1 or type(last) is not str:
                _wrong("two columns of one member")
            holder[last] = value
    if not side.used_up:
        _wrong("more bytes than columns")
    return records


def _whole(count: int, plain: list[Any]) -> list[Record]:
    (records,) = plain
    if len(records) != count or not all(isinstance(record, dict) for record in records):
        _wrong("not so many records")
    found: list[Record] = records
    return found


def _rows(present: Any, count: int) -> list[int]:
    rows = [row for row in present if type(row) is int]
    if not rows or len(rows) != len(present) or rows != sorted({*rows}) or rows[0] < 0 or rows[-1] >= count:
        _wrong("not rows")
    return rows


def _anchors(ids: Sequence[Any]) -> list[int] | None:
    """The times in the ids, if all are UUIDv7 and come in every row."""
    numbers = [number for text in ids if isinstance(text, str) and (number := forms.uuid_number(text)) is not None]
    halves = [half for number in numbers if (half := forms.split_uuid7(number)) is not None]
    return [half[0] for half in halves] if len(halves) == len(ids) else None


def _wrong(what: str) -> NoReturn:
    raise ValueError(what)
