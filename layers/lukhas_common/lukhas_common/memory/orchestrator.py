"""A person's whole memory behind one class, for use as a library."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lukhas_common import times
from lukhas_common.audit import Audit, StandardAudit
from lukhas_common.ledger.data_keys import DataKeys, LocalWrapper
from lukhas_common.ledger.erasure import Erasures
from lukhas_common.ledger.ledger import Ledger
from lukhas_common.ledger.memory import MemoryDataKeys, MemoryEntries
from lukhas_common.memory.apart import Apart
from lukhas_common.memory.compressing import Compressing, CompressionResult
from lukhas_common.memory.concepts import RuleExtractor
from lukhas_common.memory.erasing import MemoriesErased, MemoryErasure
from lukhas_common.memory.extraction import Extractor
from lukhas_common.memory.folded import Folds
from lukhas_common.memory.in_memory import LocalDeadLetters, LocalErrands, LocalMemories, LocalObjects
from lukhas_common.memory.indexes import Indexes
from lukhas_common.memory.manifest import Manifests
from lukhas_common.memory.models import (
    FOR_EVER,
    UNTOLD,
    ConsolidationResult,
    Memory,
    MemoryType,
    Provenance,
    Retention,
)
from lukhas_common.memory.ports import DeadLetters, Errands, MemoryObjects, MemoryStore, VectorIndex
from lukhas_common.memory.probing import Probing
from lukhas_common.memory.remembering import Remembering
from lukhas_common.memory.search.embedder import Embedder
from lukhas_common.memory.search.static import shipped
from lukhas_common.memory.searching import Answer, Question, Searching
from lukhas_common.memory.settling import Settling
from lukhas_common.memory.vault import Vault, owner_checked
from lukhas_common.times import Clock

SOMEBODY = "somebody"
"""Whose memories they are, where it is not said."""


@dataclass(frozen=True, kw_only=True)
class MemoryPorts:
    """What a memory is made of; by default all of it is in this process, and gone with it.

    Attributes:
        vectors: where the vectors of people with many memories lie; None: all are in the stored index.
    """

    ledger: Ledger
    store: MemoryStore
    objects: MemoryObjects
    errands: Errands
    letters: DeadLetters
    embedder: Embedder
    extractor: Extractor
    audit: Audit
    clock: Clock
    vectors: VectorIndex | None = None

    @classmethod
    def in_this_process(cls, clock: Clock = times.now) -> MemoryPorts:
        keys = DataKeys(MemoryDataKeys(), LocalWrapper(secrets.token_bytes(32)), clock)
        return cls(
            ledger=Ledger(MemoryEntries(), keys, clock),
            store=LocalMemories(),
            objects=LocalObjects(clock),
            errands=LocalErrands(),
            letters=LocalDeadLetters(),
            embedder=shipped(),
            extractor=RuleExtractor(),
            audit=StandardAudit(),
            clock=clock,
        )


class UnifiedMemoryOrchestrator:
    """Four tiers of memory: of the moment, of what happened, of what holds, and of what is old.

    Args:
        config: ``user``, whose memories these are where a call does not say. Other settings are not for this class.
        ports: where memories are kept; without them, in this process.

    Raises:
        MemoryFault: the user is none.
    """

    def __init__(self, config: Mapping[str, Any] | None = None, *, ports: MemoryPorts | None = None) -> None:
        self._user = owner_checked((config or {}).get("user", SOMEBODY))
        ports = ports or MemoryPorts.in_this_process()
        vault, manifests = Vault(ports.ledger.keys), Manifests(ports.ledger)
        folds = Folds(ports.objects, manifests, ports.audit, ports.clock)
        apart = None if ports.vectors is None else Apart(ports.embedder, ports.vectors)
        indexes = Indexes(ports.objects, ports.embedder, ports.extractor, apart, audit=ports.audit)
        store, objects, clock = ports.store, ports.objects, ports.clock
        self.remembering = Remembering(store, vault, folds, clock)
        self.searching = Searching(store, vault, manifests, indexes, self.remembering, clock)
        self.settling = Settling(store, vault, manifests, indexes, folds, ports.letters, clock)
        self.compressing = Compressing(store, vault, manifests, objects, indexes, folds, clock)
        erasures = Erasures(ports.ledger, clock)
        probing = Probing(self.remembering, self.searching.fitting)
        self.erasure = MemoryErasure(store, objects, ports.ledger, erasures, ports.errands, probing, ports.vectors)

    def store(
        self,
        key: str,
        value: Any,
        memory_type: MemoryType,
        *,
        user: str | None = None,
        provenance: Provenance = UNTOLD,
        retention: Retention = FOR_EVER,
        session: str = "",
        concepts: tuple[str, ...] = (),
        idempotency_key: str | None = None,
    ) -> str:
        """Remember a value; the one before it under the same key stays, and holds no longer. Answers its id.

        Raises:
            MemoryFault: it cannot be remembered.
        """
        return self.remembering.remember(
            self._whose(user),
            key,
            value,
            MemoryType(memory_type),
            provenance=provenance,
            retention=retention,
            session=session,
            concepts=concepts,
            idempotency_key=idempotency_key,
        ).memory_id

    def retrieve(self, key: str, *, user: str | None = None, as_of: float | None = None) -> Any | None:
        """The value of a key, from whatever tier it is in; None where there is none.

        Args:
            as_of: the value that held then, seconds since the epoch.

        Raises:
            MemoryFault: its time is over, or it is damaged.
        """
        found = self.recall(key, user=user, as_of=as_of)
        return None if found is None else found.value

    def recall(self, key: str, *, user: str | None = None, as_of: float | None = None) -> Memory | None:
        """The same with all that is known of it: provenance, validity, retention. Raises as ``retrieve``."""
        return self.remembering.recall(self._whose(user), key, as_of)

    def forget(self, key: str, *, user: str | None = None) -> int:
        """Delete all values of a key; how many there were."""
        return self.remembering.forget(self._whose(user), key)

    def consolidate(self, *, user: str | None = None) -> ConsolidationResult:
        """Do all that is due: working to episodic, episodic to semantic and folds.

        A run is bounded; one follows another until nothing is left.
        """
        owner, steps = self._whose(user), (self.settling.settle_working, self.settling.settle_episodic)
        done, left = ConsolidationResult(), 0
        for settle in steps:
            found = settle(owner)
            done = found.after(done)
            while found.goes_on:
                found = settle(owner)
                done = found.after(done)
            left += found.left
        return replace(done, left=left)

    def search_semantic(self, query: str, limit: int = 10, *, user: str | None = None) -> list[Memory]:
        """The memories that fit best by words and meaning, the best first."""
        return [each.memory for each in self.search(Question(query=query, limit=limit), user=user).found]

    def search(self, question: Question, *, user: str | None = None) -> Answer:
        """The same with filters, scores and their explanations, and what is known of the concepts that are named."""
        return self.searching.search(self._whose(user), question)

    def _whose(self, user: str | None) -> str:
        return self._user if user is None else owner_checked(user)

    def create_fold(self, memories: Iterable[Memory], *, user: str | None = None) -> str:
        """Pack memories away now, whatever their age; the name of the fold that holds them.

        Where several do, because some were folded before or they are more than 16,384, it is the one that holds most.

        Raises:
            MemoryFault: none of them can be folded, and why.
        """
        return self.settling.fold(self._whose(user), [each.memory_id for each in memories]).folds[0]

    def compress(self, *, user: str | None = None) -> CompressionResult:
        """Merge small folds, and let what was deleted leave them for good."""
        return self.compressing.compress(self._whose(user))

    def erase(self, *, user: str | None = None) -> MemoriesErased:
        """Erase all that is remembered of a person, for good, and put on record that nothing was found afterwards."""
        return self.erasure.erase(self._whose(user))
