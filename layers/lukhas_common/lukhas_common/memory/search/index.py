"""A person's memories, ready to be searched: a value that never changes, and that is one blob at rest."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Unpack

import numpy as np
import numpy.typing as npt

from lukhas_common.memory.search.documents import (
    NO_SESSION,
    Document,
    Table,
    halved,
    hashed,
    kinds_of,
    memory_id,
    table,
)
from lukhas_common.memory.search.embedder import Embedder, TokenEmbedder
from lukhas_common.memory.search.errors import EmbedderDiffersError
from lukhas_common.memory.search.hits import Hit, Options
from lukhas_common.memory.search.pooling import Snapshot, Vectors, count, embedded, pooled
from lukhas_common.memory.search.postings import Bags, Integers, Postings, bags, compressed, counted
from lukhas_common.memory.search.terms import number, numbers


@dataclass(frozen=True, eq=False)
class Index:
    """Documents by what they say, mean and are about.

    Attributes:
        embedder: the name of the one that it was built with.
        terms: by the numbers of their stems; ``concepts`` by the numbers of their names.
        tokens: of the embedded model, to sum vectors anew; empty with another embedder.
    """

    embedder: str
    kinds: tuple[str, ...]
    table: Table
    vectors: Vectors
    tokens: Bags
    snapshot: Snapshot
    terms: Postings
    concepts: Postings

    @classmethod
    def build(cls, documents: Sequence[Document], embedder: Embedder, *, beside: Index | None = None) -> Index:
        """An index of documents; of several with one id the last.

        Args:
            beside: an index that this one is to be searched together with (``search_over``): tokens are weighed as
                there, so that nothing has to be summed anew.

        Raises:
            ValueError: an id is no UUID, a time no number, or there are more than 255 kinds.
            EmbedderDiffersError: ``beside`` was built with another.
        """
        if beside is not None:
            beside.require(embedder)
        documents = list({uuid.UUID(document.memory_id): document for document in documents}.values())
        kinds = kinds_of((document.kind for document in documents), beside.kinds if beside else ())
        of_each = [numbers(document.text) for document in documents]
        unordered = table(documents, kinds, [len(found) for found in of_each])
        order = unordered.order()
        documents, of_each = [documents[row] for row in order], [of_each[row] for row in order]
        tokens = _tokens(documents, embedder)
        snapshot = beside.snapshot if beside else count(tokens)
        if isinstance(embedder, TokenEmbedder):
            vectors = pooled(tokens, snapshot, embedder)
        else:
            vectors = embedded([document.text for document in documents], embedder)
        named = [sorted({concept_number(name) for name in document.concepts}) for document in documents]
        return cls(
            embedder.name, kinds, unordered.taken(order), vectors, tokens, snapshot, _counted(of_each), _counted(named)
        )

    @staticmethod
    def from_bytes(data: bytes) -> Index:
        """The index in a blob, without copying it.

        Raises:
            IndexDamagedError: the blob is not as it was written, of another version, or no index at all.
        """
        from lukhas_common.memory.search.blob import from_bytes

        return from_bytes(data)

    def to_bytes(self) -> bytes:
        """The index as one blob; of equal indexes equal ones."""
        from lukhas_common.memory.search.blob import to_bytes

        return to_bytes(self)

    def search(self, query: str, embedder: Embedder, **options: Unpack[Options]) -> list[Hit]:
        """The memories that answer a query best; see ``search_over``."""
        from lukhas_common.memory.search.ranking import search_over

        return search_over([self], query, embedder, **options)

    def __len__(self) -> int:
        return len(self.table.at)

    @property
    def dimensions(self) -> int:
        """Of a vector."""
        return int(self.vectors.values.shape[1])

    def memory_ids(self) -> list[str]:
        """Of all documents, by session, time and id."""
        return [memory_id(row) for row in self.table.ids]

    def ids_of_key(self, key: str) -> list[str]:
        """The ids of memories stored under a key, the newest first; by 8 bytes of its hash."""
        rows = np.flatnonzero(self.table.keys == np.uint64(hashed(key))).tolist() if key else []
        return [memory_id(self.table.ids[row]) for row in sorted(rows, key=lambda row: -int(self.table.at[row]))]

    def with_documents(self, documents: Sequence[Document], embedder: Embedder) -> Index:
        """These documents too; one whose id is here already takes its place. Raises as ``build``."""
        return self.merged(Index.build(documents, embedder, beside=self), embedder)

    def without(self, memory_ids: Collection[str], embedder: Embedder) -> Index:
        """All but these; ids that are not here are passed over.

        Raises:
            ValueError: an id is no UUID.
            EmbedderDiffersError: it was built with another.
        """
        self.require(embedder)
        kept = ~self.rows_of(memory_ids)
        rows = np.flatnonzero(kept)
        if len(rows) == len(self):
            return self
        place: Integers = np.where(kept, np.cumsum(kept) - 1, -1)
        fewer = replace(
            self,
            table=self.table.taken(rows),
            vectors=self.vectors.taken(rows),
            tokens=self.tokens.taken(rows),
            terms=self.terms.moved(place),
            concepts=self.concepts.moved(place),
        )
        return fewer._counted_anew(embedder) if self.snapshot.drifted(len(rows)) else fewer

    def merged(self, other: Index, embedder: Embedder) -> Index:
        """Both; of a document in both the other's.

        Raises:
            ValueError: together they have more than 255 kinds.
            EmbedderDiffersError: either was built with another embedder.
        """
        self.require(embedder)
        other.require(embedder)
        mine = np.flatnonzero(~self.holds(other.table.ids))
        kinds = kinds_of(other.kinds, self.kinds)
        code = np.array([kinds.index(kind) for kind in other.kinds], np.uint8)
        theirs = replace(other.table, kinds=code[other.table.kinds]) if len(code) else other.table
        both = self.table.taken(mine).joined(theirs)
        order = both.order()
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        my_place = np.full(len(self), -1, np.int64)
        my_place[mine] = place[: len(mine)]
        their_place = place[len(mine) :]
        whole = Index(
            self.embedder,
            kinds,
            both.taken(order),
            self.vectors.taken(mine).joined(other.vectors).taken(order),
            self.tokens.taken(mine).joined(other.tokens).taken(order),
            self.snapshot,
            self.terms.joined(my_place, other.terms, their_place),
            self.concepts.joined(my_place, other.concepts, their_place),
        )
        comparable = self.snapshot.same(other.snapshot) and not self.snapshot.drifted(len(whole))
        return whole if comparable else whole._counted_anew(embedder)

    def with_concepts_of(self, other: Index) -> Index:
        """With the concepts that another index has of the same documents, and none besides."""
        rows = {row.tobytes(): at for at, row in enumerate(self.table.ids)}
        place = np.array([rows.get(row.tobytes(), -1) for row in other.table.ids], np.int64)
        return replace(self, concepts=other.concepts.moved(place))

    def _counted_anew(self, embedder: Embedder) -> Index:
        snapshot = count(self.tokens)
        if not isinstance(embedder, TokenEmbedder):
            return replace(self, snapshot=snapshot)
        return replace(self, snapshot=snapshot, vectors=pooled(self.tokens, snapshot, embedder))

    def require(self, embedder: Embedder) -> None:
        """Raises EmbedderDiffersError unless the index was built with this embedder."""
        if (embedder.name, embedder.dimensions) != (self.embedder, self.dimensions):
            raise EmbedderDiffersError(f"built with {self.embedder} of {self.dimensions}, not {embedder.name}")

    def rows_of(self, memory_ids: Collection[str]) -> npt.NDArray[np.bool_]:
        """Of each row whether its id is among these.

        Raises:
            ValueError: one is no UUID.
        """
        return self.holds(_packed(memory_ids))

    def found(self, memory_ids: Collection[str]) -> dict[str, int]:
        """Of those of these memories that are here, their rows.

        Raises:
            ValueError: an id is no UUID.
        """
        ids = _packed(memory_ids)
        ends, order = self._by_end
        first, last = (np.searchsorted(ends, halved(ids)[:, 1], side).tolist() for side in ("left", "right"))
        wanted = [one.tobytes() for one in ids]
        rows = [
            row
            for one, start, end in zip(wanted, first, last, strict=True)
            for row in order[start:end].tolist()
            if self.table.ids[row].tobytes() == one
        ]
        return {memory_id(self.table.ids[row]): row for row in rows}

    @cached_property
    def _by_end(self) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.intp]]:
        """The second halves of all ids, which are random in a UUIDv7, in rising order, and the rows that have them."""
        ends = halved(self.table.ids)[:, 1]
        order = np.argsort(ends)
        return ends[order], order

    def holds(self, ids: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
        """Of each row whether its id is among these."""
        found = np.zeros(len(self), np.bool_)
        # The last two bytes, which are random in a UUIDv7, rule nearly all others out.
        marks = np.zeros(1 << 16, np.bool_)
        marks[_last_bytes(ids)] = True
        wanted = {row.tobytes() for row in ids}
        for row in np.flatnonzero(marks[_last_bytes(self.table.ids)]).tolist():
            found[row] = self.table.ids[row].tobytes() in wanted
        return found

    @cached_property
    def follows(self) -> npt.NDArray[np.bool_]:
        """Of each row whether the one before it is of the same session."""
        return following(self.table.sessions)


def following(sessions: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    """Of each row whether the one before it is of the same session."""
    same = np.zeros(len(sessions), np.bool_)
    same[1:] = (sessions[1:] == sessions[:-1]) & (sessions[1:] != NO_SESSION)
    return same


def _packed(memory_ids: Collection[str]) -> npt.NDArray[np.uint8]:
    packed = b"".join([bytes.fromhex(one.replace("-", "")) for one in memory_ids])
    if len(packed) != 16 * len(memory_ids):
        raise ValueError("an id is a UUID")
    return np.frombuffer(packed, np.uint8).reshape(-1, 16)


def _last_bytes(ids: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint16]:
    ends: npt.NDArray[np.uint16] = np.ascontiguousarray(ids).view("<u2")[:, -1]
    return ends


def concept_number(name: str) -> int:
    """A concept's number; case and spacing do not matter."""
    return number(" ".join(name.casefold().split()))


def _tokens(documents: Sequence[Document], embedder: Embedder) -> Bags:
    of_each = [embedder.tokens(document.text) if isinstance(embedder, TokenEmbedder) else [] for document in documents]
    flat = np.fromiter((token for tokens in of_each for token in tokens), np.uint16)
    return bags(flat, np.array([len(tokens) for tokens in of_each], np.int64))


def _counted(of_each: Sequence[Sequence[int]]) -> Postings:
    keys = np.fromiter((key for keys in of_each for key in keys), np.uint64)
    rows = np.repeat(np.arange(len(of_each), dtype=np.uint32), [len(keys) for keys in of_each])
    return counted(keys, rows) if len(keys) else compressed(keys, rows.astype(np.int64), rows.astype(np.uint16))
