"""The search index and the graph of a person's memories, as sealed objects that the manifest names.

Both are made anew for each change and put under a name of their own, so a reader never sees half of one.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lukhas_common.memory.contents import Content
from lukhas_common.memory.extraction import Extraction, Extractor
from lukhas_common.memory.graph import Graph, Known
from lukhas_common.memory.manifest import Manifest, ManifestMovedError
from lukhas_common.memory.models import text_of
from lukhas_common.memory.ports import MemoryObjects
from lukhas_common.memory.search.blob import from_bytes, to_bytes
from lukhas_common.memory.search.documents import Document
from lukhas_common.memory.search.embedder import Embedder
from lukhas_common.memory.search.index import Index
from lukhas_common.memory.stored import Stored
from lukhas_common.memory.vault import Secrets

HELD = 8
"""Indexes that a process holds opened."""

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Placed:
    """An index, and where the item of each of its memories lies: slot and number."""

    index: Index
    places: Mapping[str, Place]

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


@dataclass
class Indexes:
    """Reads and writes the indexes of all people."""

    objects: MemoryObjects
    embedder: Embedder
    extractor: Extractor
    _held: OrderedDict[str, Placed] = field(default_factory=OrderedDict, repr=False)

    def placed(self, secrets: Secrets, manifest: Manifest) -> Placed:
        """The index that counts: one read where this process does not hold it.

        Raises:
            ManifestMovedError: it counts no more, and was deleted.
        """
        name = manifest.index
        if not name:
            return Placed(Index.build([], self.embedder), {})
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

    def beside(self, placed: Placed, fresh: Sequence[tuple[Stored, Content]]) -> Index:
        """An index of memories that are in no stored one yet, to be searched together with it."""
        documents = [document_of(stored, content, self._drawn(content)) for stored, content in fresh]
        return Index.build(documents, self.embedder, beside=placed.index)

    def changed(
        self, secrets: Secrets, manifest: Manifest, added: Sequence[tuple[Stored, Content]], gone: Iterable[str]
    ) -> Manifest:
        """The manifest after these were added and those taken out; the objects that it names are put.

        It may be repeated: what is there already is not added again.
        """
        placed = self.placed(secrets, manifest)
        absent = [(stored, content) for stored, content in added if stored.memory_id not in placed.places]
        leaving = {memory_id for memory_id in gone if memory_id in placed.places}
        if not absent and not leaving:
            return manifest
        drawn = [(stored, content, self._drawn(content)) for stored, content in absent]
        relations = [
            Known(found.subject, found.predicate, found.object, stored.memory_id, stored.valid_from)
            for stored, _, extraction in drawn
            for found in extraction.relations
        ]
        graph = self.graph(secrets, manifest).without(leaving).with_relations(relations)
        documents = [document_of(stored, content, extraction) for stored, content, extraction in drawn]
        index = placed.index.without(leaving, self.embedder).with_documents(documents, self.embedder)
        places = {memory_id: place for memory_id, place in placed.places.items() if memory_id not in leaving}
        places |= {stored.memory_id: stored.place for stored, _ in absent}
        return replace(
            manifest,
            index=self._put(secrets, "index", Placed(index, places).to_bytes()),
            graph=self._put(secrets, "graph", json.dumps(graph.to_json(), ensure_ascii=False).encode()),
            documents=len(index),
        )

    def unknown(self, secrets: Secrets, manifest: Manifest, live: Iterable[str]) -> list[str]:
        """The memories in the index that there are no more."""
        return sorted(set(self.placed(secrets, manifest).places).difference(live))

    def _drawn(self, content: Content) -> Extraction:
        return self.extractor.extract(text_of(content.key, content.value))

    def _read(self, secrets: Secrets, name: str) -> bytes:
        try:
            return secrets.unseal(self.objects.read(name), name.encode())
        except KeyError:
            raise ManifestMovedError("the manifest that named this object was read too long ago") from None

    def _put(self, secrets: Secrets, kind: str, data: bytes) -> str:
        name = secrets.name(kind, data)
        self.objects.put(name, secrets.seal(data, name.encode()))
        return name


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
