"""How concepts relate: what was drawn from memories, each with the memory that says so."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

MOST = 50_000
"""Relations that are kept of a person; of more, the newest."""


@dataclass(frozen=True, slots=True)
class Known:
    """One relation, and which memory says so, of when (seconds since the epoch)."""

    subject: str
    predicate: str
    object: str
    memory_id: str
    at: float


@dataclass(frozen=True, slots=True)
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
        wanted = {name.casefold() for name in names}
        for each in reversed(self.relations):
            if wanted & {each.subject.casefold(), each.object.casefold()}:
                yield each

    def to_json(self) -> list[dict[str, Any]]:
        return [asdict(each) for each in self.relations]

    @classmethod
    def from_json(cls, said: Iterable[Mapping[str, Any]]) -> Graph:
        return cls(tuple(Known(**each) for each in said))
