"""The weekly run: small folds are merged, what was deleted or is over leaves folds and index for good, the dictionary
is trained anew, and objects that no manifest names are deleted.

The order is that of settling: a merged fold is put, the manifest names it beside those that it was made of, each item
names the new one, the manifest drops the old ones. Until the last step both hold the record, so whoever reads finds it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from lukhas_common.memory.folded import Folds
from lukhas_common.memory.indexes import Indexes
from lukhas_common.memory.manifest import GRACE, FoldPlace, Manifest, Manifests
from lukhas_common.memory.ports import MemoryObjects, MemoryStore
from lukhas_common.memory.settling import MOST_RECORDS
from lukhas_common.memory.stored import Stored
from lukhas_common.memory.vault import Secrets, Vault, folder_of
from lukhas_common.times import Clock

RATIO = 4
"""Folds are merged while the larger ones are less than so many times as large as all smaller ones together. So a record
is moved only about as often as the number of records has powers of RATIO."""


@dataclass(frozen=True, slots=True)
class CompressionResult:
    """What a run did.

    Attributes:
        merged: folds that went into others; ``rewritten`` those that only lost records.
        dropped: records that left folds for good; ``unindexed`` memories that left the index.
        deleted: objects that were deleted; ``vectors`` those that were, where they lie elsewhere.
        behind: memories that an index by another embedder does not have yet: settle, and compress again.
        before: bytes of all folds; ``after`` the run.
        damaged: folds that could not be read as a whole, with the numbers of their damaged frames; -1 for all of them.
            They stay as they are, and the others are merged without them.
    """

    merged: int = 0
    rewritten: int = 0
    dropped: int = 0
    unindexed: int = 0
    deleted: int = 0
    vectors: int = 0
    behind: int = 0
    before: int = 0
    after: int = 0
    damaged: dict[str, tuple[int, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Compressing:
    """Compression of one person's folds at a time."""

    store: MemoryStore
    vault: Vault
    manifests: Manifests
    objects: MemoryObjects
    indexes: Indexes
    folds: Folds
    clock: Clock

    def compress(self, owner: str) -> CompressionResult:
        """Merge, drop, retrain and delete; it may run twice, or be killed anywhere.

        Raises:
            ManifestMovedError: others changed these memories meanwhile: run it again.
        """
        secrets = self.vault.to_read(owner)
        if secrets is None:
            return CompressionResult(deleted=self._sweep(owner, frozenset()))
        manifest = self.manifests.current(owner, secrets.key_id)
        known = self.indexes.vectors(secrets)
        # Before anything goes, that there is no item of it is asked again: a survey may be behind.
        looked = self.store.every(owner) if known else self.store.survey(owner)
        live = {each.memory_id: each for each in looked}
        found = CompressionResult(before=_bytes(manifest))
        unknown = self._unknown(secrets, manifest, live)
        if unknown:
            manifest = self.manifests.change(owner, manifest, self.indexes.changed(secrets, manifest, [], unknown))
        manifest, found = self._merged(secrets, manifest, live, replace(found, unindexed=len(unknown)))
        found = replace(
            found,
            vectors=self.indexes.sweep(secrets, manifest, known, live),
            behind=self.indexes.behind(secrets, manifest),
        )
        deleted = self._sweep(owner, self.manifests.named_since(owner, secrets.key_id, self.clock() - GRACE))
        return replace(found, deleted=deleted, after=_bytes(manifest))

    def _unknown(self, secrets: Secrets, manifest: Manifest, live: dict[str, Stored]) -> list[str]:
        """The memories in the index that there are no more."""
        places = self.indexes.unknown(secrets, manifest, live.keys())
        live |= {each.memory_id: each for each in self.store.get(secrets.owner, sorted(places.values()))}
        return sorted(places.keys() - live.keys())

    def _merged(
        self, secrets: Secrets, manifest: Manifest, live: dict[str, Stored], found: CompressionResult
    ) -> tuple[Manifest, CompressionResult]:
        # Whoever made a fold just now may not have let all items name it yet.
        old = [fold for fold in manifest.folds.values() if fold.made_at < self.clock() - GRACE]
        held = Counter(each.fold for each in live.values())
        damaged: dict[str, tuple[int, ...]] = {}
        chosen, records = self._mergeable(secrets, [fold for fold in old if held[fold.name]], damaged)
        if chosen:
            manifest, found = self._instead(secrets, manifest, chosen, records, live, found)
        for fold in old:
            if fold in chosen or held[fold.name] >= fold.records:
                continue
            records = self._whole(secrets, [fold], damaged)
            # What a damaged frame held is lost here, and may not be elsewhere: such a fold stays as it is, for as long
            # as an item names it.
            if fold.name not in damaged or not self._is_named(secrets.owner, fold):
                manifest, found = self._instead(secrets, manifest, [fold], records, live, found)
        return manifest, replace(found, damaged=damaged or None)

    def _mergeable(
        self, secrets: Secrets, folds: Sequence[FoldPlace], damaged: dict[str, tuple[int, ...]]
    ) -> tuple[list[FoldPlace], list[dict[str, Any]]]:
        """The folds that are to become one, and their records. What is damaged holds up no other."""
        while chosen := due_to_merge([fold for fold in folds if fold.name not in damaged]):
            records = self._whole(secrets, chosen, damaged)
            if damaged.keys().isdisjoint(fold.name for fold in chosen):
                return chosen, records
        return [], []

    def _whole(
        self, secrets: Secrets, folds: Sequence[FoldPlace], damaged: dict[str, tuple[int, ...]]
    ) -> list[dict[str, Any]]:
        """The records of folds that can be read as a whole; the others are added to ``damaged``."""
        unread = [fold for fold in folds if fold.name not in damaged]
        records, found = self.folds.records(secrets, unread)
        damaged |= found
        return [] if found else records

    def _is_named(self, owner: str, fold: FoldPlace) -> bool:
        return any(each.fold == fold.name for each in self.store.every(owner))

    def _instead(
        self,
        secrets: Secrets,
        manifest: Manifest,
        group: Sequence[FoldPlace],
        records: list[dict[str, Any]],
        live: dict[str, Stored],
        found: CompressionResult,
    ) -> tuple[Manifest, CompressionResult]:
        """Let one fold take the place of some, with those of their records that there still are."""
        names = frozenset(fold.name for fold in group)
        kept = self._kept(secrets, records, names, live)
        if kept:
            manifest = self._replaced(secrets, manifest, group, kept, live)
        else:
            manifest = self.manifests.change(secrets.owner, manifest, manifest.with_folds(without=names))
        is_merge = len(group) > 1
        return manifest, replace(
            found,
            merged=found.merged + len(group) * is_merge,
            rewritten=found.rewritten + (not is_merge),
            dropped=found.dropped + sum(fold.records for fold in group) - len(kept),
        )

    def _kept(
        self, secrets: Secrets, records: list[dict[str, Any]], names: frozenset[str], live: dict[str, Stored]
    ) -> list[dict[str, Any]]:
        """Of the records of these folds, those whose items name one of them."""

        def is_named(record: dict[str, Any]) -> bool:
            stored = live.get(record["memory_id"])
            return stored is not None and stored.fold in names

        doubtful = [(secrets.slot(record["key"]), record["seq"]) for record in records if not is_named(record)]
        live |= {each.memory_id: each for each in self.store.get(secrets.owner, sorted(set(doubtful)))}
        return [record for record in records if is_named(record)]

    def _replaced(
        self,
        secrets: Secrets,
        manifest: Manifest,
        group: Sequence[FoldPlace],
        records: list[dict[str, Any]],
        live: dict[str, Stored],
    ) -> Manifest:
        dictionary = self.folds.trained(secrets, records) or manifest.dictionary
        place = self.folds.write(secrets, records, dictionary)
        names = frozenset(fold.name for fold in group) - {place.name}
        both = replace(manifest.with_folds(place), dictionary=dictionary)
        if both != manifest:
            manifest = self.manifests.change(secrets.owner, manifest, both)
        for record in records:
            self._point(live[str(record["memory_id"])], names, place.name)
        return self.manifests.change(secrets.owner, manifest, manifest.with_folds(without=names)) if names else manifest

    def _point(self, stored: Stored, before: frozenset[str], after: str) -> None:
        """Let an item name another fold, unless somebody else let it name another already."""
        while stored.fold in before:
            if self.store.move(replace(stored, fold=after, revision=stored.revision + 1)):
                return
            there = self.store.get(stored.owner, [stored.place])
            if not there:
                return
            stored = there[0]

    def _sweep(self, owner: str, named: frozenset[str]) -> int:
        """Delete the objects that were not named lately, and were not put lately to be named soon."""
        deleted, before = 0, self.clock() - GRACE
        for name, put_at in self.objects.names(folder_of(owner)):
            if name not in named and put_at < before:
                self.objects.delete(name)
                deleted += 1
        return deleted


def due_to_merge(folds: Sequence[FoldPlace]) -> list[FoldPlace]:
    """The folds that are to become one, smallest first: those whose like is small beside what is merged with it."""
    ordered = sorted(folds, key=lambda fold: (fold.records, fold.oldest, fold.name))
    chosen: list[FoldPlace] = []
    total = 0
    for fold in ordered:
        if chosen and (fold.records >= RATIO * total or total + fold.records > MOST_RECORDS):
            break
        chosen.append(fold)
        total += fold.records
    return chosen if len(chosen) > 1 else []


def _bytes(manifest: Manifest) -> int:
    return sum(fold.size for fold in manifest.folds.values())
