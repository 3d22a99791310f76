"""Entries come, sequencers run, fail and are run again, in any order: the log is right whenever a run has ended."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from lukhas_common.ledger.entries import Leaf
from lukhas_common.ledger.memory import MemoryEntries
from tests.unit.ledger.sequencer_world import Fault, Faults, World, verified

KINDS = [
    "state.load",
    "state.swap",
    "staging.put",
    "staging.get",
    "staging.delete",
    "staging.names",
    "objects.checkpoint",
    "objects.put_checkpoint",
    "objects.put_new.entries",
    "objects.put_new.hashes",
    "objects.read.hashes",
    "objects.read.entries",
    "inbox.pending",
    "inbox.settle",
    "audit.record",
]
LIMITS = st.sampled_from([1, 2, 7, 255, 256, 300])


class LaggingInbox:
    """The inbox, as an index shows it that does not know the newest entries yet."""

    def __init__(self, entries: MemoryEntries) -> None:
        self.entries, self.unseen = entries, 0

    def pending(self, limit: int) -> list[Leaf]:
        leaves = self.entries.pending(1_000_000)
        return leaves[: max(0, len(leaves) - self.unseen)][:limit]

    def settle(self, leaves: list[tuple[Leaf, int]]) -> None:
        self.entries.settle(leaves)


class AnyOrder(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.inbox = LaggingInbox(self.world.entries)
        self.world.inbox = self.inbox

    @rule(count=st.sampled_from([1, 2, 3, 100, 256]), stream=st.sampled_from("abc"))
    def append(self, count: int, stream: str) -> None:
        self.world.append(count, stream)

    @rule(unseen=st.integers(0, 5))
    def lag(self, unseen: int) -> None:
        self.inbox.unseen = unseen

    @rule(
        kind=st.sampled_from(KINDS),
        nth=st.integers(1, 6),
        took_effect=st.booleans(),
        limit=LIMITS,
    )
    def fail(self, kind: str, nth: int, took_effect: bool, limit: int) -> None:
        try:
            self.world.run(limit, Faults((kind, nth), took_effect))
        except Fault:
            return
        self.world.check(all_sequenced=False)

    @rule(limit=LIMITS, data=st.data())
    def run_beside_another(self, limit: int, data: Any) -> None:
        """Another sequencer runs, to its end or until it fails, in the middle of this one."""
        faults = Faults()
        at = data.draw(st.tuples(st.sampled_from(KINDS), st.integers(1, 3)))
        other = Faults((data.draw(st.sampled_from(KINDS)), data.draw(st.integers(1, 3))), data.draw(st.booleans()))
        call = faults.call

        def interrupted(kind: str, *rest: Any, **named: Any) -> Any:
            if (kind, faults.calls[kind] + 1) == at:
                with suppress(Fault):
                    self.world.run(limit, other)
            return call(kind, *rest, **named)

        faults.call = interrupted  # type: ignore[method-assign]
        self.world.run(limit, faults)
        self.world.run(limit)
        self.world.check(all_sequenced=False)

    @rule(limit=LIMITS)
    def run_to_the_end(self, limit: int) -> None:
        self.inbox.unseen = 0
        self.world.run(limit)
        self.world.check()

    @invariant()
    def what_is_public_was_committed_to(self) -> None:
        assert not self.world.audit.alarms
        if self.world.objects.published is not None:
            assert self.world.state.head is not None
            note = self.world.objects.published[0]
            assert note in [head.note for head in self.world.state.committed]
            assert verified(note).size <= self.world.state.head.size


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=40, stateful_step_count=15, deadline=None)
