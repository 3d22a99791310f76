"""Vectors of texts: sums of token vectors, each weighed by how rare the token is among a person's own memories.

Rarity changes as memories come and go. Vectors that were weighed differently do not compare, so an index weighs all
of its own, and every question, by one count of tokens (a Snapshot). It counts anew, and sums all vectors anew, when
there are a quarter more or fewer memories than were counted; a weight, a logarithm, has moved by less than .3 till
then. The tokens of each memory are in the index, so no text is needed. A token that was not counted yet weighs most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lukhas_common.memory.search.embedder import Embedder, Floats, Ids, QuestionEmbedder, TokenEmbedder
from lukhas_common.memory.search.errors import IndexDamagedError
from lukhas_common.memory.search.postings import Bags

DRIFT = 0.25
"""Share of the counted memories by which their number may change before they are counted anew."""

_AT_ONCE = 4096
"""Token vectors that are in memory at a time while summing: 4 MB of 256 dimensions."""

# Whole numbers up to here are exact in float32, and so is every sum of such products: a cosine does not depend on the
# order of summing, the machine or the place of a row. See `question`.
_EXACT = 1 << 24
_MOST = 127


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How many memories there were, and in how many each token occurred; ``tokens`` in rising order."""

    documents: int
    tokens: npt.NDArray[np.uint16]
    frequencies: npt.NDArray[np.uint32]

    def weights(self, ids: Ids) -> Floats:
        """The inverse document frequencies of tokens, as BM25 has them."""
        if not len(self.tokens):
            return np.ones(len(ids), np.float32)
        at = np.minimum(np.searchsorted(self.tokens, ids), len(self.tokens) - 1)
        found = np.where(self.tokens[at] == ids, self.frequencies[at], 0)
        return idf(self.documents, found).astype(np.float32)

    def drifted(self, documents: int) -> bool:
        """Whether so many memories are to be counted anew."""
        return abs(documents - self.documents) > DRIFT * self.documents

    def same(self, other: Snapshot) -> bool:
        """Whether vectors that were weighed by either compare."""
        return (
            self.documents == other.documents
            and np.array_equal(self.tokens, other.tokens)
            and np.array_equal(self.frequencies, other.frequencies)
        )


@dataclass(frozen=True, slots=True)
class Vectors:
    """A vector a row: signed bytes, and a scale that makes its length 1, or 0 for a text that says nothing."""

    values: npt.NDArray[np.int8]
    scales: Floats

    def taken(self, rows: npt.NDArray[np.intp]) -> Vectors:
        """These rows, in this order."""
        return Vectors(self.values[rows], self.scales[rows])

    def joined(self, other: Vectors) -> Vectors:
        """These rows, then the other's."""
        return Vectors(np.concatenate([self.values, other.values]), np.concatenate([self.scales, other.scales]))


@dataclass(frozen=True, slots=True)
class Question:
    """A query's vector of whole numbers, and its length."""

    values: Floats
    length: float


def idf(documents: int, frequencies: npt.NDArray[np.integer]) -> npt.NDArray[np.float64]:
    """Inverse document frequencies (Robertson and Zaragoza 2009, with Lucene's 1 that keeps them positive)."""
    weights: npt.NDArray[np.float64] = np.log1p((documents - frequencies + 0.5) / (frequencies + 0.5))
    return weights


def count(tokens: Bags) -> Snapshot:
    """The memories with these tokens, counted."""
    ids, frequencies = np.unique(tokens.ids, return_counts=True)
    return Snapshot(len(tokens.starts) - 1, ids, frequencies.astype(np.uint32))


