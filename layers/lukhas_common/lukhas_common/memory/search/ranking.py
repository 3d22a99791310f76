"""Which memories answer a question: by words, by meaning, and by what was said around them.

Of each candidate, BM25 of the words (k1 0.9, b 0.4) and the cosine of the vectors are each put on the scale of all
candidates (mean 0, standard deviation 1) and summed half and half. To that sum comes half of its predecessor's in
the session and a fifth of its successor's: an answer often stands beside the words that were asked with.

Where vectors lie elsewhere, only the nearest are known. The candidates then are those and the best by words, or all
where these are too few; the cosine of one that is not among the nearest is taken as the least of theirs.

Filters come first: what they leave out is not on the scale, and lends nothing to its neighbours, so nothing about it
can be told from a score. How rare a word is, is counted over all documents, as in any filtered search.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Unpack

import numpy as np
import numpy.typing as npt

from lukhas_common.memory.search.dates import stretches
from lukhas_common.memory.search.documents import memory_id, milliseconds
from lukhas_common.memory.search.embedder import Embedder
from lukhas_common.memory.search.hits import Explanation, Filters, Hit
from lukhas_common.memory.search.index import Index, concept_number
from lukhas_common.memory.search.lexical import Lexical
from lukhas_common.memory.search.pooling import cosines, question
from lukhas_common.memory.search.view import View, view

BEFORE, AFTER = 0.5, 0.2
LONGEST_QUERY = 10_000
"""Characters of a query that count."""

MOST_BY_WORDS = 100
"""Candidates that only their words make such, where vectors lie elsewhere; more where more are asked for."""

Scores = npt.NDArray[np.float64]


def search_over(
    indexes: Sequence[Index],
    query: str,
    embedder: Embedder,
    *,
    limit: int = 10,
    meant: Mapping[str, float] | None = None,
    **filters: Unpack[Filters],
) -> list[Hit]:
    """The best of several indexes, ranked as of one that is merged of them.

    The first should be the large one, and the others be built ``beside`` it; then a search costs hardly more than in
    the first alone. A document that is in several is taken from the last.

    Args:
        limit: how many at most. All candidates are ranked, so fewer come only where there are fewer.
        kinds: only of these, or made in one of ``spans``: their first and last moments.
        since: made at or after; ``until``: made before. Seconds since the epoch.
        concepts: about any of these.
        now: what "yesterday" is told from, and when memories must be valid; without it, neither is looked at.
        exclude: ids of memories that are not to be found, such as those forgotten since the index was built.
        meant: where vectors lie elsewhere, the ids of the nearest with their cosines; the indexes' own do not count.

    Returns:
        The highest score first, then the newest, then by id. Nothing where the query has neither a word that counts
        nor a token that the embedder knows.

    Raises:
        EmbedderDiffersError: an index was built with another.
        ValueError: a time is no number, an id no UUID.
    """
    query = query[:LONGEST_QUERY]
    if limit <= 0 or not query.strip():
        return []
    over = view(indexes, embedder)
    if over is None:
        return []
    candidates = over.gathered([let_through(part, **filters) for part in over.parts])
    dates = stretches(query, filters.get("now"), over.years)
    words = Lexical.of(query, dates, over.parts)
    direction = question(query, over.parts[0].snapshot, embedder)
    if not candidates.any() or not (words.asked or direction or meant):
        return []
    raw = over.gathered(words.scores())
    if meant is None:
        cosine = over.gathered(
            [cosines(part.vectors, direction) if direction else np.zeros(len(part)) for part in over.parts]
        )
    else:
        cosine, near = _elsewhere(over, meant, candidates)
        likely = candidates & (near | _best_by_words(raw, candidates, max(limit, MOST_BY_WORDS)))
        if int(likely.sum()) >= limit:
            candidates = likely
    raw_z, cosine_z = _standardised(raw, candidates), _standardised(cosine, candidates)
    own = 0.5 * raw_z + 0.5 * cosine_z
    before, after = np.zeros(len(own)), np.zeros(len(own))
    before[1:] = np.where(over.follows[1:], BEFORE * own[:-1], 0.0)
    after[:-1] = np.where(over.follows[1:], AFTER * own[1:], 0.0)
    score = own + before + after
    best = _best(score, candidates, over, limit)
    sources = over.sources(best)
    matched: dict[tuple[int, int], tuple[tuple[str, float], ...]] = {}
    for at in range(len(over.parts)):
        rows = [row for part, row in sources if part == at]
        matched |= dict(zip([(at, row) for row in rows], words.matched(at, rows), strict=True))
    return [
        Hit(
            memory_id(over.parts[source[0]].table.ids[source[1]]),
            float(score[row]),
            Explanation(
                bm25=float(raw[row]),
                bm25_z=float(raw_z[row]),
                cosine=float(cosine[row]),
                cosine_z=float(cosine_z[row]),
                before=float(before[row]),
                after=float(after[row]),
                matched=matched[source],
            ),
        )
        for row, source in zip(best, sources, strict=True)
    ]


def let_through(
    part: Index,
    *,
    kinds: Collection[str] | None = None,
    spans: Collection[tuple[float, float]] = (),
    since: float | None = None,
    until: float | None = None,
    concepts: Collection[str] | None = None,
    now: float | None = None,
    exclude: Collection[str] = (),
) -> npt.NDArray[np.bool_]:
    """Of each row whether the filters let it through; ``search_over`` says what they are."""
    rows, found = part.table, np.ones(len(part), np.bool_)
    if kinds is not None:
        found &= np.isin(rows.kinds, [code for code, kind in enumerate(part.kinds) if kind in kinds])
        for first, last in spans:
            found |= (rows.at >= milliseconds(first)) & (rows.at <= milliseconds(last))
    if since is not None:
        found &= rows.at >= milliseconds(since)
    if until is not None:
        found &= rows.at < milliseconds(until)
    if now is not None:
        moment = milliseconds(now)
        found &= (rows.valid_from <= moment) & (moment < rows.valid_until)
    if concepts is not None:
        about = np.zeros(len(part), np.bool_)
        for name in concepts:
            about[part.concepts.rows[part.concepts.find(concept_number(name))]] = True
        found &= about
    if exclude:
        found &= ~part.rows_of(exclude)
    return found


def _elsewhere(
    over: View, meant: Mapping[str, float], candidates: npt.NDArray[np.bool_]
) -> tuple[Scores, npt.NDArray[np.bool_]]:
    """The cosine of each row, and of each whether it is known."""
    near = over.gathered([part.rows_of(meant) for part in over.parts]) & candidates
    rows = np.flatnonzero(near)
    known = np.array([meant[memory_id(row)] for row in over.ids(rows.tolist())], np.float64)
    cosine = np.full(len(near), known.min() if len(rows) else 0.0)
    cosine[rows] = known
    return cosine, near


def _best_by_words(raw: Scores, candidates: npt.NDArray[np.bool_], most: int) -> npt.NDArray[np.bool_]:
    """Of each row whether it is among the best that have a word of the query."""
    matching = candidates & (raw > 0)
    if int(matching.sum()) > most:
        matching &= raw >= np.partition(raw[matching], -most)[-most]
    return matching


def _standardised(values: Scores, candidates: npt.NDArray[np.bool_]) -> Scores:
    """By how many standard deviations each candidate lies above their mean; 0 where all are alike, or for others."""
    chosen = values[candidates]
    mean, deviation = float(chosen.mean()), float(chosen.std())
    # Rounding alone must not look like a difference.
    if deviation <= 1e-9 * max(abs(mean), 1e-9):
        return np.zeros(len(values))
    return np.where(candidates, (values - mean) / deviation, 0.0)


def _best(score: Scores, candidates: npt.NDArray[np.bool_], over: View, limit: int) -> list[int]:
    """The rows of the highest scores; of equal ones the newest first, then by id."""
    rows = np.flatnonzero(candidates)
    if limit < len(rows):
        chosen = score[rows]
        least = np.partition(chosen, len(chosen) - limit)[len(chosen) - limit]
        rows = rows[chosen >= least]
        # With thousands of equal scores, only the newest are worth their ids.
        if len(rows) > 4 * limit:
            order = np.lexsort((-over.at[rows], -score[rows]))
            last = rows[order[limit - 1]]
            rows = rows[(score[rows] > score[last]) | ((score[rows] == score[last]) & (over.at[rows] >= over.at[last]))]
    listed = rows.tolist()
    ids = [one.tobytes() for one in over.ids(listed)]
    keys = zip((-score[rows]).tolist(), (-over.at[rows]).tolist(), ids, listed, strict=True)
    return [row for *_, row in sorted(keys)][:limit]
