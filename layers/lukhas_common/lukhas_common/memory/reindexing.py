"""Building a person's index anew, by another embedder than it was built with.

The old index stays, and answers by words, until the new one is complete. Each run adds a bounded number of memories to
an index of its own, which the manifest names as the one that is being built: objects first, then the manifest, so a run
that is cut off left objects that nobody names, and the next one goes on from the manifest. What is stored or deleted
meanwhile goes into the old index as ever, and from there into the new one. The last run lets it take the old one's
place, in one change of the manifest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from lukhas_common.memory.asking import words_of
from lukhas_common.memory.contents import Content, UnreadableError, opened
from lukhas_common.memory.folded import Folds
from lukhas_common.memory.indexes import Indexes, built_with
from lukhas_common.memory.manifest import Manifest, ManifestMovedError
from lukhas_common.memory.placed import Placed
from lukhas_common.memory.ports import MemoryStore
from lukhas_common.memory.stored import Stage, Stored
from lukhas_common.memory.vault import Secrets

_HELD = (Stage.FRESH, Stage.INDEXED, Stage.FOLDED)


@dataclass(frozen=True, slots=True)
class Reindexed:
    """What a step leaves: the manifest to be, memories that were added, and those that are still to be."""

    manifest: Manifest
    added: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True)
class Reindexing:
    """Takes one person's index a step further."""

    store: MemoryStore
    indexes: Indexes
    folds: Folds

    def step(self, secrets: Secrets, manifest: Manifest) -> Reindexed:
        """Add some memories to the index that is being built; nothing where the index is as it should be.

        Raises:
            ManifestMovedError: others changed these memories meanwhile: begin anew.
            MeaningError: the embedder has no answer.
        """
        placed = self.indexes.placed(secrets, manifest)
        embedder = self.indexes.embedder_of(placed.index)
        if built_with(placed.index, embedder):
            return Reindexed(replace(manifest, building=""))
        begun = self.indexes.begun(secrets, manifest, embedder)
        missing = sorted(placed.places.keys() - begun.places.keys())
        some = missing[: self.indexes.at_once]
        readable, lost = self._read(secrets, manifest, placed, some)
        after = self.indexes.extended(secrets, begun, readable, begun.places.keys() - placed.places.keys(), embedder)
        after = replace(after, index=after.index.with_concepts_of(placed.index))
        name = self.indexes.put(secrets, after)
        left = len(missing) - len(some)
        if not left:
            found = replace(manifest, index=name, building="", documents=len(after.index))
            return Reindexed(found, len(readable))
        manifest = replace(manifest, building=name)
        if lost:
            fewer = self.indexes.extended(secrets, placed, [], lost, words_of(placed.index))
            manifest = replace(manifest, index=self.indexes.put(secrets, fewer), documents=len(fewer.index))
        return Reindexed(manifest, len(readable), left)

    def _read(
        self, secrets: Secrets, manifest: Manifest, placed: Placed, memory_ids: Iterable[str]
    ) -> tuple[list[tuple[Stored, Content]], list[str]]:
        """What these memories say, and those of which nobody can tell any more."""
        places = {memory_id: placed.places[memory_id] for memory_id in memory_ids}
        there = {stored.memory_id: stored for stored in self.store.get(secrets.owner, sorted(places.values()))}
        readable: list[tuple[Stored, Content]] = []
        lost: list[str] = []
        for memory_id in places:
            stored = there.get(memory_id)
            try:
                if stored is None or stored.stage not in _HELD:
                    raise UnreadableError("it is over, was deleted or set aside")
                readable.append((stored, content_of(self.folds, secrets, manifest, stored)))
            except UnreadableError:
                lost.append(memory_id)
        return readable, lost


def content_of(folds: Folds, secrets: Secrets, manifest: Manifest, stored: Stored) -> Content:
    """What a memory says that is indexed or folded.

    Raises:
        UnreadableError: nobody can tell any more.
        ManifestMovedError: it was moved to another fold meanwhile.
    """
    if stored.stage is not Stage.FOLDED:
        return opened(stored, secrets)
    content = folds.read(secrets, stored, manifest)
    if content is None:
        raise ManifestMovedError("the fold of a memory counts no more in this manifest")
    return content