def pooled(tokens: Bags, snapshot: Snapshot, embedder: TokenEmbedder) -> Vectors:
    """The vectors of rows with these tokens.

    Raises:
        IndexDamagedError: the embedder knows no such tokens.
    """
    rows = len(tokens.starts) - 1
    sums = np.zeros((rows, embedder.dimensions), np.float32)
    kinds, local = np.unique(tokens.ids, return_inverse=True)
    weights = snapshot.weights(kinds)[local] * tokens.counts
    start = 0
    while start < rows:
        # As many rows as have few enough tokens; one that has more is summed in slices.
        first = int(tokens.starts[start])
        end = max(int(np.searchsorted(tokens.starts, first + _AT_ONCE, "right")) - 1, start + 1)
        last = int(tokens.starts[end])
        for at in range(first, last, _AT_ONCE):
            part = slice(at, min(last, at + _AT_ONCE))
            try:
                scaled = embedder.vectors(tokens.ids[part])
            except IndexError:
                raise IndexDamagedError("it has tokens that its embedder does not know") from None
            scaled *= weights[part, np.newaxis]
            if end == start + 1:
                sums[start] += scaled.sum(axis=0)
            else:
                filled = start + np.flatnonzero(tokens.starts[start:end] < tokens.starts[start + 1 : end + 1])
                sums[filled] = np.add.reduceat(scaled, tokens.starts[filled].astype(np.intp) - first, axis=0)
        start = end
    return quantised(sums)


def quantised(rows: Floats) -> Vectors:
    """The directions of rows, in signed bytes."""
    most = np.abs(rows).max(axis=1, initial=0.0)[:, np.newaxis]
    most[~(most > 0)] = np.inf
    values = np.rint(rows * (_MOST / most)).astype(np.int8)
    lengths = np.sqrt(np.square(values, dtype=np.int32).sum(axis=1, dtype=np.int64))
    scales = np.divide(1.0, lengths, out=np.zeros(len(rows)), where=lengths > 0)
    return Vectors(values, scales.astype(np.float32))


def question(text: str, snapshot: Snapshot, embedder: Embedder) -> Question | None:
    """A query's vector; nothing if the query says nothing to the embedder.

    It is rounded to whole numbers such that no sum of products with signed bytes can reach 2**24 (by Cauchy and
    Schwarz): at 256 dimensions its length is 8,240, which costs 0.1 % of it, a tenth of what the bytes cost.
    """
    if isinstance(embedder, TokenEmbedder):
        found = Counter(embedder.tokens(text))
        if not found:
            return None
        ids = np.array(sorted(found), np.uint16)
        weights = snapshot.weights(ids) * np.array([found[int(token)] for token in ids], np.float32)
        row = weights @ embedder.vectors(ids)
    else:
        row = asked(text, embedder)
    length = float(np.linalg.norm(row))
    if not 0 < length < np.inf:
        return None
    size = np.sqrt(embedder.dimensions)
    values = np.rint(row * ((_EXACT / (_MOST * size) - size) / length)).astype(np.float32)
    return Question(values, float(np.linalg.norm(values.astype(np.float64))))


def asked(text: str, embedder: Embedder) -> Floats:
    """A query's vector by itself, as the embedder makes those of questions."""
    row: Floats = embedder.embed_question(text) if isinstance(embedder, QuestionEmbedder) else embedder.embed([text])[0]
    return row


def cosines(vectors: Vectors, asked: Question) -> npt.NDArray[np.float64]:
    """Of each row with the question."""
    rows, dimensions = vectors.values.shape
    products = np.empty(rows, np.float32)
    # In stretches that stay in the cache as float32, and that BLAS does not start threads for.
    stretch = max(1, (1 << 17) // dimensions)
    wide = np.empty((stretch, dimensions), np.float32)
    for start in range(0, rows, stretch):
        end = min(rows, start + stretch)
        np.copyto(wide[: end - start], vectors.values[start:end])
        np.dot(wide[: end - start], asked.values, out=products[start:end])
    return products * (vectors.scales.astype(np.float64) / asked.length)


def embedded(texts: Sequence[str], embedder: Embedder) -> Vectors:
    """The vectors of texts by an embedder that has no tokens."""
    rows = np.asarray(embedder.embed(texts), np.float32).reshape(len(texts), embedder.dimensions)
    return quantised(np.nan_to_num(rows, nan=0.0, posinf=0.0, neginf=0.0))
