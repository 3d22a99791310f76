"""The search index and the graph of a person's memories, as sealed objects that the manifest names.

Both are made anew for each change and put under a name of their own, so a reader never sees half of one. An index that
was built by another embedder than there is now still answers by words, until ``reindexing.py`` has built it anew.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Unpack

from lukhas_common.memory.apart import Apart
from lukhas_common.memory.contents import Content
from lukhas_common.memory.extraction import BatchExtractor, Extraction, Extractor
from lukhas_common.memory.graph import Graph, Known
from lukhas_common.memory.manifest import Manifest, ManifestMovedError
from lukhas_common.memory.models import text_of
from lukhas_common.memory.ports import MemoryObjects
from lukhas_common.memory.search.blob import from_bytes, to_bytes
from lukhas_common.memory.search.documents import Document
from lukhas_common.memory.search.embedder import Embedder, SilentEmbedder
from lukhas_common.memory.search.errors import MeaningError
from lukhas_common.memory.search.hits import Hit, Options
from lukhas_common.memory.search.index import Index
from lukhas_common.memory.search.ranking import search_over
from lukhas_common.memory.stored import Stored
from lukhas_common.memory.vault import Secrets

HELD = 8
"""Indexes that a process holds opened."""

AT_ONCE = 2000
"""Memories that one run takes at most; what is left is still due."""

REINDEXING = "reindexing"
"""Why words alone answer while an index is built anew."""

NOTHING = Extraction((), ())

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Placed:
    """An index, and where the item of each of its memories lies: slot and number."""

    index: Index
    places: dict[str, Place]

    def to_bytes(self) -> bytes:
        """Both as one: the places first, in the order of the index."""
        known = [self.places[memory_id] for memory_id in self.index.memory_ids()]
        packed = b"".join(bytes.fromhex(slot) + seq.to_bytes(4, "big") for slot, seq in known)
        return len(known).to_bytes(4, "big") + packed + to_bytes(self.index)

    @classmethod
    def from_bytes(cls, data: bytes) -> Placed:
        end = 4 + 20 * int.from_bytes(data[:4], "big")
        index = from_bytes(data[end:])
        rows = (data[start : start + 20] for start in range(4, end, 20))
        places = [(row[:16].hex(), int.from_bytes(row[16:], "big")) for row in rows]
        return cls(index, dict(zip(index.memory_ids(), places, strict=True)))


def superseded(places: Mapping[str, Place]) -> set[str]:
    """Those of these memories whose key has a later value among them."""
    latest: dict[str, int] = {}
    for slot, seq in places.values():
        latest[slot] = max(seq, latest.get(slot, seq))
    return {memory_id for memory_id, (slot, seq) in places.items() if seq < latest[slot]}


@dataclass
class Indexes:
    """Reads and writes the indexes of all people.

    Attributes:
        apart: where the vectors of people with many memories lie; None: all are in the stored index.
        at_once: memories that are embedded in one run at most.
    """

    objects: MemoryObjects
    embedder: Embedder
    extractor: Extractor
    apart: Apart | None = None
    at_once: int = AT_ONCE
    _held: OrderedDict[str, Placed] = field(default_factory=OrderedDict, repr=False)

    def placed(self, secrets: Secrets, manifest: Manifest) -> Placed:
        """The index that counts: one read where this process does not hold it.

        Raises:
            ManifestMovedError: it counts no more, and was deleted.
        """
        return self._opened(secrets, manifest.index) if manifest.index else Placed(Index.build([], self.embedder), {})

    def begun(self, secrets: Secrets, manifest: Manifest, embedder: Embedder) -> Placed:
        """The index by this embedder that is being built; an empty one where there is none."""
        if manifest.building:
            found = self._opened(secrets, manifest.building)
            if built_with(found.index, embedder):
                return found
        return Placed(Index.build([], embedder), {})

    def embedder_of(self, placed: Placed) -> Embedder:
        """What a person's index is to be built with; once their vectors lie elsewhere, they stay there."""
        if self.apart is None:
            return self.embedder
        silent = self.apart.silent
        return silent if len(placed.index) > self.apart.beyond or built_with(placed.index, silent) else self.embedder

    def _opened(self, secrets: Secrets, name: str) -> Placed:
        if name not in self._held:
            self._held[name] = Placed.from_bytes(self._read(secrets, name))
            while len(self._held) > HELD:
                self._held.popitem(last=False)
        self._held.move_to_end(name)
        return self._held[name]

    def graph(self, secrets: Secrets, manifest: Manifest) -> Graph:
        """The graph that counts: one read."""
        name = manifest.graph
        if not name:
            return Graph()
        return Graph.from_json(json.loads(self._read(secrets, name)))

    def search(
        self,
        secrets: Secrets,
        placed: Placed,
        fresh: Sequence[tuple[Stored, Content]],
        query: str,
        **options: Unpack[Options],
    ) -> tuple[list[Hit], str]:
        """The best of the stored index and of memories that are in none yet; and why words alone answered, if so."""
        documents = [document_of(*each) for each in self._drawn(fresh)]
        embedder, meant = self.embedder_of(placed), None
        try:
            if not built_with(placed.index, embedder):
                raise MeaningError(REINDEXING)
            if self._is_apart(embedder) and self.apart is not None:
                meant = self.apart.meant(secrets, query, documents, options)
            beside = Index.build(documents, embedder, beside=placed.index)
            return search_over([placed.index, beside], query, embedder, meant=meant, **options), ""
        except MeaningError as error:
            words = words_of(placed.index)
            beside = Index.build(documents, words, beside=placed.index)
            return search_over([placed.index, beside], query, words, **options), error.reason

    def changed(
        self, secrets: Secrets, manifest: Manifest, added: Sequence[tuple[Stored, Content]], gone: Iterable[str]
    ) -> Manifest:
        """The manifest after these were added and those taken out; the objects that it names are put.

        It may be repeated: what is there already is not added again. An index by another embedder takes up words alone.

        Raises:
            MeaningError: the embedder has no answer.
        """
        placed = self.placed(secrets, manifest)
        absent = [(stored, content) for stored, content in added if stored.memory_id not in placed.places]
        leaving = {memory_id for memory_id in gone if memory_id in placed.places}
        if not absent and not leaving:
            return manifest
        drawn = self._drawn(absent)
        outdated = superseded(placed.places | {stored.memory_id: stored.place for stored, _ in absent})
        relations = [
            Known(found.subject, found.predicate, found.object, stored.memory_id, stored.valid_from)
            for stored, _, extraction in drawn
            if stored.memory_id not in outdated
            for found in extraction.relations
        ]
        graph = self.graph(secrets, manifest).without(leaving | outdated).with_relations(relations)
        embedder = self.embedder_of(placed)
        if not built_with(placed.index, embedder):
            embedder = words_of(placed.index)
        after = self._with(secrets, placed, drawn, leaving, embedder)
        return replace(
            manifest,
            index=self.put(secrets, after),
            graph=self._put(secrets, "graph", json.dumps(graph.to_json(), ensure_ascii=False).encode()),
            documents=len(after.index),
        )

    def extended(
        self,
        secrets: Secrets,
        placed: Placed,
        added: Sequence[tuple[Stored, Content]],
        gone: Collection[str],
        embedder: Embedder,
    ) -> Placed:
        """An index with these memories and without those. What they are about is not drawn from them.

        Raises:
            MeaningError: the embedder has no answer.
        """
        return self._with(secrets, placed, [(*each, NOTHING) for each in added], gone, embedder)

    def put(self, secrets: Secrets, placed: Placed) -> str:
        """Put an index; its name, for a manifest."""
        return self._put(secrets, "index", placed.to_bytes())

    def drop(self, names: Iterable[str]) -> None:
        """Take away objects that count no more, and that nobody reads any more."""
        for name in sorted(names):
            self.objects.drop(name)
            self._held.pop(name, None)

    def behind(self, secrets: Secrets, manifest: Manifest) -> int:
        """How many memories an index by another embedder does not have yet; 0 where there needs to be none."""
        placed = self.placed(secrets, manifest)
        embedder = self.embedder_of(placed)
        if built_with(placed.index, embedder):
            return 0
        return len(placed.places.keys() - self.begun(secrets, manifest, embedder).places.keys()) or 1

    def vectors(self, secrets: Secrets) -> frozenset[str]:
        """The ids of a person's vectors that lie elsewhere."""
        return frozenset() if self.apart is None else frozenset(self.apart.vectors.ids(self.apart.space(secrets)))

    def sweep(self, secrets: Secrets, manifest: Manifest, known: Collection[str], live: Collection[str]) -> int:
        """Delete vectors that lie elsewhere and belong to nothing; see ``Apart.sweep``."""
        if self.apart is None or self.behind(secrets, manifest):
            return 0  # of what is being built, and of what is there still, nothing goes
        return self.apart.sweep(secrets, known, live)

    def _with(
        self,
        secrets: Secrets,
        placed: Placed,
        added: Sequence[tuple[Stored, Content, Extraction]],
        gone: Collection[str],
        embedder: Embedder,
    ) -> Placed:
        documents = [document_of(*each) for each in added]
        if self._is_apart(embedder) and self.apart is not None:
            self.apart.put(secrets, documents)
            self.apart.delete(secrets, gone)
        index = placed.index.without(gone, embedder).with_documents(documents, embedder)
        places = {memory_id: place for memory_id, place in placed.places.items() if memory_id not in gone}
        return Placed(index, places | {stored.memory_id: stored.place for stored, _, _ in added})

    def _is_apart(self, embedder: Embedder) -> bool:
        return self.apart is not None and embedder.name == self.apart.silent.name

    def unknown(self, secrets: Secrets, manifest: Manifest, live: Collection[str]) -> dict[str, Place]:
        """The places of memories in the index that are not among these."""
        places = self.placed(secrets, manifest).places
        return {memory_id: place for memory_id, place in places.items() if memory_id not in live}

    def _drawn(self, found: Sequence[tuple[Stored, Content]]) -> list[tuple[Stored, Content, Extraction]]:
        """With what each is about."""
        texts = [text_of(content.key, content.value) for _, content in found]
        if isinstance(self.extractor, BatchExtractor):
            told = self.extractor.extract_all(texts)
        else:
            told = [self.extractor.extract(text) for text in texts]
        return [(*each, extraction) for each, extraction in zip(found, told, strict=True)]

    def _read(self, secrets: Secrets, name: str) -> bytes:
        try:
            return secrets.unseal(self.objects.read(name), name.encode())
        except KeyError:
            raise ManifestMovedError("the manifest that named this object was read too long ago") from None

    def _put(self, secrets: Secrets, kind: str, data: bytes) -> str:
        name = secrets.name(kind, data)
        self.objects.put(name, secrets.seal(data, name.encode()))
        return name


def built_with(index: Index, embedder: Embedder) -> bool:
    """Whether an index was built with this embedder."""
    return (index.embedder, index.dimensions) == (embedder.name, embedder.dimensions)


def words_of(index: Index) -> SilentEmbedder:
    """What to search and change an index with by words alone, whatever it was built with."""
    return SilentEmbedder(index.embedder, index.dimensions)


def document_of(stored: Stored, content: Content, drawn: Extraction) -> Document:
    """A memory as the index takes it."""
    return Document(
        memory_id=stored.memory_id,
        text=text_of(content.key, content.value),
        at=stored.valid_from,
        kind=stored.memory_type.value,
        session=content.session,
        concepts=(*content.concepts, *(concept.name for concept in drawn.concepts)),
        key=content.key,
    )
