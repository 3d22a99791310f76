"""Searching a person's memories: what is indexed and what is too new for it, ranked as one.

The index only says where to look. What a hit names is read from its item, so what was deleted, is over or holds no
longer is never answered, however old the index is; and so is what a relation is known from. What the index knows to be
out is not ranked at all. Where too many of the best turn out to be gone, further ones are looked at, until there are
as many as were asked for, or none is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from lukhas_common.memory.contents import tier_of
from lukhas_common.memory.errors import MemoryFault
from lukhas_common.memory.graph import Known
from lukhas_common.memory.indexes import LOST, PARTIAL, SILENT, Indexes, LostError, is_mending
from lukhas_common.memory.looking import Candidates, Items, batches
from lukhas_common.memory.manifest import Manifest, ManifestMovedError, Manifests
from lukhas_common.memory.models import FOR_EVER, Faded, Memory, MemoryType
from lukhas_common.memory.placed import Placed
from lukhas_common.memory.ports import MemoryStore
from lukhas_common.memory.remembering import Remembering
from lukhas_common.memory.search.hits import Filters, Hit
from lukhas_common.memory.stored import GONE, Stage, Stored
from lukhas_common.memory.vault import Secrets, Vault
from lukhas_common.times import Clock

RELATIONS = 20

LATEST = 9e9
"""Seconds since the epoch, after everything that is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to look for; all that is named must hold.

    Attributes:
        types: in one of these tiers, or stored as of one.
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
        degraded: why words alone were compared, and not what they mean, or why not everything was looked at, one
            reason after the other; empty where nothing is amiss.
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
        """What fits a question best. Where index or graph is damaged it answers without it, and says so."""
        secrets = self.vault.to_read(owner)
        if secrets is None:
            return Answer()
        try:
            return self._search(secrets, question)
        except (ManifestMovedError, LostError):  # an hour has passed between two reads, or something is damaged
            return self._search(secrets, question, doubtful=True)

    def fitting(self, owner: str, text: str, limit: int) -> list[str]:
        """The ids of the memories that fit a text best, also of those that hold no longer or have faded."""
        question = Question(query=text, limit=limit, superseded=True, faded=True)
        return [each.memory.memory_id for each in self.search(owner, question).found]

    def _search(self, secrets: Secrets, question: Question, *, doubtful: bool = False) -> Answer:
        # What is indexed meanwhile is found either way: the manifest is read later, and names the index that has it.
        fresh = self._fresh(secrets)
        manifest, why = self.manifests.current(secrets.owner, secrets.key_id), list[str]()
        if is_mending(manifest):
            why.append(PARTIAL)
        if doubtful:
            manifest, reasons = self._without_lost(secrets, manifest)
            why += reasons
        placed = self.indexes.placed(secrets, manifest)
        looking = _Looking(self, secrets, manifest, question, Items(self.store, secrets.owner), self.clock())
        candidates = looking.candidates(placed, fresh)
        found = looking.found(candidates)
        relations = looking.relations(candidates)
        return Answer(found, relations, "; ".join(filter(None, (candidates.asked.degraded, *why))))

    def _without_lost(self, secrets: Secrets, manifest: Manifest) -> tuple[Manifest, list[str]]:
        """A manifest without what cannot be read, and the reasons."""
        lost, why = self.indexes.lost(secrets, manifest), []
        if manifest.index in lost:
            manifest, why = replace(manifest, index="", building=""), [LOST]
        if manifest.graph in lost:
            manifest, why = replace(manifest, graph=""), [*why, SILENT]
        return manifest, why

    def _fresh(self, secrets: Secrets) -> list[Stored]:
        """What the stored index does not have yet, in the tiers that they are in now."""
        now = self.clock()
        waiting = {
            stored.memory_id: stored
            for stage in (Stage.WORKING, Stage.FRESH)  # in this order: what becomes an episode meanwhile is seen
            for stored in self.store.waiting(secrets.owner, stage, LATEST)
        }
        tiers = [(stored, tier_of(stored, now)) for stored in waiting.values()]
        return [stored if tier is stored.memory_type else replace(stored, memory_type=tier) for stored, tier in tiers]


