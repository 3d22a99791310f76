"""One person's memory on ports in memory, with a clock to turn."""

from __future__ import annotations

from functools import cached_property

from lukhas_common.ledger.data_keys import DataKeys, LocalWrapper
from lukhas_common.ledger.erasure import Erasures
from lukhas_common.ledger.ledger import Ledger
from lukhas_common.ledger.memory import MemoryDataKeys, MemoryEntries
from lukhas_common.memory.apart import BEYOND, Apart
from lukhas_common.memory.compressing import Compressing
from lukhas_common.memory.concepts import RuleExtractor
from lukhas_common.memory.erasing import MemoryErasure
from lukhas_common.memory.folded import Folds
from lukhas_common.memory.in_memory import LocalDeadLetters, LocalErrands, LocalMemories, LocalObjects
from lukhas_common.memory.indexes import AT_ONCE, Indexes
from lukhas_common.memory.manifest import Manifests
from lukhas_common.memory.ports import VectorIndex
from lukhas_common.memory.probing import Probing
from lukhas_common.memory.remembering import Remembering
from lukhas_common.memory.search.embedder import Embedder
from lukhas_common.memory.search.static import shipped
from lukhas_common.memory.searching import Searching
from lukhas_common.memory.settling import Settling
from lukhas_common.memory.vault import Vault
from tests.fakes import Audit, Clock

ADA, BOB = "01a20334-8068-759b-90c6-2b25c56c2702", "01a20334-8068-759b-90c6-2b25c56c2703"


class Milliseconds(Clock):
    """Advances by whole milliseconds, as clocks do here."""

    def advance(self, seconds: float) -> None:
        self.now = round(self.now + seconds, 3)


class MemoryWorld:
    """Everything that remembers. Ports may be replaced before they are used."""

    def __init__(self) -> None:
        self.clock, self.audit = Milliseconds(), Audit()
        self.keys = DataKeys(MemoryDataKeys(), LocalWrapper(bytes(32)), self.clock, self.clock)
        self.ledger = Ledger(MemoryEntries(), self.keys, self.clock, sleep=lambda _: None)
        self.store, self.objects = LocalMemories(), LocalObjects(self.clock)
        self.errands, self.letters = LocalErrands(), LocalDeadLetters()
        self.embedder: Embedder = shipped()
        self.vectors: VectorIndex | None = None
        self.beyond, self.at_once = BEYOND, AT_ONCE

    @cached_property
    def vault(self) -> Vault:
        return Vault(self.keys)

    @cached_property
    def manifests(self) -> Manifests:
        return Manifests(self.ledger)

    @cached_property
    def folds(self) -> Folds:
        return Folds(self.objects, self.manifests, self.audit, self.clock)

    @cached_property
    def memory(self) -> Remembering:
        return Remembering(self.store, self.vault, self.folds, self.clock, sleep=lambda _: None)

    @cached_property
    def indexes(self) -> Indexes:
        apart = None if self.vectors is None else Apart(self.embedder, self.vectors, self.beyond)
        return Indexes(self.objects, self.embedder, RuleExtractor(), apart, self.at_once, audit=self.audit)

    @cached_property
    def settling(self) -> Settling:
        return Settling(self.store, self.vault, self.manifests, self.indexes, self.folds, self.letters, self.clock)

    @cached_property
    def compressing(self) -> Compressing:
        return Compressing(self.store, self.vault, self.manifests, self.objects, self.indexes, self.folds, self.clock)

    @cached_property
    def searching(self) -> Searching:
        return Searching(self.store, self.vault, self.manifests, self.indexes, self.memory, self.clock)

    @cached_property
    def erasure(self) -> MemoryErasure:
        erasures = Erasures(self.ledger, self.clock)
        probing = Probing(self.memory, self.searching.fitting)
        return MemoryErasure(self.store, self.objects, self.ledger, erasures, self.errands, probing, self.vectors)

    def another(self, **changes: object) -> None:
        """Another process, of which this and that is different."""
        for name in ("folds", "memory", "indexes", "settling", "compressing", "searching", "erasure"):
            self.__dict__.pop(name, None)
        self.__dict__ |= changes
