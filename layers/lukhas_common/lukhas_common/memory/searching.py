"""Searching a person's memories: what is indexed and what is too new for it, ranked as one.

The index only says where to look. What a hit names is read from its item, so what was deleted, is over or holds no
longer is never answered, however old the index is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from lukhas_common.memory.contents import Content, UnreadableError, opened
from lukhas_common.memory.errors import MemoryFault
from lukhas_common.memory.graph import Known
from lukhas_common.memory.indexes import Indexes, Place
from lukhas_common.memory.manifest import Manifest, ManifestMovedError, Manifests
from lukhas_common.memory.models import Faded, Memory, MemoryType
from lukhas_common.memory.ports import MemoryStore
from lukhas_common.memory.remembering import Remembering
from lukhas_common.memory.search.hits import Hit
from lukhas_common.memory.stored import GONE, Stage, Stored
from lukhas_common.memory.vault import Secrets, Vault
from lukhas_common.times import Clock

WIDER = 4
"""Times as many hits are looked at as are asked for: some may be gone, or hold no longer."""

RELATIONS = 20

LATEST = 9e9
"""Seconds since the epoch, after everything that is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to look for; all that is named must hold.

    Attributes:
        since: ``valid_from`` then or later; ``until`` before then. Seconds since the epoch.
        concepts: about one of these.
        superseded: also values that hold no longer; ``faded`` also what has decayed.
    """

    query: str
    limit: int = 10
    types: frozenset[MemoryType] = frozenset(MemoryType)
    since: float | None = None
    until: float | None = None
    concepts: tuple[str, ...] = ()
    superseded: bool = False
    faded: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A memory, how well it fits, and why: the parts of the explanation add up to the score."""

    memory: Memory
    score: float
    explanation: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """The best memories, the best first, and what is known of the concepts that the question names.

    Attributes:
        degraded: why words alone were compared, and not what they mean; empty where both were.
    """

    found: tuple[Found, ...] = ()
    relations: tuple[Known, ...] = ()
    degraded: str = ""


@dataclass(frozen=True, slots=True)
class Searching:
    """Searches one person's memories at a time."""

    store: MemoryStore
    vault: Vault
    manifests: Manifests
    indexes: Indexes
    remembering: Remembering
    clock: Clock

    def search(self, owner: str, question: Question) -> Answer:
        """What fits a question best.

        Raises:
            IndexDamagedError: the index is not what was stored; recalling by key still works.
        """
        secrets = self.vault.to_read(owner)
        if secrets is None:
            return Answer()
        try:
            return self._search(secrets, question)
        except ManifestMovedError:  # once an hour has passed between two reads
            return self._search(secrets, question)

    def _search(self, secrets: Secrets, question: Question) -> Answer:
        owner = secrets.owner
        manifest = self.manifests.current(owner, secrets.key_id)
        placed = self.indexes.placed(secrets, manifest)
        fresh = self._fresh(secrets)
        places = dict(placed.places) | {stored.memory_id: stored.place for stored, _ in fresh}
        # A memory may be fresh by its item and indexed already; the stored index has it then.
        beside = [each for each in fresh if each[0].memory_id not in placed.places]
        hits, degraded = self.indexes.search(
            secrets,
            placed,
            beside,
            question.query,
            limit=question.limit * WIDER,
            kinds=_kinds(question.types),
            since=question.since,
            until=question.until,
            concepts=question.concepts or None,
            now=self.clock(),
        )
        found = self._read(secrets, manifest, question, [(hit, places[hit.memory_id]) for hit in hits])
        graph = self.indexes.graph(secrets, manifest)
        named = self.indexes.extractor.extract(question.query).concepts
        related = graph.about((*question.concepts, *(concept.name for concept in named)))
        latest = {stored.place[0]: stored.place[1] for stored, _ in sorted(fresh, key=lambda each: each[0].place)}

        def holds(memory_id: str) -> bool:
            slot, seq = places.get(memory_id, ("", 0))
            return seq >= latest.get(slot, 0)

        relations = islice((each for each in related if holds(each.memory_id)), RELATIONS)
        return Answer(tuple(found), tuple(relations), degraded)

    def _fresh(self, secrets: Secrets) -> list[tuple[Stored, Content]]:
        """What the stored index does not have yet. What cannot be read is left to consolidation, which reports it."""
        waiting = [
            stored
            for stage in (Stage.FRESH, Stage.WORKING)
            for stored in self.store.waiting(secrets.owner, stage, LATEST)
        ]
        readable = []
        for stored in waiting:
            with suppress(UnreadableError):
                readable.append((stored, opened(stored, secrets)))
        return readable

    def _read(
        self, secrets: Secrets, manifest: Manifest, question: Question, hits: list[tuple[Hit, Place]]
    ) -> list[Found]:
        """The memories of hits, as far as they are to be told, in their order."""
        now = self.clock()
        there: dict[Place, Stored] = {}
        found: list[Found] = []
        for number, (hit, place) in enumerate(hits):
            if len(found) == question.limit:
                break
            if number % question.limit == 0:  # mostly the first as many as are asked for will do
                there = self._there(secrets.owner, [place for _, place in hits[number : number + question.limit]])
            stored, later = there.get(place), there.get((place[0], place[1] + 1))
            if stored is None or stored.memory_id != hit.memory_id or not _told(stored, later, question, now):
                continue
            with suppress(MemoryFault):  # one that is damaged was reported, and keeps no other from being found
                memory = self.remembering.open(stored, secrets, None if later is None else later.valid_from, manifest)
                if memory.memory_type in question.types:
                    found.append(Found(memory, hit.score, asdict(hit.explanation)))
        return found

    def _there(self, owner: str, places: Sequence[Place]) -> dict[Place, Stored]:
        """The items at these places, and those that came after them."""
        wanted = {*places, *((slot, seq + 1) for slot, seq in places)}
        return {stored.place: stored for stored in self.store.get(owner, sorted(wanted))}


def _told(stored: Stored, later: Stored | None, question: Question, now: float) -> bool:
    """Whether a memory may be answered: it was not deleted, still holds, and has not faded."""
    if stored.stage in GONE:
        return False
    if later is not None and not question.superseded:
        return False
    faded = stored.retention.faded(stored.valid_from, now)
    return faded is None or (faded is Faded.DECAYED and question.faded)


def _kinds(types: frozenset[MemoryType]) -> list[str] | None:
    """The kinds in the index that may hold these. What is folded was indexed before as what it was then."""
    if MemoryType.FOLD in types:
        return None
    return [memory_type.value for memory_type in types]
