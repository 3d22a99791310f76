"""BM25 over the postings of one or two indexes, and over the times of memories for dates.

Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lukhas_common.memory.search.dates import Stretch
from lukhas_common.memory.search.index import Index
from lukhas_common.memory.search.pooling import idf
from lukhas_common.memory.search.terms import number, terms

K1, B = 0.9, 0.4


@dataclass(frozen=True, slots=True)
class Asked:
    """One word of a query, or one date.

    Attributes:
        name: the stem, or ``date:`` and the date.
        matches: of each index the rows that have it, and how often.
        weight: its inverse document frequency, times how often it was asked.
    """

    name: str
    matches: tuple[tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint16]], ...]
    weight: float
    is_date: bool


@dataclass(frozen=True, slots=True)
class Lexical:
    """A query's words against some indexes."""

    parts: tuple[Index, ...]
    asked: tuple[Asked, ...]
    length: float
    """Mean number of terms of all documents."""

    @classmethod
    def of(cls, query: str, dates: Sequence[Stretch], parts: Sequence[Index]) -> Lexical:
        """What is in none of the documents is left out."""
        documents = sum(map(len, parts))
        total = sum(int(part.table.lengths.sum(dtype=np.int64)) for part in parts)
        named = [
            (name, tuple(_rows_of(number(name), part) for part in parts), times, False)
            for name, times in Counter(terms(query)).items()
        ] + [(f"date:{date.name}", tuple(_rows_at(date, part) for part in parts), 1, True) for date in dates]
        found = []
        for name, matches, times, is_date in named:
            frequency = sum(len(rows) for rows, _ in matches)
            if frequency:
                weight = times * float(idf(documents, np.array(frequency)))
                found.append(Asked(name, matches, weight, is_date))
        return cls(tuple(parts), tuple(found), max(total / documents, 1.0) if documents else 1.0)

    def scores(self) -> list[npt.NDArray[np.float64]]:
        """Of each index, of each of its rows."""
        scores = []
        for at, part in enumerate(self.parts):
            sums = np.zeros(len(part))
            for one in self.asked:
                rows, counts = one.matches[at]
                sums[rows] += self._added(one, part, rows, counts)
            scores.append(sums)
        return scores

    def matched(self, at: int, rows: Sequence[int]) -> list[tuple[tuple[str, float], ...]]:
        """Of some rows of an index what each word added, as ``scores`` summed it."""
        wanted = np.array(rows, np.uint32)
        found: list[list[tuple[str, float]]] = [[] for _ in rows]
        for one in self.asked:
            have, counts = one.matches[at]
            places = np.searchsorted(have, wanted)
            places[places == len(have)] = 0
            if len(have):
                hits = np.flatnonzero(have[places] == wanted)
                added = self._added(one, self.parts[at], wanted[hits], counts[places[hits]])
                for hit, weight in zip(hits, added, strict=True):
                    found[hit].append((one.name, float(weight)))
        return [tuple(matches) for matches in found]

    def _added(
        self, one: Asked, part: Index, rows: npt.NDArray[np.uint32], counts: npt.NDArray[np.uint16]
    ) -> npt.NDArray[np.float64]:
        """What a word adds to each row; a date as much as a word that stands once in a document of mean length."""
        if one.is_date:
            return np.full(len(rows), one.weight)
        often = counts.astype(np.float64)
        added: npt.NDArray[np.float64] = (
            one.weight * (K1 + 1) * often / (often + K1 * (1 - B + B / self.length * part.table.lengths[rows]))
        )
        return added


def _rows_of(term: int, part: Index) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint16]]:
    found = part.terms.find(term)
    return part.terms.rows[found], part.terms.counts[found]


def _rows_at(date: Stretch, part: Index) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint16]]:
    within = np.zeros(len(part), np.bool_)
    for start, end in date.spans:
        within |= (part.table.at >= start) & (part.table.at < end)
    rows = np.flatnonzero(within).astype(np.uint32)
    return rows, np.ones(len(rows), np.uint16)