@dataclass(frozen=True, slots=True)
class _Looking:
    """One search, by one manifest, at one moment."""

    searching: Searching
    secrets: Secrets
    manifest: Manifest
    question: Question
    items: Items
    now: float

    def candidates(self, placed: Placed, fresh: list[Stored]) -> Candidates:
        """All that may be found, as far as the index knows."""
        question = self.question
        latest: dict[str, int] = {}
        for stored in fresh:
            latest[stored.slot] = max(stored.seq, latest.get(stored.slot, 0))
        # A memory may be fresh by its item and indexed already; the stored index has it then.
        indexed = placed.some([stored.memory_id for stored in fresh])
        beside = [
            replace(stored, retention=FOR_EVER) if question.faded else stored
            for stored in fresh
            if stored.memory_id not in indexed and (question.superseded or stored.seq == latest[stored.slot])
        ]
        index = placed.seen(superseded=question.superseded, faded=question.faded)
        exclude = [] if question.superseded else placed.before(latest)
        asked = self.searching.indexes.asked(self.secrets, index, beside, question.query, self._filters(exclude))
        return Candidates(asked, placed, {stored.memory_id: stored.place for stored in beside})

    def _filters(self, exclude: list[str]) -> Filters:
        question, types = self.question, self.question.types
        filters = Filters(
            since=question.since,
            until=question.until,
            concepts=question.concepts or None,
            now=self.now,
            exclude=exclude,
        )
        if types != frozenset(MemoryType):
            filters["kinds"] = [memory_type.value for memory_type in types]
        if MemoryType.FOLD in types:  # the index has it as what it was before, but then it is as old as what is folded
            filters["spans"] = [(fold.oldest, fold.newest) for fold in self.manifest.folds.values()]
        return filters

    def found(self, candidates: Candidates) -> tuple[Found, ...]:
        """The best that are to be told: mostly the first that are looked at will do."""
        limit, opened = self.question.limit, dict[str, Memory | None]()

        def told(hits: list[Hit]) -> Iterator[Found]:
            for batch in batches(hits, limit):
                places = candidates.places([hit.memory_id for hit in batch])
                self.items.read(places.values())
                for hit in batch:
                    if hit.memory_id not in opened:
                        opened[hit.memory_id] = self._opened(hit.memory_id, places)
                    memory = opened[hit.memory_id]
                    if memory is not None:
                        yield Found(memory, hit.score, hit.explanation.to_json())

        for hits in candidates.best(limit):
            found = tuple(islice(told(hits), limit))
            if len(found) == limit:
                break
        return found

    def relations(self, candidates: Candidates) -> tuple[Known, ...]:
        """What is known of the concepts that the question names, from memories that are to be told."""
        question, indexes = self.question, self.searching.indexes
        named = [concept.name for concept in indexes.extractor.extract(question.query).concepts]
        if not self.manifest.graph or not (named or question.concepts):
            return ()
        graph = indexes.graph(self.secrets, self.manifest)
        related = list(graph.about((*question.concepts, *named)))

        def told() -> Iterator[Known]:
            for batch in batches(related, RELATIONS):
                places = candidates.let_through([each.memory_id for each in batch])
                self.items.read(places.values())
                for each in batch:
                    if each.memory_id in places and self._told(each.memory_id, places) is not None:
                        yield each

        return tuple(islice(told(), RELATIONS))

    def _opened(self, memory_id: str, places: Mapping[str, tuple[str, int]]) -> Memory | None:
        """A memory, if it is to be told. One that is damaged was reported, and keeps no other from being found."""
        stored = self._told(memory_id, places)
        if stored is None:
            return None
        later = self.items.after(stored.place)
        with suppress(MemoryFault):
            valid_to = None if later is None else later.valid_from
            return self.searching.remembering.open(stored, self.secrets, valid_to, self.manifest)
        return None

    def _told(self, memory_id: str, places: Mapping[str, tuple[str, int]]) -> Stored | None:
        """The item of a memory that may be answered: it was not deleted, still holds, has not faded and is of a type
        that is asked for."""
        stored = self.items.at(places[memory_id])
        if stored is None or stored.memory_id != memory_id or stored.stage in GONE:
            return None
        if not self.question.superseded and self.items.after(stored.place) is not None:
            return None
        faded = stored.retention.faded(stored.valid_from, self.now)
        if faded is Faded.EXPIRED or (faded is Faded.DECAYED and not self.question.faded):
            return None
        tier = tier_of(stored, self.now)
        # What is folded is also found as what it was stored as; a working memory whose time is over is none any more.
        as_stored = stored.memory_type if stored.stage is Stage.FOLDED else tier
        return stored if {tier, as_stored} & self.question.types else None
