"""The whole memory as a library."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from lukhas_common.memory.errors import MemoryFault, MemoryReason
from lukhas_common.memory.models import MemoryType
from lukhas_common.memory.orchestrator import MemoryPorts, UnifiedMemoryOrchestrator
from lukhas_common.memory.settling import AGE
from tests.unit.memory.world import ADA, Milliseconds


class Library:
    """A library with a clock to turn."""

    def __init__(self, config: Any = None) -> None:
        self.clock = Milliseconds()
        self.ports = MemoryPorts.in_this_process(self.clock)
        self.memory = UnifiedMemoryOrchestrator(config, ports=self.ports)

    def note(self, many: int, user: str | None = None, kind: MemoryType = MemoryType.EPISODIC) -> None:
        for number in range(many):
            self.memory.store(f"k{number}", f"violin {number}", kind, user=user)


@pytest.mark.parametrize("config", [None, {}, {"capacity": 4}, {"user": "ada"}])
def test_it_needs_no_configuration_and_takes_any(config: Any) -> None:
    library = Library(config)
    library.note(1)
    assert library.memory.retrieve("k0") == "violin 0"
    assert library.memory.retrieve("k0", user=(config or {}).get("user", "somebody")) == "violin 0"


def test_consolidation_goes_on_until_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lukhas_common.memory.settling.AT_ONCE", 4)
    library = Library()
    object.__setattr__(library.memory.settling.indexes, "at_once", 4)
    library.note(11, kind=MemoryType.WORKING)
    library.clock.advance(15 * 60)
    done = library.memory.consolidate()
    assert (done.settled, done.indexed, done.left) == (11, 11, 0)
    library.clock.advance(AGE)
    assert library.memory.consolidate().folded == 11
    assert library.memory.forget("k3") == 1
    library.note(6)
    kept = [library.memory.recall(f"k{number}") for number in (0, 1, 2, 4, 5)]
    name = library.memory.create_fold([each for each in kept if each is not None])
    assert name in library.memory.settling.manifests.current("somebody", _key(library)).folds


def _key(library: Library) -> str:
    return library.ports.ledger.keys.store.load("memory/somebody").key_id or ""


def test_what_cannot_be_folded_is_refused() -> None:
    library = Library()
    with pytest.raises(MemoryFault) as refused:
        library.memory.create_fold([])
    assert refused.value.reason is MemoryReason.MEMORY_UNKNOWN
    library.note(1, kind=MemoryType.WORKING)
    working = library.memory.recall("k0")
    assert working is not None
    with pytest.raises(MemoryFault) as refused:
        library.memory.create_fold([working])
    assert refused.value.reason is MemoryReason.MEMORY_INVALID
    assert "1 working" in refused.value.detail


OWNERS = [
    "team",
    "team/alice",
    "team/",
    "team%2Falice",
    "/team",
    ".",
    "..",
    "team/../alice",
    "\u00e9",
    "a b",
    "a.b",
    "a",
]


def test_nobody_is_erased_with_somebody_else() -> None:
    library = Library()
    for owner in OWNERS:
        library.note(3, owner)
        library.memory.consolidate(user=owner)
        library.clock.advance(AGE)
        library.memory.consolidate(user=owner)
    folders = Counter(name.split("/")[0] for name in library.ports.objects.objects)  # type: ignore[attr-defined]
    assert len(folders) == len(OWNERS)
    for number, owner in enumerate(OWNERS):
        assert library.memory.erase(user=owner).items == 3
        for other in OWNERS[number + 1 :]:
            assert library.memory.retrieve("k1", user=other) == "violin 1"
            assert len(library.memory.search_semantic("violin", user=other)) == 3
        assert library.memory.retrieve("k1", user=owner) is None


@pytest.mark.parametrize("user", ["", 7, "x" * 257, "\ud800"])
def test_nobody_has_no_memory(user: Any) -> None:
    library = Library()
    library.note(1)
    memory = library.memory
    for act in (
        lambda: memory.store("k", 1, MemoryType.EPISODIC, user=user),
        lambda: memory.retrieve("k0", user=user),
        lambda: memory.forget("k0", user=user),
        lambda: memory.consolidate(user=user),
        lambda: memory.search_semantic("violin", user=user),
        lambda: memory.compress(user=user),
        lambda: memory.erase(user=user),
        lambda: UnifiedMemoryOrchestrator({"user": user}),
    ):
        with pytest.raises(MemoryFault) as refused:
            act()
        assert refused.value.reason is MemoryReason.MEMORY_INVALID
    assert memory.retrieve("k0") == "violin 0"


def test_where_the_memories_of_people_with_uuids_lie_has_not_changed() -> None:
    library = Library()
    library.note(2, ADA)
    library.memory.consolidate(user=ADA)
    assert all(name.startswith(f"{ADA}/") for name in library.ports.objects.objects)  # type: ignore[attr-defined]
