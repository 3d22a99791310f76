"""A question to a person's index, and to what is too new for it: the best hits, as many as turn out to be needed."""

from __future__ import annotations

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


@dataclass
class Asked:
    """One question. Where the embedder has no answer, words alone give one.

    Attributes:
        documents: what is in no index yet.
        meant: asks where vectors lie elsewhere; see ``search_over``.
        degraded: why words alone were compared; empty where they were not.
    """

    index: Index
    documents: Sequence[Document]
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
        if not self.documents:
            return [self.index]
        return [self.index, Index.build(self.documents, embedder, beside=self.index)]


def words_of(index: Index) -> SilentEmbedder:
    """What to search and change an index with by words alone, whatever it was built with."""
    return SilentEmbedder(index.embedder, index.dimensions)
