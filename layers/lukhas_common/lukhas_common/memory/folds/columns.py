"""One member of many records, as one JSON array, and random bytes beside it.

A column is written in the first of these forms that fits, and says which:

    same      one value, for all
    table     the different values, and for each record which
    uuid7     times as differences; their last bits, which look random too, and the random ones stand beside
    uuid      all bits stand beside
    time      milliseconds from the times in the memory ids, or else from the time before
    seconds   the same of times in seconds, in whole milliseconds
    hex, base64    bytes of one length, which stand beside
    front     how many characters are as in the text before, and the rest
    words     lists of texts: each the number of a word in another member of its record, or else the text
    plain     the values
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import accumulate, pairwise
from statistics import median_low
from typing import Any, NoReturn

from lukhas_common.memory.folds import values as forms
from lukhas_common.memory.folds.bits import Side, deltas, in_common, pack, packed, unpack
from lukhas_common.memory.folds.spoken import numbered, told

Column = list[Any]
_OPAQUE = 8
"""Bytes from which what is in hex or base64 is taken for random."""

_LOW = 40
"""Bits of a difference of times that may stand beside."""


def dumps(value: Any) -> str:
    """JSON without spaces.

    Raises:
        ValueError: there is a number that JSON has not, or an integer of thousands of digits.
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def encode(
    values: Sequence[Any], anchors: Sequence[int] | None = None, texts: Sequence[Any] | None = None
) -> tuple[Column, bytes]:
    """A column of one value or more, and the bytes that stand beside it.

    Args:
        anchors: for each value the milliseconds that a time is likely to be near.
        texts: for each value a text that is likely to have the words in it.
    """
    if all(map(forms.scalar, values)):
        places: dict[str, int] = {}
        rows = [places.setdefault(dumps(value), len(places)) for value in values]
        if len(places) == 1:
            return ["same", values[0]], b""
        if len(places) * 4 <= len(rows):
            column, side = encode([json.loads(text) for text in places])
            return ["table", column, rows], side
        if all(isinstance(value, str) for value in values):
            return _texts(values, anchors)
        if (moments := forms.all_of(forms.whole_milliseconds, values)) is not None:
            return _moments("seconds", moments, anchors), b""
    elif texts is not None and (numbers := numbered(values, texts)) is not None:
        return ["words", numbers], b""
    return ["plain", list(values)], b""


def _texts(texts: Sequence[str], anchors: Sequence[int] | None) -> tuple[Column, bytes]:
    if (numbers := forms.all_of(forms.uuid_number, texts)) is not None:
        if (halves := forms.all_of(forms.split_uuid7, numbers)) is not None:
            return _uuids7(halves)
        return ["uuid"], pack(numbers, 128)
    if (moments := forms.all_of(forms.milliseconds, texts)) is not None:
        return _moments("time", moments, anchors), b""
    if len({len(text) for text in texts}) == 1:
        for name, read in (("hex", forms.from_hex), ("base64", forms.from_base64)):
            data = read(texts)
            if data is not None and len(data[0]) >= _OPAQUE and len({len(one) for one in data}) == 1:
                return [name, len(data[0])], b"".join(data)
    shared = [0, *(in_common(before, text) for before, text in pairwise(texts))]
    if sum(shared) * 4 >= sum(map(len, texts)):
        return ["front", shared, [text[same:] for text, same in zip(texts, shared, strict=True)]], b""
    return ["plain", list(texts)], b""


def _uuids7(halves: Sequence[tuple[int, int]]) -> tuple[Column, bytes]:
    times, random = zip(*halves, strict=True)
    steps = list(deltas(times))
    low = min(median_low(map(abs, steps)).bit_length(), _LOW)
    beside = [(step & (1 << low) - 1) << forms.RANDOM_BITS | bits for step, bits in zip(steps, random, strict=True)]
    return ["uuid7", low, [step >> low for step in steps]], pack(beside, low + forms.RANDOM_BITS)


def _moments(form: str, moments: Sequence[int], anchors: Sequence[int] | None) -> Column:
    if anchors is None:
        return [form, list(deltas(moments)), False]
    return [form, [moment - anchor for moment, anchor in zip(moments, anchors, strict=True)], True]


def decode(
    column: Any,
    count: int,
    side: Side,
    anchors: Sequence[int] | None = None,
    texts: Sequence[Any] | None = None,
) -> list[Any]:
    """The ``count`` values of a column.

    Raises:
        ValueError, TypeError: it is no such column, or more is made of it than ``side`` allows.
    """
    form, *parts = column
    if form == "plain":
        (values,) = parts
        return _listed(values, count)
    if form == "same":
        (value,) = parts
        return [value if forms.scalar(value) else _wrong()] * count
    if form == "table":
        inner, rows = parts
        chosen = _integers(rows, count)
        if inner[0] == "table" or not 0 <= min(chosen) <= max(chosen) < count:
            _wrong()
        values = decode(inner, max(chosen) + 1, side)
        return [values[row] for row in chosen] if all(map(forms.scalar, values)) else _wrong()
    if form == "uuid7":
        low, highs = parts
        width = forms.RANDOM_BITS + (low if type(low) is int and 0 <= low <= _LOW else _wrong())
        beside = unpack(side.take(packed(count, width)), count, width)
        steps = zip(_integers(highs, count), beside, strict=True)
        times = accumulate(high << low | bits >> forms.RANDOM_BITS for high, bits in steps)
        random = [bits & (1 << forms.RANDOM_BITS) - 1 for bits in beside]
        return [forms.uuid_text(forms.join_uuid7(*half)) for half in zip(times, random, strict=True)]
    if form == "uuid":
        return [forms.uuid_text(number) for number in unpack(side.take(packed(count, 128)), count, 128)]
    if form in ("time", "seconds"):
        steps, anchored = parts
        moments = _integers(steps, count)
        if anchored and anchors is None:
            _wrong()
        bases = anchors if anchored and anchors is not None else [0, *accumulate(moments)]
        written = forms.time_text if form == "time" else forms.seconds
        return [written(base + moment) for base, moment in zip(bases, moments, strict=False)]
    if form in ("hex", "base64"):
        (length,) = _integers(parts, 1)
        data = side.take(count * length) if length > 0 else _wrong()
        text = bytes.hex if form == "hex" else forms.to_base64
        return [text(data[at : at + length]) for at in range(0, len(data), length)]
    if form == "words":
        (numbers,) = parts
        return told(_listed(numbers, count), texts if texts is not None else _wrong(), side)
    if form == "front":
        shared, rests = parts
        return _fronts(_integers(shared, count), _listed(rests, count), side)
    return _wrong()


def _fronts(shared: list[int], rests: list[Any], side: Side) -> list[str]:
    texts, text = [], ""
    for same, rest in zip(shared, rests, strict=True):
        if not 0 <= same <= len(text) or not isinstance(rest, str):
            _wrong()
        text = text[:same] + rest
        side.spend(len(text))
        texts.append(text)
    return texts


def _listed(values: Any, count: int) -> list[Any]:
    return values if isinstance(values, list) and len(values) == count else _wrong()


def _integers(values: Any, count: int) -> list[int]:
    return _listed(values, count) if all(type(value) is int for value in values) else _wrong()


def _wrong() -> NoReturn:
    raise ValueError("it is no column")
