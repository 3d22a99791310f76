"""How one person's memories settle: step by step, each of which may be repeated, and cut off anywhere.

Every memory says by itself what is due for it, so a run looks at what is due and does that. Nothing is deleted before
what takes its place counts:

1. working memories whose time is over become fresh episodes (one conditional write each);
2. what is fresh goes into a new index and graph, what was forgotten or is over leaves them: the objects are put, then
   the manifest names them, then each item is marked as indexed;
3. what is indexed and old goes into a fold: the fold is put, then the manifest names it, then each item gives up its
   content and names the fold instead;
4. items that were forgotten are taken away.

Before 2, objects are taken away that have not counted for an hour: the manifest tells which these are; and index and
graph are built anew from the items where they are damaged (mending.py). Between 2 and 3, an index that was built by
another embedder is built anew, a bounded number of memories at a time (reindexing.py).

A run takes a bounded number of memories, and says how many it left: whoever started it goes on. One that is cut off
leaves items that are still due, and at most objects that no manifest names: sweeping deletes these (compressing.py).
Two runs at once both put their objects; one of them finds that the manifest moved, and begins anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import inf

from lukhas_common.memory.contents import Content, UnreadableError, opened, record_of
from lukhas_common.memory.errors import MemoryFault, MemoryReason
from lukhas_common.memory.folded import Folds
from lukhas_common.memory.indexes import AT_ONCE, Indexes, is_mending
from lukhas_common.memory.manifest import GRACE, Manifest, ManifestMovedError, Manifests
from lukhas_common.memory.mending import Mending
from lukhas_common.memory.models import ConsolidationResult, Faded, Folding, LeftOut, MemoryType
from lukhas_common.memory.ports import DeadLetters, MemoryStore
from lukhas_common.memory.reindexing import Reindexing
from lukhas_common.memory.stored import Stage, Stored
from lukhas_common.memory.vault import Secrets, Vault
from lukhas_common.times import Clock

AGE = 7 * 86400
"""Seconds after which an episode is folded."""

MOST_RECORDS = 16_384
"""Records of a fold at most, so that a run holds no more in memory."""

_TRIES = 3

_WHY = {
    Stage.WORKING: LeftOut.WORKING,
    Stage.SET_ASIDE: LeftOut.DAMAGED,
    Stage.FORGOTTEN: LeftOut.GONE,
    Stage.EXPIRED: LeftOut.GONE,
}


@dataclass(slots=True)
class _Run:
    """What a run did so far."""

    settled: int = 0
    indexed: int = 0
    folded: int = 0
    expired: int = 0
    forgotten: int = 0
    folds: list[str] = field(default_factory=list)
    set_aside: dict[str, str] = field(default_factory=dict)
    reindexed: int = 0
    behind: int = 0
    left: int = 0
    requests: int = 0

    def some(self, due: Sequence[Stored], most: int) -> Sequence[Stored]:
        """As many as a run takes; the others are left."""
        self.left += max(0, len(due) - most)
        return due[:most]

    def result(self) -> ConsolidationResult:
        return ConsolidationResult(
            self.settled,
            self.indexed,
            self.folded,
            self.expired,
            self.forgotten,
            tuple(self.folds),
            self.set_aside,
            self.reindexed,
            self.behind,
            self.left,
            self.requests,
        )


@dataclass(frozen=True, slots=True)
class Settling:
    """Consolidation of one person's memories at a time."""

    store: MemoryStore
    vault: Vault
    manifests: Manifests
    indexes: Indexes
    folds: Folds
    letters: DeadLetters
    clock: Clock

    def settle_working(self, owner: str) -> ConsolidationResult:
        """Working memories whose time is over become episodes. No key is needed for it."""
        run = _Run()
        for stored in run.some(self.store.waiting(owner, Stage.WORKING, self.clock()), AT_ONCE):
            run.settled += self._settle(stored)
        return run.result()

    def settle_episodic(self, owner: str) -> ConsolidationResult:
        """Fresh memories become searchable and old ones are folded; what is over or was deleted goes.

        Raises:
            ManifestMovedError: others settle the same memories all the time: try again later.
            MeaningError: the embedder has no answer: try again later.
        """
        secrets = self.vault.to_read(owner)
        if secrets is None:
            return ConsolidationResult()
        for left in reversed(range(_TRIES)):
            run = _Run()
            try:
                self._forget_requests(owner, run)
                manifest = self.manifests.current(owner, secrets.key_id)
                manifest = self._without_past(manifest)
                manifest = self._mend(secrets, manifest, run)
                manifest = self._index(secrets, manifest, run)
                manifest = self._reindex(secrets, manifest, run)
                self._fold(secrets, manifest, run)
                return run.result()
            except ManifestMovedError:
                if not left:
                    raise
        raise AssertionError("unreachable")

    def fold(self, owner: str, memories: Iterable[str]) -> Folding:
        """Fold these memories now, by their ids, whatever their age and however many they are. It may be repeated.

        Raises:
            MemoryFault: none of them can be folded.
            ManifestMovedError, MeaningError: as ``settle_episodic``.
        """
        secrets, wanted = self.vault.to_read(owner), frozenset(memories)
        if secrets is None:
            return folding(wanted, [])
        for left in reversed(range(_TRIES)):
            try:
                return folding(wanted, self._fold_now(secrets, wanted))
            except ManifestMovedError:
                if not left:
                    raise
        raise AssertionError("unreachable")

    def _fold_now(self, secrets: Secrets, wanted: frozenset[str]) -> list[Stored]:
        """The items of these memories when they were folded as far as they can be."""
        owner, run, now = secrets.owner, _Run(), self.clock()
        chosen = [each for each in self.store.every(owner) if each.memory_id in wanted]
        for each in chosen:
            if each.stage is Stage.WORKING and each.due <= now:
                self._settle(each)
        places = sorted(each.place for each in chosen)
        manifest = self._mend(secrets, self.manifests.current(owner, secrets.key_id), run)
        there = self.store.get(owner, places)
        while fresh := [each.memory_id for each in there if each.stage is Stage.FRESH]:
            manifest = self._index(secrets, manifest, run, frozenset(fresh))
            there = self.store.get(owner, places)
            if len(fresh) == sum(each.stage is Stage.FRESH for each in there):
                break  # whoever changes them all the time may fold them, too
        indexed = [each for each in there if each.stage is Stage.INDEXED and not _is_over(each, now)]
        for start in range(0, len(indexed), MOST_RECORDS):
            manifest = self._fold_these(secrets, manifest, indexed[start : start + MOST_RECORDS], run)
        return self.store.get(owner, places)

    def _forget_requests(self, owner: str, run: _Run) -> None:
        """Take away the notes of requests that are too old to be sent again."""
        for stored in run.some(self.store.waiting(owner, Stage.REQUEST, self.clock()), AT_ONCE):
            run.requests += self.store.remove(stored)

    def _without_past(self, manifest: Manifest) -> Manifest:
        """Take away what has not counted for so long that nobody reads it. The next manifest names it no more."""
        past = manifest.past_since(self.clock() - GRACE)
        self.indexes.drop(past)
        return manifest.without_past(past)

    def _mend(self, secrets: Secrets, manifest: Manifest, run: _Run) -> Manifest:
        step = Mending(self.store, self.indexes, self.folds).step(secrets, manifest)
        run.reindexed, run.behind = step.added, step.left
        return manifest if step.manifest == manifest else self.manifests.change(secrets.owner, manifest, step.manifest)

    def _index(self, secrets: Secrets, manifest: Manifest, run: _Run, wanted: frozenset[str] | None = None) -> Manifest:
        """Let index and graph hold what is fresh and nothing that is gone, and mark the items.

        Args:
            wanted: which of the fresh memories; without it, all.
        """
        now, owner = self.clock(), secrets.owner
        waiting = self.store.waiting(owner, Stage.FRESH, now)
        fresh = run.some([each for each in waiting if wanted is None or each.memory_id in wanted], self.indexes.at_once)
        forgotten = run.some(self.store.waiting(owner, Stage.FORGOTTEN, now), AT_ONCE)
        places = {each.place for each in fresh}
        over = [each for each in run.some(self._over(owner, now), AT_ONCE) if each.place not in places]
        over += [each for each in fresh if _is_over(each, now)]
        fresh = [each for each in fresh if not _is_over(each, now)]
        readable = self._readable(fresh, secrets, run)
        gone = [each.memory_id for each in (*forgotten, *over)]
        if readable or gone:
            manifest = self._named(secrets, manifest, readable, gone)
        for stored, _ in readable:
            run.indexed += self._move(stored, stage=Stage.INDEXED, due=_due(stored, _folded_from(stored)))
        for stored in over:
            run.expired += self._move(stored, stage=Stage.EXPIRED, due=inf, content=None, fold=None)
        for stored in forgotten:
            self.store.remove(stored)
            run.forgotten += 1
        return manifest

    def _named(
        self, secrets: Secrets, manifest: Manifest, added: Sequence[tuple[Stored, Content]], gone: list[str]
    ) -> Manifest:
        after = self.indexes.changed(secrets, manifest, added, gone)
        return manifest if after == manifest else self.manifests.change(secrets.owner, manifest, after)

    def _reindex(self, secrets: Secrets, manifest: Manifest, run: _Run) -> Manifest:
        if is_mending(manifest):
            return manifest
        step = Reindexing(self.store, self.indexes, self.folds).step(secrets, manifest)
        run.reindexed, run.behind = run.reindexed + step.added, step.left
        return manifest if step.manifest == manifest else self.manifests.change(secrets.owner, manifest, step.manifest)

    def _fold(self, secrets: Secrets, manifest: Manifest, run: _Run) -> None:
        now = self.clock()
        old = [each for each in self.store.waiting(secrets.owner, Stage.INDEXED, now) if not _is_over(each, now)]
        early = [each for each in old if _folded_from(each) > now]  # which earlier runs let be due
        for stored in run.some(early, AT_ONCE):
            self._move(stored, due=_due(stored, _folded_from(stored)))
        due = [each for each in old if _folded_from(each) <= now]
        self._fold_these(secrets, manifest, run.some(due, AT_ONCE), run)

    def _fold_these(self, secrets: Secrets, manifest: Manifest, old: Sequence[Stored], run: _Run) -> Manifest:
        readable = self._readable(old, secrets, run)
        if not readable:
            return manifest
        records = [record_of(stored, content) for stored, content in readable]
        place = self.folds.write(secrets, records, manifest.dictionary)
        if place.name not in manifest.folds:
            manifest = self.manifests.change(secrets.owner, manifest, manifest.with_folds(place))
        for stored, _ in readable:
            due = inf if stored.retention.expires_at is None else stored.retention.expires_at
            run.folded += self._move(stored, stage=Stage.FOLDED, due=due, content=None, fold=place.name)
        run.folds.append(place.name)
        return manifest

    def _over(self, owner: str, now: float) -> list[Stored]:
        """What was indexed or folded, and whose time is over."""
        due = [each for stage in (Stage.INDEXED, Stage.FOLDED) for each in self.store.waiting(owner, stage, now)]
        return [each for each in due if _is_over(each, now)]

    def _readable(self, found: Sequence[Stored], secrets: Secrets, run: _Run) -> list[tuple[Stored, Content]]:
        """What can be read; the rest is set aside for somebody to look at, and holds up nothing."""
        readable = []
        for stored in found:
            try:
                readable.append((stored, opened(stored, secrets)))
            except UnreadableError as error:
                self.letters.send(stored, str(error))
                self._move(stored, stage=Stage.SET_ASIDE, due=inf)
                run.set_aside[stored.memory_id] = str(error)
        return readable

    def _settle(self, stored: Stored) -> bool:
        """Let a working memory become an episode."""
        return self._move(stored, stage=Stage.FRESH, memory_type=MemoryType.EPISODIC, due=self.clock())

    def _move(self, stored: Stored, **changes: object) -> bool:
        """Take an item one step further, unless somebody else did something to it meanwhile."""
        return self.store.move(replace(stored, revision=stored.revision + 1, **changes))  # type: ignore[arg-type]


