"""What a search finds, and why."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, TypedDict


@dataclass(frozen=True, slots=True)
class Explanation:
    """The parts of a score: 0.5 * ``bm25_z`` + 0.5 * ``cosine_z`` + ``before`` + ``after``, added in this order.

    Attributes:
        bm25: how well the words match; ``bm25_z`` by how many standard deviations better than the candidates' mean.
        cosine: how alike query and memory are in meaning; ``cosine_z`` likewise.
        before: half of what the session's previous memory scored by itself; ``after`` a fifth of the next one's.
        matched: stems and dates of the query that are in the memory, with what each added; they add up to ``bm25``.
    """

    bm25: float
    bm25_z: float
    cosine: float
    cosine_z: float
    before: float
    after: float
    matched: tuple[tuple[str, float], ...]

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _PARTS}


_PARTS = tuple(Explanation.__slots__)


@dataclass(frozen=True, slots=True)
class Hit:
    """A memory that was found; scores of one search compare, those of two do not."""

    memory_id: str
    score: float
    explanation: Explanation


class Filters(TypedDict, total=False):
    """What a search may leave out; ``ranking.search_over`` says what each does."""

    kinds: Collection[str] | None
    spans: Collection[tuple[float, float]]
    since: float | None
    until: float | None
    concepts: Collection[str] | None
    now: float | None
    exclude: Collection[str]


class Options(Filters, total=False):
    """What a search may be told."""

    limit: int
