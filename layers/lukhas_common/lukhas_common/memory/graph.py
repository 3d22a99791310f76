"""How concepts relate: what was drawn from memories, each with the memory that says so."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property

MOST = 50_000
"""Relations that are kept of a person; of more, the newest."""


class GraphDamagedError(Exception):
    """The bytes are no graph."""


@dataclass(frozen=True, slots=True)
class Known:
    """One relation, and which memory says so, of when (seconds since the epoch)."""

    subject: str
    predicate: str
    object: str
    memory_id: str
    at: float


@dataclass(frozen=True)
class Graph:
    """The relations between the concepts of a person's memories, the oldest first."""

    relations: tuple[Known, ...] = ()

    def without(self, memory_ids: Collection[str]) -> Graph:
        """Without what these memories said."""
        return Graph(tuple(each for each in self.relations if each.memory_id not in memory_ids))

    def with_relations(self, added: Iterable[Known]) -> Graph:
        """With these, too; what is known already is not known twice."""
        every = dict.fromkeys((*self.relations, *added))
        return Graph(tuple(sorted(every, key=lambda each: (each.at, each.memory_id))[-MOST:]))

    def about(self, names: Iterable[str]) -> Iterator[Known]:
        """The relations of these concepts, the newest first."""
        rows = {row for name in names for row in self._rows.get(name.casefold(), ())}
        return (self.relations[row] for row in sorted(rows, reverse=True))

    @cached_property
    def _rows(self) -> dict[str, list[int]]:
        """Of each concept where its relations are."""
        found: dict[str, list[int]] = {}
        for row, each in enumerate(self.relations):
            for name in {each.subject.casefold(), each.object.casefold()}:
                found.setdefault(name, []).append(row)
        return found

    def to_bytes(self) -> bytes:
        return json.dumps([asdict(each) for each in self.relations], ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Graph:
        """What ``to_bytes`` made.

        Raises:
            GraphDamagedError: it is none.
        """
        try:
            return cls(tuple(Known(**each) for each in json.loads(data)))
        except (ValueError, TypeError) as error:
            raise GraphDamagedError("no list of relations") from error
