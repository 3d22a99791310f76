"""The sequencer by itself: what it appends, in which order, and what it does after a fault at any call."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from typing import Any

import pytest

from lukhas_common.ledger.bundles import bundle_name
from lukhas_common.ledger.entries import LeafConflictError, LedgerError
from lukhas_common.ledger.log_ports import LogHead
from lukhas_common.tlog.merkle import EMPTY_ROOT
from tests.unit.ledger.sequencer_world import Fault, Faults, World


def test_the_first_run_publishes_the_empty_log() -> None:
    world = World()
    summary = world.run()
    assert (summary.size, summary.root, summary.sequenced, summary.batches) == (0, EMPTY_ROOT.hex(), 0, 0)
    world.check()


@pytest.mark.parametrize(("count", "limit"), [(1, 1), (5, 2), (256, 256), (300, 7), (600, 100), (513, 1000)])
def test_everything_that_is_pending_is_sequenced_once(count: int, limit: int) -> None:
    world = World()
    world.append(count)
    summary = world.run(limit)
    assert (summary.size, summary.sequenced, summary.batches) == (count, count, -(-count // limit))
    assert world.state.head is not None
    assert summary.root == world.state.head.root.hex()
    world.check()
    world.append(3, "another")
    assert world.run().sequenced == 3
    world.check()


def test_the_oldest_entries_come_first() -> None:
    world = World()
    for _ in range(3):
        world.append(1, "a")
        world.append(1, "b")
    world.run(4)
    assert [entry.leaf_index for entry in world.entries.read("a", 0, 9)] == [0, 2, 4]
    assert [entry.leaf_index for entry in world.entries.read("b", 0, 9)] == [1, 3, 5]


def test_no_batch_is_begun_after_the_deadline_but_one_is() -> None:
    world = World()
    world.run()
    world.append(10)
    summary = world.sequencer().run(3, world.clock())
    assert (summary.size, summary.sequenced, summary.batches) == (3, 3, 1)
    world.check(all_sequenced=False)
    summary = world.sequencer().run(3, world.clock() + 0.001)
    assert (summary.size, summary.sequenced, summary.batches) == (10, 7, 3)


def test_a_run_with_nothing_to_do_makes_few_calls_and_writes_nothing() -> None:
    world = World()
    world.append(300)
    world.run()
    faults = Faults()
    summary = world.run(faults=faults)
    assert (summary.size, summary.sequenced, summary.batches) == (300, 0, 0)
    assert faults.calls == {
        "objects.checkpoint": 1,
        "state.load": 1,
        "objects.read.hashes": 2,
        "staging.names": 1,
        "inbox.pending": 1,
    }


def test_a_batch_is_written_in_the_one_order_that_is_safe() -> None:
    world = World()
    world.append(250)
    world.run(1000)
    world.append(10)
    order: list[str] = []
    faults = Faults()
    kept = faults.call

    def call(kind: str, *rest: Any, **named: Any) -> Any:
        order.append(kind)
        return kept(kind, *rest, **named)

    faults.call = call  # type: ignore[method-assign]
    world.run(faults=faults)
    writes = [kind.removesuffix(".hashes").removesuffix(".entries") for kind in order if ".read" not in kind]
    writes = [kind for kind in writes if kind.partition(".")[2] not in ("load", "checkpoint", "names", "pending")]
    assert [kind for kind, _ in groupby(writes)] == [
        "staging.put",
        "state.swap",
        "objects.put_new",
        "inbox.settle",
        "audit.record",
        "objects.put_checkpoint",
        "staging.delete",
    ]


def test_what_is_done_is_recorded() -> None:
    world = World()
    world.append(3)
    world.run(2)
    assert [(event, details["size"], details["count"]) for event, details in world.audit.events] == [
        ("ledger.sequenced", 0, 0),
        ("ledger.sequenced", 2, 2),
        ("ledger.sequenced", 3, 1),
    ]


def test_nothing_is_published_that_could_not_be_recorded() -> None:
    world = World()
    world.run()
    world.append()
    world.audit.broken = True
    with pytest.raises(OSError, match="full"):
        world.run()
    assert len(world.objects.notes) == 1
    world.audit.broken = False
    world.run()
    world.check()


def test_left_over_bundles_are_dropped_unless_they_may_still_be_committed_to() -> None:
    world = World()
    world.append(2)
    world.run()
    for size in (0, 1, 2, 3, 10):
        world.staging.put(bundle_name(size, bytes(32)), b"left over")
    world.staging.put("something else", b"of somebody else")
    world.run()
    assert world.staging.names() == [bundle_name(3, bytes(32)), bundle_name(10, bytes(32)), "something else"]


def test_an_entry_that_contradicts_its_leaf_stops_everything() -> None:
    world = World()
    world.append(2)
    faults = Faults(("inbox.settle", 1))
    with pytest.raises(Fault):
        world.run(faults=faults)
    stream = world.entries.streams["s"]
    world.entries.settle([(world.entries.pending(1)[0], 7)])
    for _ in range(2):
        with pytest.raises(LeafConflictError):
            world.run()
    assert world.audit.alarms == ["ledger.forked"] * 2
    assert world.audit.events[-1][1]["reason"] == "leaf_conflict"
    assert stream[1].leaf_index is None
    assert len(world.objects.notes) == 1


def test_a_checkpoint_that_never_takes_is_given_up() -> None:
    world = World()
    world.objects.put_checkpoint = lambda note, etag: False  # type: ignore[method-assign]
    with pytest.raises(LedgerError, match="run again"):
        world.run()


def test_a_slower_sequencer_does_not_publish_less() -> None:
    """It finds, when it comes to publish, that another has published more."""
    world = World()
    world.append(2)
    world.run(1)
    slow = world.copy()
    world.append(1)
    slow.entries, slow.inbox, slow.state, slow.staging = world.entries, world.entries, world.state, world.staging
    slow.objects = world.objects
    put = world.objects.put_checkpoint
    interrupted: list[bool] = []

    def put_late(note: bytes, etag: str | None) -> bool:
        if not interrupted:
            interrupted.append(True)
            world.append(1)
            world.run()
        return put(note, etag)

    world.objects.put_checkpoint = put_late  # type: ignore[method-assign]
    slow.audit = world.audit
    slow.run()
    assert interrupted
    world.check()


# ---------------------------------------------------------------- faults


@cache
def a_log(size: int, pending: int = 10) -> World:
    """A log of this size, with entries pending; of size -1, one that did not begin."""
    world = World()
    if size >= 0:
        world.append(size)
        world.run(1000)
    world.append(pending)
    return world


def kinds_of_failure(kind: str) -> list[bool | str]:
    return [False, True, "half"] if kind == "inbox.settle" else [False, True]


def all_faults(world: World, limit: int) -> list[Faults]:
    """One for each call of a run on this log, and for each way in which it may fail."""
    counted = Faults()
    world.copy().run(limit, counted)
    return [
        Faults((kind, place + 1), effect)
        for kind, count in counted.calls.items()
        for place in range(count)
        for effect in kinds_of_failure(kind)
    ]


def failed(world: World, limit: int, faults: Faults) -> World:
    """What such a run leaves."""
    twin = world.copy()
    with pytest.raises(Fault):
        twin.run(limit, faults)
    return twin


@pytest.mark.parametrize(("size", "limit"), [(-1, 4), (0, 100), (250, 4), (250, 100), (246, 10), (256, 1)])
def test_after_any_call_failed_nothing_is_lost_and_nothing_twice(size: int, limit: int) -> None:
    tried = all_faults(a_log(size), limit)
    wanted = {
        "state.load",
        "state.swap",
        "staging.put",
        "staging.delete",
        "staging.names",
        "objects.checkpoint",
        "objects.put_checkpoint",
        "objects.put_new.entries",
        "objects.put_new.hashes",
        "inbox.pending",
        "inbox.settle",
        "audit.record",
    }
    assert wanted <= {each.at[0] for each in tried if each.at} | {"staging.names"}
    for faults in tried:
        world = failed(a_log(size), limit, faults)
        world.append()
        world.run(limit)
        world.check()
        assert not world.audit.alarms


@pytest.mark.parametrize("size", [-1, 254])
def test_after_any_two_calls_failed_one_after_the_other(size: int) -> None:
    """The run that should repair fails, too."""
    log = a_log(size, 3)
    for first in all_faults(log, 2):
        once = failed(log, 2, first)
        for second in all_faults(once, 8):
            world = failed(once, 8, second)
            world.run(8)
            world.check()


def test_every_checkpoint_is_committed_to_before_it_is_public() -> None:
    """Else two of the same size could differ."""
    world = World()
    world.append(3)
    publish = world.objects.put_checkpoint

    def put_checkpoint(note: bytes, etag: str | None) -> bool:
        assert isinstance(world.state.head, LogHead)
        assert note == world.state.head.note
        return publish(note, etag)

    world.objects.put_checkpoint = put_checkpoint  # type: ignore[method-assign]
    world.run(1)
    assert len(world.objects.notes) == 4
