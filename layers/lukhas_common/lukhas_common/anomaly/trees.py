"""Trees that divide rows at random, and their bytes.

A node that divides is ``(feature, split, below, rest)``: rows whose feature is less than the split go below. A leaf is
the path length of the rows that end in it, a float: its depth, and what a tree of the rows that share it would add.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from math import log
from random import Random
from typing import TypeAlias

Row = Sequence[float]
Node: TypeAlias = float | tuple[int, float, "Node", "Node"]

_EULER = 0.5772156649015329
_LEAF = 255
_SPLIT = struct.Struct("<f")
_COUNT = struct.Struct("<I")


def average_path(rows: int) -> float:
    """Average length of a search that fails in a binary tree of so many rows (Liu, Ting and Zhou 2008, equation 1)."""
    if rows <= 2:
        return float(rows == 2)
    return 2 * (log(rows - 1) + _EULER) - 2 * (rows - 1) / rows


def grow(rows: Sequence[Row], height: int, chance: Random, into: bytearray) -> None:
    """Append a tree that divides the rows until they are alone, alike, or at the height.

    In preorder: the feature and the split of a node that divides, 255 and the number of rows of a leaf. Splits are kept
    in single precision.
    """
    if height and len(rows) > 1:
        width = len(rows[0])
        for feature in chance.sample(range(width), width):
            values = [row[feature] for row in rows]
            low, high = min(values), max(values)
            split: float = _SPLIT.unpack(_SPLIT.pack(low + (high - low) * chance.random()))[0] if low < high else low
            if low < split <= high:
                into.append(feature)
                into += _SPLIT.pack(split)
                grow([row for row in rows if row[feature] < split], height - 1, chance, into)
                grow([row for row in rows if row[feature] >= split], height - 1, chance, into)
                return
    into.append(_LEAF)
    into += _COUNT.pack(len(rows))


def read(data: bytes, at: int, width: int, height: int, depth: int = 0) -> tuple[Node, int]:
    """A tree that begins at ``at``, and where it ends.

    Raises:
        ValueError: it is no tree of rows of so many features and no higher than this.
    """
    if at + 5 > len(data):
        raise ValueError("a tree ends too early")
    feature = data[at]
    if feature == _LEAF:
        return depth + average_path(_COUNT.unpack_from(data, at + 1)[0]), at + 5
    (split,) = _SPLIT.unpack_from(data, at + 1)
    if feature >= width or depth >= height or split - split:
        raise ValueError("a node divides by what no row has")
    below, at = read(data, at + 5, width, height, depth + 1)
    rest, at = read(data, at, width, height, depth + 1)
    return (feature, split, below, rest), at
