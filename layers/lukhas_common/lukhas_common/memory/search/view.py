"""One or two indexes, seen as the one that they would merge into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from lukhas_common.memory.search.embedder import Embedder
from lukhas_common.memory.search.index import Index, following

_Scalar = TypeVar("_Scalar", bound=np.generic)
_MOST_YEARS = 100


@dataclass(frozen=True, slots=True)
class View:
    """Rows of all parts in one order: by session, time and id.

    Attributes:
        parts: one index, or a large and a small one that have no document in common.
        added: the rows that are of the small one, in rising order.
        kept: of each row whether it is of the large one; nothing where there is only one.
        follows: of each row whether the one before it is of the same session.
    """

    parts: tuple[Index, ...]
    added: npt.NDArray[np.intp]
    kept: npt.NDArray[np.bool_] | None
    at: npt.NDArray[np.int64]
    follows: npt.NDArray[np.bool_]

    def gathered(self, of_parts: Sequence[npt.NDArray[_Scalar]]) -> npt.NDArray[_Scalar]:
        """The values of each part's rows, in the order of all."""
        return of_parts[0] if self.kept is None else _gathered(of_parts, self.added, self.kept)

    def sources(self, rows: Sequence[int]) -> list[tuple[int, int]]:
        """Of rows the part that each is from, and its row there."""
        if self.kept is None:
            return [(0, row) for row in rows]
        before = np.searchsorted(self.added, rows).tolist()
        return [(1, count) if not self.kept[row] else (0, row - count) for row, count in zip(rows, before, strict=True)]

    def ids(self, rows: Sequence[int]) -> list[npt.NDArray[np.uint8]]:
        """Of rows the bytes of their ids."""
        return [self.parts[part].table.ids[row] for part, row in self.sources(rows)]

    @property
    def years(self) -> range:
        """From the first to the last year that memories are of, at most the last hundred."""
        first, last = (_year(int(moment)) for moment in (self.at.min(), self.at.max()))
        return range(max(first, last - _MOST_YEARS + 1), last + 1)


def view(indexes: Sequence[Index], embedder: Embedder) -> View | None:
    """The indexes as one; nothing without a document.

    Two whose vectors were weighed alike, and of which the second is small, are seen side by side. Everything else is
    merged, which takes as long as adding the documents would.

    Raises:
        EmbedderDiffersError: one was built with another.
    """
    for index in indexes:
        index.require(embedder)
    if not indexes:
        return None
    large, *others = indexes
    small = others[0] if others else None
    for other in others[1:]:
        small = small.merged(other, embedder) if small is not None else other
    if small is None or not len(small):
        parts: tuple[Index, ...] = (large,)
    elif _beside(large, small):
        parts = (large, small)
    else:
        parts = (large.merged(small, embedder),)
    if not len(parts[0]):
        return None
    if len(parts) == 1:
        return View(parts, np.empty(0, np.intp), None, parts[0].table.at, parts[0].follows)
    places = _places(*parts)
    added = places + np.arange(len(places))
    kept = np.ones(sum(map(len, parts)), np.bool_)
    kept[added] = False
    at = _gathered([part.table.at for part in parts], added, kept)
    sessions = _gathered([part.table.sessions for part in parts], added, kept)
    return View(parts, added, kept, at, following(sessions))


def _gathered(
    of_parts: Sequence[npt.NDArray[_Scalar]], added: npt.NDArray[np.intp], kept: npt.NDArray[np.bool_]
) -> npt.NDArray[_Scalar]:
    whole = np.empty(len(kept), of_parts[0].dtype)
    whole[kept], whole[added] = of_parts
    return whole


def _beside(large: Index, small: Index) -> bool:
    return (
        large.snapshot.same(small.snapshot)
        and not large.snapshot.drifted(len(large) + len(small))
        and not large.holds(small.table.ids).any()
    )


def _places(large: Index, small: Index) -> npt.NDArray[np.intp]:
    """Of each row of the small index, before which row of the large one it comes."""
    starts = np.searchsorted(large.table.sessions, small.table.sessions, "left")
    ends = np.searchsorted(large.table.sessions, small.table.sessions, "right")
    places = starts.astype(np.intp)
    for start, end in dict.fromkeys(zip(starts.tolist(), ends.tolist(), strict=True)):
        if start < end:
            rows = np.flatnonzero((starts == start) & (ends == end))
            times, mine = large.table.at[start:end], small.table.at[rows]
            first = np.searchsorted(times, mine, "left")
            places[rows] = start + first
            for tied in np.flatnonzero(first < np.searchsorted(times, mine, "right")):
                places[rows[tied]] = start + _place_by_id(large, small, start, end, int(rows[tied]))
    return places


def _place_by_id(large: Index, small: Index, start: int, end: int, row: int) -> int:
    """Among rows of the same session and time the id tells."""
    times = large.table.at[start:end]
    first, last = (int(np.searchsorted(times, small.table.at[row], side)) for side in ("left", "right"))
    ids = [one.tobytes() for one in large.table.ids[start + first : start + last]]
    mine = small.table.ids[row].tobytes()
    return first + sum(int(one < mine) for one in ids)


def _year(milliseconds: int) -> int:
    """1 to 9999."""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).year
    except (ValueError, OverflowError, OSError):
        return 1 if milliseconds < 0 else 9999
