"""The isolation forest of Liu, Ting and Zhou (ICDM 2008): what random splits soon leave alone is unusual."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from math import ceil, isfinite, log2
from random import Random

from lukhas_common.anomaly import blob
from lukhas_common.anomaly.errors import ModelDamagedError, RowsError
from lukhas_common.anomaly.trees import Node, Row, average_path, grow, read

TREES, SAMPLE = 100, 256
"""As in the paper: its scores hardly change with more."""

MOST_FEATURES = 64
LARGEST = 1e38
"""Numbers of rows are at most this far from 0: splits are kept in single precision."""

VERSION = 1
"""Of the bytes, and of how trees are grown."""

_KIND = b"forest"
_SHAPE = struct.Struct("<BHI")


class IsolationForest:
    """Trees that were grown on samples of rows; immutable.

    Attributes:
        width: features of a row.
        sample: rows that each tree was grown on.
        trees: how many there are.
    """

    def __init__(self, width: int, sample: int, trees: Sequence[bytes]) -> None:
        """A forest of trees in bytes.

        Raises:
            ValueError: they are no such trees.
        """
        if not (0 < width <= MOST_FEATURES and sample > 1 and trees):
            raise ValueError("a forest needs features, rows and trees")
        self.width, self.sample, self.trees = width, sample, len(trees)
        self._bytes = tuple(trees)
        self._trees = tuple(_whole(tree, width, _height(sample)) for tree in trees)
        self._per_path = -1 / (len(trees) * average_path(sample))

    @classmethod
    def fit(
        cls, rows: Iterable[Row], trees: int = TREES, sample: int = SAMPLE, *, seed: int | str = 0
    ) -> IsolationForest:
        """A forest of rows, in whatever order they come; the same for the same rows and seed.

        Raises:
            RowsError: there are fewer than two rows, they differ in length, or a number is not finite or too large.
        """
        return cls.grown(sorted(checked(rows)), trees, sample, Random(seed))  # noqa: S311 - not for secrets

    @classmethod
    def grown(
        cls, ordered: Sequence[Row], trees: int = TREES, sample: int = SAMPLE, chance: Random | None = None
    ) -> IsolationForest:
        """A forest of rows that are checked and in an order of their own."""
        chance = chance or Random(0)  # noqa: S311 - not for secrets
        size = min(sample, len(ordered))
        grown = []
        for _ in range(trees):
            tree = bytearray()
            grow(chance.sample(ordered, size), _height(size), chance, tree)
            grown.append(bytes(tree))
        return cls(len(ordered[0]), size, grown)

    def score(self, row: Row) -> float:
        """From 0 to 1: about 0.5 is usual, towards 1 unusual.

        Raises:
            RowsError: it is no row of such features.
        """
        try:
            is_row = len(row) == self.width and all(map(isfinite, row))
        except (TypeError, OverflowError):
            is_row = False
        if not is_row:
            raise RowsError(f"a row has {self.width} finite numbers")
        paths = 0.0
        for node in self._trees:
            while type(node) is tuple:
                feature, split, below, rest = node
                node = below if row[feature] < split else rest  # noqa: PLW2901 - the walk down
            paths += node  # type: ignore[operator]  # a leaf is a float
        score: float = 2 ** (paths * self._per_path)
        return score

    def to_bytes(self) -> bytes:
        """The forest as bytes; of equal forests equal ones."""
        front = _SHAPE.pack(self.width, len(self._bytes), self.sample)
        return blob.seal(_KIND, VERSION, front + b"".join(self._bytes))

    @classmethod
    def from_bytes(cls, data: bytes) -> IsolationForest:
        """The forest in bytes.

        Raises:
            ModelDamagedError: they are none as it was written.
        """
        body = blob.unseal(_KIND, VERSION, data)
        try:
            width, trees, sample = _SHAPE.unpack_from(body)
            at, found = _SHAPE.size, []
            for _ in range(trees):
                _, end = read(body, at, width, _height(sample))
                found.append(body[at:end])
                at = end
            if at != len(body):
                raise ValueError("bytes are left over")
            return cls(width, sample, found)
        except (ValueError, struct.error) as error:
            raise ModelDamagedError("no forest") from error


def checked(rows: Iterable[Row]) -> list[tuple[float, ...]]:
    """Rows that can be learnt from.

    Raises:
        RowsError: they cannot.
    """
    try:
        listed = [tuple(row) for row in rows]
        width = len(listed[0]) if listed else 0
        if len(listed) < 2 or not 0 < width <= MOST_FEATURES:
            raise RowsError(f"two rows at least are needed, of from 1 to {MOST_FEATURES} numbers")
        for row in listed:
            if len(row) != width or not all(-LARGEST <= number <= LARGEST for number in row):
                raise RowsError(f"each row needs {width} numbers from -{LARGEST:g} to {LARGEST:g}")
    except TypeError:
        raise RowsError("a row is a sequence of numbers") from None
    return listed


def _height(sample: int) -> int:
    return ceil(log2(sample))


def _whole(tree: bytes, width: int, height: int) -> Node:
    node, end = read(tree, 0, width, height)
    if end != len(tree):
        raise ValueError("bytes are left over behind a tree")
    return node
