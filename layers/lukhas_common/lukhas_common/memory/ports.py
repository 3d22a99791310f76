"""What the memory needs from outside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from lukhas_common.memory.stored import Stage, Stored


class MemoryOutcomeUnknownError(Exception):
    """No answer came that says whether a write took effect; making the same write again is harmless."""


class MemoryStore(Protocol):
    """Keeps memories, one item each. Reads but ``due`` and ``survey`` are strongly consistent; each write is atomic on
    its one item.

    ``put`` stores an item if its place (owner, slot, seq) is free and answers what is stored there then. ``move``
    puts an item in the place of one with the revision before it, and answers whether it is there now; ``remove`` takes
    an item away if it still has this revision, and answers whether it did. Both may be repeated after an answer was
    lost; a removal whose answer was lost is then nobody's. ``versions`` answers
    the newest first, from below ``before`` on. ``waiting`` answers what is due at these stages, by time. ``every``
    answers all that there is of an owner; ``survey`` does so at half the price, and may miss what was written just now
    or answer what was there before it. ``timeline`` answers memories in the order in which they were stored, from
    after an id on, and up to one, ``limit`` at most. ``due`` answers the owners in a shard with something due at this
    stage, each perhaps several times, and of late ones perhaps not yet.
    """

    def put(self, stored: Stored) -> Stored: ...
    def move(self, stored: Stored) -> bool: ...
    def remove(self, stored: Stored) -> bool: ...
    def versions(self, owner: str, slot: str, limit: int, before: int | None = None) -> list[Stored]: ...
    def get(self, owner: str, places: Sequence[tuple[str, int]]) -> list[Stored]: ...
    def waiting(self, owner: str, stage: Stage, until: float) -> list[Stored]: ...
    def every(self, owner: str) -> Iterator[Stored]: ...
    def survey(self, owner: str) -> Iterator[Stored]: ...
    def timeline(self, owner: str, after: str, until: str, limit: int) -> list[Stored]: ...
    def due(self, stage: Stage, shard: int, until: float) -> Iterator[str]: ...


class MemoryObjects(Protocol):
    """Keeps larger things by name. What is there is never overwritten.

    ``put`` stores an object unless there is one. ``read`` answers its bytes, or some of them in one round trip, and
    raises KeyError where there is none. ``drop`` takes it away in one round trip, and leaves versions that the store
    may keep; ``delete`` takes these away too, and answers whether there was anything: two who delete the same in the
    same moment may both be told so. Both may be repeated. ``names`` answers what there is under a prefix, versions
    that were deleted included, with the time at which each was put.
    """

    def put(self, name: str, data: bytes) -> None: ...
    def read(self, name: str, start: int = 0, length: int | None = None) -> bytes: ...
    def drop(self, name: str) -> None: ...
    def delete(self, name: str) -> bool: ...
    def names(self, prefix: str) -> Iterator[tuple[str, float]]: ...


@dataclass(frozen=True, slots=True)
class Vector:
    """What a memory means, and what is filtered by.

    Attributes:
        values: of length 1.
        at: ``valid_from``, in milliseconds since the epoch.
    """

    memory_id: str
    values: Sequence[float]
    kind: str
    at: int


@dataclass(frozen=True, slots=True)
class Within:
    """Which memories to look among: of one of these kinds (None: of any), from ``since`` to before ``until``."""

    kinds: Sequence[str] | None = None
    since: int | None = None
    until: int | None = None


class VectorIndex(Protocol):
    """Keeps vectors in spaces, which ``vault.space_of`` names. Nothing of it is sealed.

    Each write counts at once, and may be repeated. ``put`` adds vectors or takes the place of those with the same ids;
    a space is there with its first one. ``delete`` takes some away. ``nearest`` answers the ids of the most alike with
    their cosines, the best first: at most ``limit``, and nearly always the very nearest. ``ids`` answers all of a
    space. ``spaces`` answers the names that begin so. ``drop`` takes a space away with all its vectors, and answers how
    many these were. A space that is not there is an empty one. ``nearest`` raises MeaningError where it has no answer.
    """

    def put(self, space: str, vectors: Sequence[Vector]) -> None: ...
    def delete(self, space: str, memory_ids: Sequence[str]) -> None: ...
    def nearest(self, space: str, values: Sequence[float], limit: int, within: Within) -> list[tuple[str, float]]: ...
    def ids(self, space: str) -> Iterator[str]: ...
    def spaces(self, prefix: str) -> list[str]: ...
    def drop(self, space: str) -> int: ...


@dataclass(frozen=True, slots=True)
class Errand:
    """One step to be taken for one person."""

    task: str
    owner: str


class Errands(Protocol):
    """Hands out errands, each at least once, sometime soon. ``send`` raises where it cannot say that it will."""

    def send(self, errands: Iterable[Errand], *, delay: float = 0) -> None: ...


class DeadLetters(Protocol):
    """Takes what could not be processed, for somebody to look at; it may come twice."""

    def send(self, stored: Stored, reason: str) -> None: ...
