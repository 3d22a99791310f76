"""Files of rows, CSV or JSON lines, in UTF-8: what cannot be read costs one row, not the file."""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lukhas_common import strict_json

LAYOUTS = ("csv", "jsonl")

MAX_ROW = 1_000_000
"""Bytes of one row."""

_BOM = b"\xef\xbb\xbf"


class FileError(Exception):
    """The file cannot be used as a whole; the text says why."""


class UnfitError(Exception):
    """A row cannot be used; ``detail`` says what is wrong, and repeats nothing of what the row says."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True, slots=True)
class Columns:
    """What the header of a CSV file may name, and what it must; ``lists`` hold several values in one cell."""

    known: Sequence[str]
    required: Sequence[str]
    lists: Collection[str]


Given = Mapping[str, Any]


def read_file(data: bytes, layout: str, columns: Columns) -> Iterator[tuple[int, Given | UnfitError]]:
    """Each row by name, as it was given, with the line in which it begins; or why it cannot be read.

    Raises:
        FileError: it has no usable header.
    """
    data = data.removeprefix(_BOM)
    parse: Callable[[str], Given] = _object
    records = _lines(data)
    if layout == "csv":
        records = _records(data)
        names = _header(records, columns)

        def parse(text: str) -> Given:
            return _cells(names, columns.lists, text)

    for line, record in records:
        try:
            given = parse(_text(record))
        except UnfitError as unfit:
            yield line, unfit
        else:
            yield line, given


def _text(record: bytes) -> str:
    if len(record) > MAX_ROW:
        raise UnfitError("too_long", f"the row has more than {MAX_ROW} bytes: is a quotation mark left open?")
    if b"\0" in record:
        raise UnfitError("nul_byte", "the row holds a NUL byte")
    try:
        return record.decode("utf-8")
    except UnicodeDecodeError:
        raise UnfitError("not_utf8", "the row is not UTF-8") from None


def _object(text: str) -> Given:
    try:
        value = strict_json.loads(text)
    except ValueError as error:
        known = str(error) in ("duplicate member", "nested too deeply")
        raise UnfitError("not_json", f"the row is no strict JSON: {error if known else 'malformed'}") from None
    if not isinstance(value, dict):
        raise UnfitError("not_json", "the row must be a JSON object")
    return value


def _lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    place, line = 0, 0
    while place < len(data):
        line += 1
        end = data.find(b"\n", place) + 1 or len(data)
        record = data[place:end].rstrip(b"\r\n")
        if record:
            yield line, record
        place = end


def _header(records: Iterator[tuple[int, bytes]], columns: Columns) -> list[str]:
    try:
        names = _fields(_text(next(records, (0, b""))[1]))
    except UnfitError as unfit:
        raise FileError(f"the header cannot be read: {unfit.detail}") from None
    for name in names:
        if name not in columns.known:
            raise FileError(f"{name[:40]!r} is no column that is known; there are {', '.join(columns.known)}")
    if len(set(names)) < len(names):
        raise FileError("the header names a column twice")
    missing = [name for name in columns.required if name not in names]
    if missing:
        raise FileError(f"the header lacks {', '.join(missing)}")
    return names


def _cells(names: Sequence[str], lists: Collection[str], text: str) -> Given:
    values = _fields(text)
    if len(values) != len(names):
        raise UnfitError("not_csv", f"the row has {len(values)} fields, the header has {len(names)}")
    given = dict(zip(names, values, strict=True))
    return {name: value.replace(";", " ").split(" ") if name in lists else value for name, value in given.items()}


def _fields(text: str) -> list[str]:
    try:
        found = list(csv.reader([text], strict=True))
    except csv.Error:
        found = []
    if len(found) != 1:
        raise UnfitError("not_csv", "the row is not CSV: look at its quotation marks, line ends and longest field")
    return found[0]


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The records of a CSV file: a line end within quotation marks ends none, or a text could smuggle in a row."""
    place, line = 0, 1
    while place < len(data):
        end = _end_of_record(data, place)
        record = data[place:end].rstrip(b"\r\n")
        if record:
            yield line, record
        line += data.count(b"\n", place, end)
        place = end


def _end_of_record(data: bytes, place: int) -> int:
    end = data.find(b"\n", place) + 1 or len(data)
    if data.find(b'"', place, end) < 0:
        return end
    while True:
        if data.startswith(b'"', place):
            place = _closing(data, place + 1)
            if place >= end:
                end = data.find(b"\n", place) + 1 or len(data)
        place = data.find(b",", place, end) + 1
        if not place:
            return end


def _closing(data: bytes, place: int) -> int:
    """What comes after the quotation mark that closes a field; one that is doubled does not."""
    while True:
        mark = data.find(b'"', place)
        if mark < 0:
            return len(data)
        if not data.startswith(b'"', mark + 1):
            return mark + 1
        place = mark + 2
