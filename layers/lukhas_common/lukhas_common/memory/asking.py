"""A question to a person's index, and to what is too new for it: the best hits, as many as turn out to be needed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from lukhas_common.memory.search.documents import Document
from lukhas_common.memory.search.embedder import Embedder, SilentEmbedder
from lukhas_common.memory.search.errors import MeaningError
from lukhas_common.memory.search.hits import Filters, Hit
from lukhas_common.memory.search.index import Index
from lukhas_common.memory.search.ranking import let_through, search_over

HELD = 8
"""Indexes of what was fresh lately that a process holds: with a backlog, embedding it takes most of a search."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What is in no stored index yet: ``named`` tells it apart from whatever else was, ``documents`` reads it."""

    held: OrderedDict[tuple[object, ...], Index]
    named: tuple[object, ...]
    documents: Callable[[], Sequence[Document]]

    def index(self, stored: Index, embedder: Embedder) -> Index:
        """An index of it to be searched together with the stored one."""
        name = (embedder.name, embedder.dimensions, isinstance(embedder, SilentEmbedder), *self.named)
        found = self.held.get(name)
        # Weighed otherwise it would be merged at each search.
        is_other = found is not None and len(stored) > 0 and not found.snapshot.same(stored.snapshot)
        if found is None or is_other or not _begins(found.kinds, stored.kinds):
            found = Index.build(self.documents(), embedder, beside=stored)
            self.held[name] = found
        self.held.move_to_end(name)
        while len(self.held) > HELD:
            self.held.popitem(last=False)
        return found


@dataclass
class Asked:
    """One question. Where the embedder has no answer, words alone give one.

    Attributes:
        beside: what is in no index yet.
        meant: asks where vectors lie elsewhere; see ``search_over``.
        degraded: why words alone were compared; empty where they were not.
    """

    index: Index
    beside: Beside
    query: str
    embedder: Embedder
    meant: Callable[[], Mapping[str, float] | None]
    filters: Filters
    degraded: str = field(default="", init=False)

    def best(self, limit: int) -> list[Hit]:
        """The best hits; fewer than ``limit`` only where there are no more."""
        if not self.degraded:
            try:
                return search_over(
                    self._by_meaning, self.query, self.embedder, limit=limit, meant=self._meant, **self.filters
                )
            except MeaningError as error:
                self.degraded = error.reason
        return search_over(self._by_words, self.query, words_of(self.index), limit=limit, **self.filters)

    def let_through(self, memory_ids: Sequence[str]) -> list[str]:
        """Those of these memories that are in the stored index, and that the filters let through."""
        return [memory_id for memory_id, row in self.index.found(memory_ids).items() if self._let[row]]

    @cached_property
    def _let(self) -> npt.NDArray[np.bool_]:
        return let_through(self.index, **self.filters)

    @cached_property
    def _meant(self) -> Mapping[str, float] | None:
        return self.meant()

    @cached_property
    def _by_meaning(self) -> list[Index]:
        _ = self._meant  # which may say that this index is none of this embedder
        return self._with_documents(self.embedder)

    @cached_property
    def _by_words(self) -> list[Index]:
        return self._with_documents(words_of(self.index))

    def _with_documents(self, embedder: Embedder) -> list[Index]:
        return [self.index, self.beside.index(self.index, embedder)] if self.beside.named else [self.index]


def _begins(kinds: Sequence[str], known: Sequence[str]) -> bool:
    return tuple(kinds[: len(known)]) == tuple(known)


def words_of(index: Index) -> SilentEmbedder:
    """What to search and change an index with by words alone, whatever it was built with."""
    return SilentEmbedder(index.embedder, index.dimensions)
