"""An index as bytes, and back without copying.

After MAGIC come the version and the length of the header, four little-endian bytes each, and the SHA-256 of everything
behind it; then the header, JSON that names each array with its type and shape; then the arrays, each at a multiple of
64 bytes. The checksum tells damage. Who wrote it, sealing tells: whoever can write bytes can make a checksum, so
whatever is used as a place is checked, too.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import fields
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt

from lukhas_common.memory.search.documents import Table
from lukhas_common.memory.search.errors import IndexDamagedError
from lukhas_common.memory.search.index import Index
from lukhas_common.memory.search.pooling import Snapshot, Vectors
from lukhas_common.memory.search.postings import Bags, Postings

MAGIC = b"LUKHASIX"
VERSION = 1
_FRONT = struct.Struct("<8sII32s")
_ALIGNED = 64
Array = npt.NDArray[Any]

_PARTS: dict[str, tuple[type, Mapping[str, str]]] = {
    "table": (
        Table,
        {
            "ids": "|u1",
            "keys": "<u8",
            "kinds": "|u1",
            "sessions": "<u8",
            "at": "<i8",
            "valid_from": "<i8",
            "valid_until": "<i8",
            "lengths": "<u4",
        },
    ),
    "vectors": (Vectors, {"values": "|i1", "scales": "<f4"}),
    "tokens": (Bags, {"starts": "<u4", "ids": "<u2", "counts": "<u2"}),
    "snapshot": (Snapshot, {"tokens": "<u2", "frequencies": "<u4"}),
    "terms": (Postings, {"keys": "<u8", "starts": "<u4", "rows": "<u4", "counts": "<u2"}),
    "concepts": (Postings, {"keys": "<u8", "starts": "<u4", "rows": "<u4", "counts": "<u2"}),
}
"""Of each part of an index its class, and the types of its arrays."""


def to_bytes(index: Index) -> bytes:
    """The index as one blob; of equal indexes equal ones."""
    arrays = {
        f"{part}.{name}": np.ascontiguousarray(getattr(getattr(index, part), name), kind)
        for part, (_, types) in _PARTS.items()
        for name, kind in types.items()
    }
    header = json.dumps(
        {
            "embedder": index.embedder,
            "kinds": index.kinds,
            "counted": index.snapshot.documents,
            "shapes": {name: array.shape for name, array in arrays.items()},
        },
        separators=(",", ":"),
    ).encode()
    pieces, size = [header], _FRONT.size + len(header)
    for array in arrays.values():
        gap = -size % _ALIGNED
        pieces += [bytes(gap), array.tobytes()]
        size += gap + array.nbytes
    body = b"".join(pieces)
    return _FRONT.pack(MAGIC, VERSION, len(header), sha256(body).digest()) + body


def from_bytes(data: bytes) -> Index:
    """The index in a blob; its arrays are views of ``data``.

    Raises:
        IndexDamagedError: the blob is not as it was written, of another version, or no index at all.
    """
    if len(data) < _FRONT.size:
        raise IndexDamagedError("too short")
    magic, version, length, checksum = _FRONT.unpack_from(data)
    if magic != MAGIC or version != VERSION:
        raise IndexDamagedError("no index of this version")
    if sha256(memoryview(data)[_FRONT.size :]).digest() != checksum:
        raise IndexDamagedError("the checksum differs")
    try:
        return _read(data, length)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        raise IndexDamagedError("the header and the arrays do not fit") from error


def _read(data: bytes, length: int) -> Index:
    header = json.loads(data[_FRONT.size : _FRONT.size + length])
    arrays = dict(_arrays(data, _FRONT.size + length, header["shapes"]))
    parts: dict[str, Any] = {}
    for part, (of, types) in _PARTS.items():
        given = {name: arrays[f"{part}.{name}"] for name in types}
        parts[part] = of(**given, documents=_number(header["counted"])) if of is Snapshot else of(**given)
    kinds = header["kinds"]
    if not isinstance(header["embedder"], str) or not all(isinstance(kind, str) for kind in kinds):
        raise ValueError("names are text")
    index = Index(header["embedder"], tuple(kinds), **parts)
    _require(index)
    return index


def _arrays(data: bytes, at: int, shapes: Mapping[str, Any]) -> Iterator[tuple[str, Array]]:
    for part, (_, types) in _PARTS.items():
        for name, kind in types.items():
            shape = tuple(_number(size) for size in shapes[f"{part}.{name}"])
            if len(shape) != (2 if name in {"ids", "values"} and part != "tokens" else 1):
                raise ValueError("too many or too few dimensions")
            at += -at % _ALIGNED
            many = math.prod(shape)
            array = np.frombuffer(data, kind, many, at) if many else np.empty(0, kind)
            at += array.nbytes
            yield f"{part}.{name}", array.reshape(shape)
    if at != len(data) and any(data[at:]):
        raise ValueError("bytes are left over")


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("no number of things")
    return value


def _require(index: Index) -> None:
    """Whatever is used as a place lies where it should.

    Raises:
        ValueError: it does not.
    """
    rows = len(index)
    for field in fields(Table):
        _holds(len(getattr(index.table, field.name)) == rows)
    _holds(index.table.ids.shape[1] == 16 and len(set(index.kinds)) == len(index.kinds))
    _holds(bool((index.table.kinds < len(index.kinds)).all()))
    _holds(len(index.vectors.values) == len(index.vectors.scales) == rows and index.dimensions > 0)
    _holds(bool(np.isfinite(index.vectors.scales).all()))
    _holds(len(index.snapshot.tokens) == len(index.snapshot.frequencies))
    _holds(_rising(index.snapshot.tokens) and bool((index.snapshot.frequencies <= index.snapshot.documents).all()))
    _holds(len(index.tokens.starts) == rows + 1 and len(index.tokens.ids) == len(index.tokens.counts))
    _holds(_covers(index.tokens.starts, len(index.tokens.ids)))
    for postings in (index.terms, index.concepts):
        _holds(len(postings.starts) == len(postings.keys) + 1 and len(postings.rows) == len(postings.counts))
        _holds(_rising(postings.keys) and _covers(postings.starts, len(postings.rows)))
        _holds(bool((postings.rows < rows).all()))
        # Within a key the rows rise, so that none is added to twice.
        rises = np.ones(len(postings.rows), np.bool_)
        rises[1:] = postings.rows[1:] > postings.rows[:-1]
        rises[postings.starts[:-1][np.diff(postings.starts.astype(np.int64)) > 0]] = True
        _holds(bool(rises.all()))


def _covers(starts: Array, size: int) -> bool:
    return bool(starts[0] == 0 and starts[-1] == size and (starts[1:] >= starts[:-1]).all())


def _rising(values: Array) -> bool:
    return bool((values[1:] > values[:-1]).all())


def _holds(condition: bool) -> None:
    if not condition:
        raise ValueError("a place lies outside")
