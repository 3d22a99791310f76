"""One or two indexes, seen as the one that they would merge into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from lukhas_common.memory.search.documents import memory_id
from lukhas_common.memory.search.embedder import Embedder
from lukhas_common.memory.search.index import Index, following

_Scalar = TypeVar("_Scalar", bound=np.generic)
_MOST_YEARS = 100


@dataclass(frozen=True, slots=True)
class View:
    """Rows of all parts in one order: by session, time and id.

    Attributes:
        parts: one index, or a large and a small one that have no document in common.
        places: of each row of the small one, before which row of the large one it comes.
        follows: of each row whether the one before it is of the same session.
    """

    parts: tuple[Index, ...]
    places: npt.NDArray[np.intp]
    at: npt.NDArray[np.int64]
    follows: npt.NDArray[np.bool_]

    def gathered(self, of_parts: Sequence[npt.NDArray[_Scalar]]) -> npt.NDArray[_Scalar]:
        """The values of each part's rows, in the order of all."""
        if len(of_parts) == 1:
            return of_parts[0]
        return np.insert(of_parts[0], self.places, of_parts[1])

    def source(self, row: int) -> tuple[int, int]:
        """The part that a row is from, and its row there."""
        if len(self.parts) == 1:
            return 0, row
        before = int(np.searchsorted(self._new_rows, row))
        return (1, before) if before < len(self.places) and self._new_rows[before] == row else (0, row - before)

    def memory_id(self, row: int) -> str:
        """Of a row."""
        part, of_part = self.source(row)
        return memory_id(self.parts[part].table.ids[of_part])

    @property
    def _new_rows(self) -> npt.NDArray[np.intp]:
        """The rows that are of the small part."""
        return self.places + np.arange(len(self.places))

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
        return View(parts, np.empty(0, np.intp), parts[0].table.at, parts[0].follows)
    places = _places(*parts)
    sessions = np.insert(parts[0].table.sessions, places, parts[1].table.sessions)
    return View(parts, places, np.insert(parts[0].table.at, places, parts[1].table.at), following(sessions))


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
