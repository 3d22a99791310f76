"""The Consciousness API on ports in memory, with a clock to turn."""

from __future__ import annotations

from lukhas_common.consciousness.awareness import AwarenessBook
from lukhas_common.consciousness.drift.detector import Severity
from lukhas_common.consciousness.memory import MemoryBus, MemorySeries
from lukhas_common.consciousness.series import Series
from lukhas_common.consciousness.watching import Fed, Watching
from lukhas_common.ledger.data_keys import DataKeys, LocalWrapper
from lukhas_common.ledger.ledger import Ledger
from lukhas_common.ledger.memory import MemoryDataKeys, MemoryEntries
from tests.fakes import Audit, Clock

ADA = "01a20334-8068-759b-90c6-2b25c56c2702"
NAME = "assistant-style"


class Mind:
    """Everything that watches. Each process shares the stores and the ledger's entries only."""

    def __init__(self) -> None:
        self.clock, self.audit = Clock(), Audit()
        self.entries, self.keys = MemoryEntries(), MemoryDataKeys()
        self.store, self.bus = MemorySeries(), MemoryBus()

    def ledger(self) -> Ledger:
        keys = DataKeys(self.keys, LocalWrapper(bytes(32)), self.clock, self.clock)
        return Ledger(self.entries, keys, self.clock, sleep=lambda _: None)

    def book(self) -> AwarenessBook:
        return AwarenessBook(self.ledger())

    def watching(self) -> Watching:
        return Watching(self.store, self.ledger(), self.bus, self.audit, self.clock, sleep=lambda _: None)

    def feed(self, *scores: float, name: str = NAME, owner: str = ADA) -> Fed:
        """The last of these detections, a minute apart."""
        watching = self.watching()
        for score in scores:
            self.clock.advance(60)
            fed = watching.feed(owner, name, score, Severity.LOW, baseline="b" * 64)
        return fed

    def series(self, owner: str = ADA) -> list[Series]:
        return self.watching().of_owner(owner)
