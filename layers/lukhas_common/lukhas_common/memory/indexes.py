"""The search index and the graph of a person's memories, as sealed objects that the manifest names.

Both are made anew for each change and put under a name of their own, so a reader never sees half of one. An index that
was built by another embedder than there is now still answers by words, until ``reindexing.py`` has built it anew.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TypeVar

from lukhas_common.audit import Audit, StandardAudit
from lukhas_common.crypto.sealing import SealError
from lukhas_common.memory.apart import Apart
from lukhas_common.memory.asking import Asked, Beside, words_of
from lukhas_common.memory.contents import Content, UnreadableError, opened
from lukhas_common.memory.extraction import BatchExtractor, Extraction, Extractor
from lukhas_common.memory.folds.zstandard import packed, unpacked
from lukhas_common.memory.graph import Graph, GraphDamagedError, Known
from lukhas_common.memory.manifest import Manifest, ManifestMovedError
from lukhas_common.memory.models import text_of
from lukhas_common.memory.placed import Place, Placed, superseded
from lukhas_common.memory.ports import MemoryObjects
from lukhas_common.memory.search.documents import Document
from lukhas_common.memory.search.embedder import Embedder
from lukhas_common.memory.search.errors import IndexDamagedError, MeaningError
from lukhas_common.memory.search.hits import Filters
from lukhas_common.memory.search.index import Index
from lukhas_common.memory.stored import Stored
from lukhas_common.memory.vault import Secrets

HELD = 8
"""Indexes that a process holds opened, and graphs."""

AT_ONCE = 2000
"""Memories that one run takes at most; what is left is still due."""

REINDEXING = "reindexing"
"""Why words alone answer while an index is built anew."""

LOST, PARTIAL = "index damaged", "index not whole"
"""Why not all that fits is found: only what is too new for the index, or what is in it again already."""

SILENT = "graph damaged"
"""Why no relations are told."""

LARGEST = 512 << 20
"""Bytes that an index may have: a function has 1 GB."""

NOTHING = Extraction((), ())

_LATEST = 1e12
"""Seconds since the epoch; what ends later does not end."""

_Opened = TypeVar("_Opened")


class LostError(Exception):
    """An index or a graph is not as it was written."""


@dataclass(frozen=True, slots=True)
class Held:
    """Indexes and graphs that a process opened, by their names, and indexes of what was in none lately."""

    indexes: OrderedDict[str, Placed] = field(default_factory=OrderedDict)
    graphs: OrderedDict[str, Graph] = field(default_factory=OrderedDict)
    beside: OrderedDict[tuple[object, ...], Index] = field(default_factory=OrderedDict)

    def clear(self) -> None:
        self.indexes.clear()
        self.graphs.clear()
        self.beside.clear()


@dataclass
class Indexes:
    """Reads and writes the indexes of all people.

    Attributes:
        apart: where the vectors of people with many memories lie; None: all are in the stored index.
        at_once: memories that are embedded in one run at most.
        audit: what is told of those that are damaged.
    """

    objects: MemoryObjects
    embedder: Embedder
    extractor: Extractor
    apart: Apart | None = None
    at_once: int = AT_ONCE
    _held: Held = field(default_factory=Held, repr=False)
    audit: Audit = field(default_factory=StandardAudit, repr=False)

    def placed(self, secrets: Secrets, manifest: Manifest) -> Placed:
        """The index that counts: one read where this process does not hold it.

        Raises:
            ManifestMovedError: it is not there: it counts no more, and was deleted.
            LostError: it is damaged.
        """
        if not manifest.index:
            return Placed.empty(self.embedder)
        return self._opened(secrets, manifest.index, self._held.indexes, Placed.from_bytes)

    def begun(self, secrets: Secrets, manifest: Manifest, embedder: Embedder) -> Placed:
        """The index by this embedder that is being built; an empty one where there is none."""
        if manifest.building:
            with suppress(LostError):
                found = self._opened(secrets, manifest.building, self._held.indexes, Placed.from_bytes)
                if built_with(found.index, embedder):
                    return found
        return Placed.empty(embedder)

    def embedder_of(self, index: Index) -> Embedder:
        """What a person's index is to be built with; once their vectors lie elsewhere, they stay there."""
        if self.apart is None:
            return self.embedder
        silent = self.apart.silent
        return silent if len(index) > self.apart.beyond or built_with(index, silent) else self.embedder

    def graph(self, secrets: Secrets, manifest: Manifest) -> Graph:
        """The graph that counts: one read where this process does not hold it. Raises as ``placed``."""
        if not manifest.graph:
            return Graph()
        return self._opened(secrets, manifest.graph, self._held.graphs, Graph.from_bytes)

    def lost(self, secrets: Secrets, manifest: Manifest) -> frozenset[str]:
        """The names of index and graph, as far as they cannot be read; that is reported.

        Args:
            manifest: read just now; of an older one, what it names may be gone for good reason.
        """
        found = set()
        for name, read in ((manifest.index, self.placed), (manifest.graph, self.graph)):
            try:
                read(secrets, manifest)
            except (LostError, ManifestMovedError) as error:
                kind, _, last = name.rpartition("/")
                self.audit.alarm(f"memory.{kind.rpartition('/')[2]}_damaged", error, object=last)
                found.add(name)
        return frozenset(found)

    def _opened(
        self, secrets: Secrets, name: str, held: OrderedDict[str, _Opened], read: Callable[[bytes], _Opened]
    ) -> _Opened:
        if name not in held:
            try:
                held[name] = read(unpacked(secrets.unseal(self.objects.read(name), name.encode()), LARGEST))
            except KeyError:
                raise ManifestMovedError("the manifest that named this object was read too long ago") from None
            except (SealError, IndexDamagedError, GraphDamagedError, ValueError) as error:
                raise LostError(name) from error
            while len(held) > HELD:
                held.popitem(last=False)
        held.move_to_end(name)
        return held[name]

    def asked(self, secrets: Secrets, index: Index, fresh: Sequence[Stored], query: str, filters: Filters) -> Asked:
        """A question to the stored index and to memories that are in none yet. Of these, what cannot be read is left
        out: consolidation reports it."""
        embedder, apart = self.embedder_of(index), self.apart

        def documents() -> list[Document]:
            readable = []
            for stored in fresh:
                with suppress(UnreadableError):
                    readable.append((stored, opened(stored, secrets)))
            return [document_of(*each) for each in self._drawn(readable)]

        def meant() -> Mapping[str, float] | None:
            if not built_with(index, embedder):
                raise MeaningError(REINDEXING)
            if apart is None or not self._is_apart(embedder):
                return None
            return apart.meant(secrets, query, documents(), filters)

        named = tuple((stored.memory_id, stored.memory_type, stored.retention) for stored in fresh)
        return Asked(index, Beside(self._held.beside, named, documents), query, embedder, meant, filters)

    def changed(
        self, secrets: Secrets, manifest: Manifest, added: Sequence[tuple[Stored, Content]], gone: Iterable[str]
    ) -> Manifest:
        """The manifest after these were added and those taken out; the objects that it names are put.

        It may be repeated: what is there already is not added again. An index by another embedder takes up words alone.

        Raises:
            MeaningError: the embedder has no answer.
        """
        placed, gone = self.placed(secrets, manifest), set(gone)
        absent = [(stored, content) for stored, content in added if stored.memory_id not in placed.places]
        leaving = {memory_id for memory_id in gone if memory_id in placed.places}
        # Of an index that is not whole the graph may know more.
        if not absent and not leaving and not (gone and is_mending(manifest)):
            return manifest
        drawn = self._drawn(absent)
        outdated = superseded(placed.places | {stored.memory_id: stored.place for stored, _ in absent})
        told = relations_of([each for each in drawn if each[0].memory_id not in outdated])
        graph = self.graph(secrets, manifest).without(gone | outdated).with_relations(told)
        embedder = self.embedder_of(placed.index)
        if not built_with(placed.index, embedder):
            embedder = words_of(placed.index)
        after = self._with(secrets, placed, drawn, leaving, embedder)
        name = self.put(secrets, after)
        return replace(
            manifest,
            index=name,
            building=name if is_mending(manifest) else manifest.building,
            graph=self.put_graph(secrets, graph),
            documents=len(after.index),
        )

    def extended(
        self,
        secrets: Secrets,
        placed: Placed,
        added: Sequence[tuple[Stored, Content]],
        gone: Collection[str],
        embedder: Embedder,
        *,
        draw: bool = False,
    ) -> Placed:
        """An index with these memories and without those.

        Args:
            draw: whether it is to be drawn from them what they are about.

        Raises:
            MeaningError: the embedder has no answer.
        """
        drawn = self._drawn(added) if draw else [(*each, NOTHING) for each in added]
        return self._with(secrets, placed, drawn, gone, embedder)

    def put(self, secrets: Secrets, placed: Placed) -> str:
        """Put an index; its name, for a manifest."""
        return self._put(secrets, "index", placed.to_bytes())

    def put_graph(self, secrets: Secrets, graph: Graph) -> str:
        """Put a graph; its name, for a manifest."""
        return self._put(secrets, "graph", graph.to_bytes())

    def drop(self, names: Iterable[str]) -> None:
        """Take away objects that count no more, and that nobody reads any more."""
        for name in sorted(names):
            self.objects.drop(name)
            self._held.indexes.pop(name, None)
            self._held.graphs.pop(name, None)

    def behind(self, secrets: Secrets, manifest: Manifest) -> int:
        """How many memories an index by another embedder does not have yet; 0 where there needs to be none.

        Of an index that is lost or not whole nobody knows how many are missing: it counts as one.
        """
        if self.lost(secrets, manifest) or is_mending(manifest):
            return 1
        placed = self.placed(secrets, manifest)
        embedder = self.embedder_of(placed.index)
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
        return Placed.of(index, places | {stored.memory_id: stored.place for stored, _, _ in added})

    def _is_apart(self, embedder: Embedder) -> bool:
        return self.apart is not None and embedder.name == self.apart.silent.name

    def unknown(self, secrets: Secrets, manifest: Manifest, live: Collection[str]) -> dict[str, Place]:
        """The places of memories in the index that are not among these."""
        places = {} if self.lost(secrets, manifest) else self.placed(secrets, manifest).places
        return {memory_id: place for memory_id, place in places.items() if memory_id not in live}

    def _drawn(self, found: Sequence[tuple[Stored, Content]]) -> list[tuple[Stored, Content, Extraction]]:
        """With what each is about."""
        texts = [text_of(content.key, content.value) for _, content in found]
        if isinstance(self.extractor, BatchExtractor):
            told = self.extractor.extract_all(texts)
        else:
            told = [self.extractor.extract(text) for text in texts]
        return [(*each, extraction) for each, extraction in zip(found, told, strict=True)]

    def _put(self, secrets: Secrets, kind: str, data: bytes) -> str:
        name = secrets.name(kind, data)
        self.objects.put(name, secrets.seal(packed(data), name.encode()))
        return name


def built_with(index: Index, embedder: Embedder) -> bool:
    """Whether an index was built with this embedder."""
    return (index.embedder, index.dimensions) == (embedder.name, embedder.dimensions)


def is_mending(manifest: Manifest) -> bool:
    """Whether the index is not whole: it was lost, and is being built anew from the items (mending.py)."""
    return bool(manifest.index) and manifest.building == manifest.index


def relations_of(drawn: Iterable[tuple[Stored, Content, Extraction]]) -> list[Known]:
    """What memories say of how concepts relate."""
    return [
        Known(found.subject, found.predicate, found.object, stored.memory_id, stored.valid_from)
        for stored, _, extraction in drawn
        for found in extraction.relations
    ]


def document_of(stored: Stored, content: Content, drawn: Extraction) -> Document:
    """A memory as the index takes it: until it has faded for certain."""
    lasts = stored.retention.lasts(stored.valid_from)
    return Document(
        memory_id=stored.memory_id,
        text=text_of(content.key, content.value),
        at=stored.valid_from,
        kind=stored.memory_type.value,
        session=content.session,
        concepts=(*content.concepts, *(concept.name for concept in drawn.concepts)),
        key=content.key,
        valid_until=lasts if lasts is not None and lasts < _LATEST else None,
    )
