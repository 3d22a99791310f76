"""Vectors that lie elsewhere than in the stored index: of people with more memories than one object should hold.

The stored index then has words alone. An index of vectors is written before the manifest names what was put, so what a
run leaves that was cut off is a vector that no stored index knows: it is passed over, put again, or swept away.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lukhas_common.memory.ports import Vector, VectorIndex, Within
from lukhas_common.memory.search.documents import Document, milliseconds
from lukhas_common.memory.search.embedder import Embedder, SilentEmbedder
from lukhas_common.memory.search.hits import Filters
from lukhas_common.memory.search.pooling import asked
from lukhas_common.memory.search.ranking import LONGEST_QUERY
from lukhas_common.memory.vault import Secrets, space_of

BEYOND = 100_000
"""Memories of a person of which one object still holds the vectors."""

NEAREST = 100
"""Vectors that a search asks for: as many as S3 Vectors answers in one page."""


@dataclass(frozen=True, slots=True)
class Apart:
    """The vectors of people with more than ``beyond`` memories."""

    embedder: Embedder
    vectors: VectorIndex
    beyond: int = BEYOND

    @property
    def silent(self) -> SilentEmbedder:
        """What the stored index of such a person is built with; its name says where the vectors are."""
        return SilentEmbedder(f"{self.embedder.name} apart")

    def space(self, secrets: Secrets) -> str:
        """Where the vectors of a person are under this key and by this embedder."""
        return space_of(secrets.owner, secrets.key_id, self.embedder.name)

    def put(self, secrets: Secrets, documents: Sequence[Document]) -> None:
        """Add the vectors of documents; one that says nothing has none.

        Raises:
            MeaningError: the embedder has no answer.
        """
        rows = self.embedder.embed([document.text for document in documents])
        self.vectors.put(
            self.space(secrets),
            [
                Vector(document.memory_id, row.tolist(), document.kind, milliseconds(document.at))
                for document, row in zip(documents, rows, strict=True)
                if row.any()
            ],
        )

    def delete(self, secrets: Secrets, memory_ids: Collection[str]) -> None:
        """Take vectors away."""
        if memory_ids:
            self.vectors.delete(self.space(secrets), sorted(memory_ids))

    def meant(
        self, secrets: Secrets, query: str, fresh: Sequence[Document], filters: Filters
    ) -> Mapping[str, float] | None:
        """The memories nearest to a query with their cosines, and those of what is too new; None if it says nothing.

        Raises:
            MeaningError: the embedder or the index of vectors has no answer.
        """
        direction = asked(query[:LONGEST_QUERY], self.embedder)
        if not direction.any():
            return None
        kinds, since, until = filters.get("kinds"), filters.get("since"), filters.get("until")
        if filters.get("spans"):
            kinds = None  # it knows nothing of spans: what it answers is looked at by all filters anyway
        within = Within(
            None if kinds is None else sorted(kinds),
            None if since is None else milliseconds(since),
            None if until is None else milliseconds(until),
        )
        found = dict(self.vectors.nearest(self.space(secrets), direction.tolist(), NEAREST, within))
        rows = self.embedder.embed([document.text for document in fresh])
        cosines = np.atleast_1d(rows @ direction).tolist() if len(rows) else []
        return found | dict(zip([document.memory_id for document in fresh], cosines, strict=True))

    def sweep(self, secrets: Secrets, known: Collection[str], live: Collection[str]) -> int:
        """Delete vectors that no memory has any more, and those by other embedders; answers how many these were.

        Args:
            known: ids that had a vector before ``live`` was looked up, so that none is taken for gone that is new.
        """
        mine = self.space(secrets)
        others = [space for space in self.vectors.spaces(space_of(secrets.owner, secrets.key_id)) if space != mine]
        gone = set(known).difference(live)
        self.delete(secrets, gone)
        return len(gone) + sum(self.vectors.drop(space) for space in others)