def folding(wanted: frozenset[str], there: Iterable[Stored]) -> Folding:
    """What became of memories that were to be folded, by their items.

    Raises:
        MemoryFault: none is in a fold.
    """
    found = {each.memory_id: each for each in there}
    folds = Counter(each.fold for each in found.values() if each.fold is not None)
    why = {each.memory_id: _WHY.get(each.stage, LeftOut.CHANGED) for each in found.values() if each.fold is None}
    left_out = dict.fromkeys(sorted(wanted - found.keys()), LeftOut.UNKNOWN) | why
    if folds:
        return Folding(tuple(sorted(folds, key=lambda name: (-folds[name], name))), left_out)
    if set(left_out.values()) <= {LeftOut.UNKNOWN}:
        raise MemoryFault(
            MemoryReason.MEMORY_UNKNOWN, "None of these ids is one of a memory; GET lists those there are."
        )
    counted = ", ".join(f"{count} {reason}" for reason, count in sorted(Counter(left_out.values()).items()))
    raise MemoryFault(
        MemoryReason.MEMORY_INVALID,
        f"None of these memories can be folded: {counted}. What is working can be 15 minutes after it was stored.",
    )


def _is_over(stored: Stored, now: float) -> bool:
    return stored.retention.faded(stored.valid_from, now) is Faded.EXPIRED


def _folded_from(stored: Stored) -> float:
    """When a memory is folded: an episode once it is old, what was stored as a fold at once, what holds never."""
    if stored.memory_type is MemoryType.SEMANTIC:
        return inf
    return stored.due if stored.memory_type is MemoryType.FOLD else round(stored.valid_from + AGE, 3)


def _due(stored: Stored, at: float) -> float:
    """When to look at an item again: at its next step, or when its time is over."""
    return at if stored.retention.expires_at is None else min(at, stored.retention.expires_at)
