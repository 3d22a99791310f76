"""Building index and graph anew from the items, where they are damaged or not there.

The graph comes back in one run: rules read what the newest memories say, and at most so many facts are kept. The index
comes back a bounded number of memories a run. Until it is whole the manifest names it as the one that is being built,
too: searches find what it has already, say that it is not whole, and each run goes on with it. As ever objects are put
first, and then the manifest names them, so a run that is cut off leaves objects that nobody names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice

from lukhas_common.memory.concepts import extract
from lukhas_common.memory.contents import Content, UnreadableError
from lukhas_common.memory.folded import Folds
from lukhas_common.memory.graph import MOST, Graph, Known
from lukhas_common.memory.indexes import Indexes, built_with, is_mending, relations_of
from lukhas_common.memory.manifest import Manifest
from lukhas_common.memory.models import text_of
from lukhas_common.memory.placed import Placed
from lukhas_common.memory.ports import MemoryStore
from lukhas_common.memory.reindexing import Reindexed, content_of
from lukhas_common.memory.search.embedder import Embedder
from lukhas_common.memory.stored import Stage, Stored
from lukhas_common.memory.vault import Secrets

_SETTLED = (Stage.INDEXED, Stage.FOLDED)


@dataclass(frozen=True, slots=True)
class Mending:
    """Takes what was lost of one person a step nearer to being whole."""

    store: MemoryStore
    indexes: Indexes
    folds: Folds

    def step(self, secrets: Secrets, manifest: Manifest) -> Reindexed:
        """Build the graph anew, and a part of the index; nothing where both are whole.

        Args:
            manifest: read just now.

        Raises:
            ManifestMovedError: others changed these memories meanwhile: begin anew.
            MeaningError: the embedder has no answer.
        """
        lost = self.indexes.lost(secrets, manifest)
        if not lost and not is_mending(manifest):
            return Reindexed(manifest)
        live = {each.memory_id: each for each in self.store.every(secrets.owner)}
        if manifest.graph in lost:
            graph = Graph().with_relations(islice(self._relations(secrets, manifest, live), MOST))
            manifest = replace(manifest, graph=self.indexes.put_graph(secrets, graph))
        if manifest.index in lost or is_mending(manifest):
            return self._index(secrets, manifest, live, is_lost=manifest.index in lost)
        return Reindexed(manifest)

    def _index(self, secrets: Secrets, manifest: Manifest, live: Mapping[str, Stored], *, is_lost: bool) -> Reindexed:
        placed = Placed.empty(self.indexes.embedder) if is_lost else self.indexes.placed(secrets, manifest)
        embedder = self._embedder(secrets, placed, len(live))
        if not built_with(placed.index, embedder):
            placed = Placed.empty(embedder)
        missing = sorted(m for m, each in live.items() if each.stage in _SETTLED and m not in placed.places)
        # What cannot be read is passed over, and counts for nothing: so each run gets on.
        waiting = iter(missing)
        some = list(islice(self._readable(secrets, manifest, map(live.__getitem__, waiting)), self.indexes.at_once))
        left = sum(1 for _ in waiting)
        after = self.indexes.extended(secrets, placed, some, placed.places.keys() - live.keys(), embedder, draw=True)
        name = self.indexes.put(secrets, after)
        manifest = replace(manifest, index=name, building=name if left else "", documents=len(after.index))
        return Reindexed(manifest, len(some), left)

    def _embedder(self, secrets: Secrets, placed: Placed, memories: int) -> Embedder:
        """As ``Indexes.embedder_of``, of an index that is not whole."""
        apart = self.indexes.apart
        if apart is None or len(placed.index):
            return self.indexes.embedder_of(placed.index)
        is_apart = memories > apart.beyond or next(iter(apart.vectors.ids(apart.space(secrets))), None) is not None
        return apart.silent if is_apart else self.indexes.embedder

    def _relations(self, secrets: Secrets, manifest: Manifest, live: Mapping[str, Stored]) -> Iterator[Known]:
        """What the values say that hold, the newest first."""
        places = {each.place for each in live.values()}
        holding = [each for each in live.values() if (each.slot, each.seq + 1) not in places]
        newest = sorted(holding, key=lambda each: (each.valid_from, each.memory_id), reverse=True)
        settled = (each for each in newest if each.stage in _SETTLED)
        for stored, content in self._readable(secrets, manifest, settled):
            yield from relations_of([(stored, content, extract(text_of(content.key, content.value)))])

    def _readable(
        self, secrets: Secrets, manifest: Manifest, found: Iterable[Stored]
    ) -> Iterator[tuple[Stored, Content]]:
        for stored in found:
            with suppress(UnreadableError):  # it was reported, or will be once somebody recalls it
                yield stored, content_of(self.folds, secrets, manifest, stored)
