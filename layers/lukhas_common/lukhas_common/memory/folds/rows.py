"""The records of one frame as one JSON document with a column for each member, and the bytes beside it.

A member that is an object in every record that has it is taken apart, and has a column for each of its members. The
member with the longest texts stands behind the others, as what is alike packs better side by side; lists come last, of
which the first may have words of those texts. Where
columns take more room than records, as where no two have a member in common, the document holds the records.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from lukhas_common.memory.folds import columns
from lukhas_common.memory.folds import values as forms
from lukhas_common.memory.folds.bits import Side
from lukhas_common.memory.folds.records import DEPTH, Record, deeper
from lukhas_common.memory.folds.repeats import Path, repeats, within, without

LARGEST = 1 << 22
"""Bytes of JSON of the records of one frame."""

MOST = 512
"""Records of one frame."""

_MADE = 4 * LARGEST
"""Characters that may be made of a frame: a text is counted when it is put together of others, once for each way of
doing so, and when its words are counted."""

_CELL = 4
"""Bytes of JSON that the shortest member has at least, so that a few bytes cannot say that there are millions."""


def encode(records: Sequence[Record]) -> tuple[bytes, bytes]:
    """The document, and the bytes beside it; both together are hardly longer than the records' JSON."""
    anchors = _anchors([record["memory_id"] for record in records])
    cells_of = _cells(records)
    inside = repeats(cells_of, len(records))
    values_of = {
        path: without(cells, cells_of[inside[path]]) if path in inside else list(cells.values())
        for path, cells in cells_of.items()
    }
    source = _longest(values_of)
    order = sorted(cells_of, key=lambda path: _rank(path, source, inside, values_of[path]))
    listed = next((path for path in order if source and _is_all(list, values_of[path])), None)
    table, beside = [], []
    for path in order:
        rows = cells_of[path]
        here = None if anchors is None else [anchors[row] for row in rows]
        texts = [cells_of[source].get(row) for row in rows] if source and path == listed else None
        column, side = columns.encode(values_of[path], here, texts)
        others = [order.index(inside[path])] if path in inside else []
        table.append([list(path), 0 if len(rows) == len(records) else list(rows), column, *others])
        beside.append(side)
    told = [] if source is None else [order.index(source)]
    document, side = columns.dumps([len(records), table, *told]), b"".join(beside)
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
        count, table, *more = json.loads(document, parse_constant=_wrong)
        if type(count) is not int or not 1 <= count <= MOST:
            _wrong("a number of records")
        records = _records(count, table, Side(side, _MADE), more) if table is not None else _whole(count, more)
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


def _longest(values: Mapping[Path, Sequence[Any]]) -> Path | None:
    """The member that has most to say: whose different texts are longest in all."""
    lengths = {path: sum(map(len, {*texts})) for path, texts in values.items() if _is_all(str, texts)}
    del lengths[("memory_id",)]
    return max(lengths, key=lambda path: lengths[path], default=None)


def _rank(path: Path, source: Path | None, inside: Mapping[Path, Path], values: Sequence[Any]) -> int:
    """What is decoded with the help of others stands behind them."""
    if path == ("memory_id",):
        return 0
    if _is_all(list, values):
        return 5
    return 3 if path == source else 1 if path not in inside else 4 if inside[path] == source else 2


def _is_all(kind: type, values: Sequence[Any]) -> bool:
    return all(isinstance(value, kind) for value in values)


def _records(count: int, table: Any, side: Side, source: Sequence[Any]) -> list[Record]:
    records: list[Record] = [{} for _ in range(count)]
    anchors: list[int] | None = None
    source = [*source]
    placed = [range(count) if present == 0 else _rows(present, count) for _, present, *_ in table]
    side.spend(sum(map(len, placed)) * _CELL)
    decoded: list[list[Any]] = []
    for rows, (path, _, column, *others) in zip(placed, table, strict=True):
        here = None if anchors is None else [anchors[row] for row in rows]
        texts = None
        if column[0] == "words":
            of = source.pop()  # once: each column of words reads all the texts
            texts = list(map(dict(zip(placed[of], decoded[of], strict=True)).get, rows))
        cells = columns.decode(column, len(rows), side, here, texts)
        if others:
            (of,) = others
            cells = within(cells, decoded[of], side)
        decoded.append(cells)
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
