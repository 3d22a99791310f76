"""Whatever was tampered with, the sequencer stops, alarms and repairs nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from lukhas_common.crypto.ring_keys import SingleKey
from lukhas_common.ledger.bundles import StagedBundle, bundle_name, decode_bundle
from lukhas_common.ledger.entries import Leaf
from lukhas_common.ledger.log_ports import Fork, LogForkError, LogHead
from lukhas_common.tlog.checkpoint import Checkpoint, sign_checkpoint
from lukhas_common.tlog.merkle import EMPTY_ROOT
from lukhas_common.tlog.tiles import encode_bundle
from lukhas_common.tlog.tree import grow
from tests.unit.ledger.sequencer_world import ED25519, ML_DSA_44, ORIGIN, Fault, Faults, World

Tamper = Callable[[World], None]


def a_head(size: int, root: bytes, origin: str = ORIGIN) -> LogHead:
    note = sign_checkpoint(
        Checkpoint(origin, size, root), SingleKey(ED25519).current(), SingleKey(ML_DSA_44).current(), 1
    )
    return LogHead(size, root, note)


def level() -> World:
    """A log of 5 leaves with one entry pending."""
    world = World()
    world.append(5)
    world.run()
    world.append()
    return world


def behind() -> World:
    """A log that was committed to 5 leaves, of which 3 are public."""
    world = World()
    world.append(3)
    world.run()
    world.append(2)
    with pytest.raises(Fault):
        world.run(faults=Faults(("state.swap", 1), took_effect=True))
    world.append()
    return world


def publish(world: World, head: LogHead) -> None:
    world.objects.published = head.note, "tampered"


def edit_bundle(world: World, **changes: object) -> None:
    (name,) = world.staging.names()
    bundle = decode_bundle(world.staging.bundles[name])
    world.staging.bundles[name] = replace(bundle, **changes).encode()  # type: ignore[arg-type]


def lose_lock(world: World) -> None:
    world.state.head = None


def lock_of_another_log(world: World) -> None:
    assert world.state.head is not None
    world.state.head = replace(world.state.head, note=a_head(5, world.state.head.root, "another").note)


def lock_of_another_size(world: World) -> None:
    assert world.state.head is not None
    world.state.head = replace(world.state.head, size=6)


def lock_of_another_root(world: World) -> None:
    assert world.state.head is not None
    world.state.head = replace(world.state.head, root=bytes(32))


def lock_without_a_note(world: World) -> None:
    assert world.state.head is not None
    world.state.head = replace(world.state.head, note=b"no note")


def lock_set_back(world: World) -> None:
    world.state.head = next(head for head in world.state.committed if head.size == 0)


def publish_ahead(world: World) -> None:
    publish(world, a_head(6, bytes(32)))


def publish_another_root(world: World) -> None:
    publish(world, a_head(5, bytes(32)))


def publish_another_signature(world: World) -> None:
    assert world.state.head is not None
    publish(world, a_head(5, world.state.head.root))


def publish_another_log(world: World) -> None:
    assert world.state.head is not None
    publish(world, a_head(5, world.state.head.root, "another"))


def publish_garbage(world: World) -> None:
    world.objects.published = b"garbage", "tampered"


def publish_nothing(world: World) -> None:
    world.objects.published = None


def lose_tiles(world: World) -> None:
    world.objects.objects = {path: data for path, data in world.objects.objects.items() if "entries" in path}


def alter_tiles(world: World) -> None:
    for path, data in world.objects.objects.items():
        if path.startswith("tile/0/"):
            world.objects.objects[path] = bytes(len(data))


def cut_tiles(world: World) -> None:
    for path, data in world.objects.objects.items():
        world.objects.objects[path] = data[:-1]


def lose_entries(world: World) -> None:
    world.objects.objects = {path: data for path, data in world.objects.objects.items() if "entries" not in path}


def alter_entries(world: World) -> None:
    for path in world.objects.objects:
        if "entries" in path:
            width = int(path.rpartition("/")[2])
            world.objects.objects[path] = encode_bundle([b"forged"] * width)


def occupy_the_next_tile(world: World) -> None:
    world.objects.objects["tile/0/000.p/6"] = bytes(6 * 32)


def occupy_the_next_bundle(world: World) -> None:
    world.objects.objects["tile/entries/000.p/6"] = encode_bundle([b"forged"] * 6)


@pytest.mark.parametrize(
    ("tamper", "reason"),
    [
        (lose_lock, Fork.LOCK_MISSING),
        (lock_of_another_log, Fork.LOCK_ALTERED),
        (lock_of_another_size, Fork.LOCK_ALTERED),
        (lock_of_another_root, Fork.LOCK_ALTERED),
        (lock_without_a_note, Fork.LOCK_ALTERED),
        (lock_set_back, Fork.CHECKPOINT_AHEAD),
        (publish_ahead, Fork.CHECKPOINT_AHEAD),
        (publish_another_root, Fork.CHECKPOINT_DIFFERS),
        (publish_another_signature, Fork.CHECKPOINT_DIFFERS),
        (publish_another_log, Fork.CHECKPOINT_UNREADABLE),
        (publish_garbage, Fork.CHECKPOINT_UNREADABLE),
        (publish_nothing, Fork.CHECKPOINT_MISSING),
        (lose_tiles, Fork.TILES_DIFFER),
        (alter_tiles, Fork.TILES_DIFFER),
        (cut_tiles, Fork.TILES_DIFFER),
        (lose_entries, Fork.TILES_DIFFER),
        (alter_entries, Fork.TILES_DIFFER),
        (occupy_the_next_tile, Fork.OBJECT_DIFFERS),
        (occupy_the_next_bundle, Fork.OBJECT_DIFFERS),
    ],
)
def test_a_log_that_was_tampered_with(tamper: Tamper, reason: Fork) -> None:
    world = level()
    tamper(world)
    refused(world, reason)


def lose_bundle(world: World) -> None:
    world.staging.bundles.clear()


def garble_bundle(world: World) -> None:
    for name in world.staging.names():
        world.staging.bundles[name] = b"{}"


def bundle_with_other_tiles(world: World) -> None:
    edit_bundle(world, tiles={"tile/0/000.p/5": bytes(32 * 5)})


def bundle_with_another_tile_too(world: World) -> None:
    (data,) = world.staging.bundles.values()
    edit_bundle(world, tiles={**decode_bundle(data).tiles, "tile/0/000.p/6": bytes(32 * 6)})


def bundle_without_tiles(world: World) -> None:
    edit_bundle(world, tiles={})


def bundle_of_other_entries(world: World) -> None:
    """Consistent with itself: forged entries, with their tiles, under the root that is committed to."""
    leaves = (Leaf("s", 3, bytes(32)), Leaf("s", 4, bytes(32)))
    growth = grow(world.objects, 3, [leaf.commitment for leaf in leaves])
    edit_bundle(world, leaves=leaves, tiles=growth.tiles)


def bundle_of_another_log(world: World) -> None:
    """Consistent with itself, root and all, but not what was committed to."""
    leaves = (Leaf("s", 3, bytes(32)), Leaf("s", 4, bytes(32)))
    growth = grow(world.objects, 3, [leaf.commitment for leaf in leaves])
    edit_bundle(world, leaves=leaves, tiles=growth.tiles, root=growth.root)


def bundle_of_another_root(world: World) -> None:
    edit_bundle(world, root=bytes(32))


def bundle_of_another_size(world: World) -> None:
    edit_bundle(world, leaves=(Leaf("s", 3, bytes(32)),))


def bundle_that_begins_too_late(world: World) -> None:
    (data,) = world.staging.bundles.values()
    edit_bundle(world, start=4, leaves=decode_bundle(data).leaves[1:])


def publish_another_beginning(world: World) -> None:
    publish(world, a_head(3, bytes(32)))


def publish_another_empty_log(world: World) -> None:
    publish(world, a_head(0, bytes(32)))


@pytest.mark.parametrize(
    ("tamper", "reason"),
    [
        (lose_lock, Fork.LOCK_MISSING),
        (lose_bundle, Fork.BUNDLE_MISSING),
        (garble_bundle, Fork.BUNDLE_ALTERED),
        (bundle_with_other_tiles, Fork.BUNDLE_ALTERED),
        (bundle_with_another_tile_too, Fork.BUNDLE_ALTERED),
        (bundle_without_tiles, Fork.BUNDLE_ALTERED),
        (bundle_of_other_entries, Fork.BUNDLE_ALTERED),
        (bundle_of_another_log, Fork.BUNDLE_ALTERED),
        (bundle_of_another_root, Fork.BUNDLE_ALTERED),
        (bundle_of_another_size, Fork.BUNDLE_ALTERED),
        (bundle_that_begins_too_late, Fork.BUNDLE_MISSING),
        (publish_nothing, Fork.CHECKPOINT_MISSING),
        (publish_another_beginning, Fork.TILES_DIFFER),
        (publish_another_empty_log, Fork.TILES_DIFFER),
        (alter_tiles, Fork.TILES_DIFFER),
        (lose_entries, Fork.TILES_DIFFER),
    ],
)
def test_a_log_that_was_tampered_with_while_it_was_behind(tamper: Tamper, reason: Fork) -> None:
    world = behind()
    tamper(world)
    refused(world, reason)


def test_a_log_whose_first_checkpoint_was_removed_is_not_published_again() -> None:
    """Though the bundle of its first batch is there, and leads on from nothing."""
    world = World()
    world.run()
    world.append(2)
    with pytest.raises(Fault):
        world.run(faults=Faults(("state.swap", 1), took_effect=True))
    publish_nothing(world)
    refused(world, Fork.CHECKPOINT_MISSING)


def test_another_checkpoint_of_the_same_size_that_appears_while_one_is_to_be_published() -> None:
    world = behind()
    put = world.objects.put_checkpoint

    def put_checkpoint(note: bytes, etag: str | None) -> bool:
        world.objects.published = a_head(5, bytes(32)).note, "tampered"
        return put(note, etag)

    world.objects.put_checkpoint = put_checkpoint  # type: ignore[method-assign]
    with pytest.raises(LogForkError) as refusal:
        world.run()
    assert refusal.value.reason is Fork.CHECKPOINT_DIFFERS
    assert world.staging.names(), "what was committed to is kept for those who look"


def test_what_a_batch_builds_on_is_what_was_checked() -> None:
    """Tiles are read once: who alters them after they were checked alters nothing that is committed to."""
    world = level()
    read, reads = world.objects.read, []

    def read_once(path: str) -> bytes:
        reads.append(path)
        return read(path)

    world.objects.read = read_once  # type: ignore[method-assign]
    swap = world.state.swap

    def swap_after(old: LogHead | None, new: LogHead) -> bool:
        assert sorted(reads) == ["tile/0/000.p/5", "tile/entries/000.p/5"]
        return swap(old, new)

    world.state.swap = swap_after  # type: ignore[method-assign]
    world.run()
    world.check()


def refused(world: World, reason: Fork) -> None:
    """It stops twice alike, alarms each time, and nothing is changed but what the commit itself wrote."""
    public, streams = world.objects.published, {name: list(each) for name, each in world.entries.streams.items()}
    stored = dict(world.objects.objects)
    for _ in range(2):
        with pytest.raises(LogForkError, match="look first") as refusal:
            world.run()
        assert refusal.value.reason is reason
    assert world.audit.alarms == ["ledger.forked"] * 2
    assert world.audit.events[-1] == (
        "ledger.forked",
        {"origin": ORIGIN, "reason": reason, "error": "LogForkError"},
    )
    assert world.objects.published == public
    assert world.entries.streams == streams
    if reason is not Fork.OBJECT_DIFFERS:
        assert world.objects.objects == stored


def test_the_bundle_of_the_empty_log_needs_no_tiles() -> None:
    bundle = StagedBundle(0, EMPTY_ROOT, (), {})
    assert decode_bundle(bundle.encode()) == bundle
    assert bundle_name(bundle.size, bundle.root) == f"0-{EMPTY_ROOT.hex()}"
