"""What is damaged costs itself alone, is reported, and holds up nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from lukhas_common.memory.errors import MemoryFault, MemoryReason
from lukhas_common.memory.manifest import FoldCheck, FoldPlace, Manifest
from lukhas_common.memory.models import MemoryType
from lukhas_common.memory.settling import AGE
from lukhas_common.memory.vault import Secrets
from tests.unit.memory.world import ADA, MemoryWorld

WEEK = 7 * 86400


def folded(*sizes: int) -> MemoryWorld:
    """A world with folds of so many memories."""
    world = MemoryWorld()
    for batch, many in enumerate(sizes):
        for number in range(many):
            world.memory.remember(ADA, f"k{batch}/{number}", f"violin {batch} {number}", MemoryType.EPISODIC)
            world.clock.advance(1)
        world.settling.settle_episodic(ADA)
        world.clock.advance(AGE)
        world.settling.settle_episodic(ADA)
    world.clock.advance(2 * 3600)
    return world


def known(world: MemoryWorld) -> tuple[Secrets, Manifest]:
    secrets = world.vault.to_read(ADA)
    assert secrets is not None
    return secrets, world.manifests.current(ADA, secrets.key_id)


def places(world: MemoryWorld) -> list[FoldPlace]:
    return sorted(known(world)[1].folds.values(), key=lambda place: place.oldest)


def change(world: MemoryWorld, name: str, how: Callable[[bytes], bytes]) -> None:
    data, at = world.objects.objects[name]
    world.objects.objects[name] = (how(data), at)
    world.another()


def flipped(at: int) -> Callable[[bytes], bytes]:
    return lambda data: data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_a_damaged_fold_keeps_no_other_from_being_merged() -> None:
    world = folded(20, 20, 20, 20)
    first = places(world)[0]
    change(world, first.name, flipped(60))
    world.memory.forget(ADA, "k3/5")
    done = world.compressing.compress(ADA)
    assert (done.merged, done.dropped, done.damaged) == (3, 1, {first.name: (0,)})
    assert world.audit.alarms == ["memory.fold_damaged"]
    assert sorted(place.records for place in places(world)) == [20, 59]
    assert world.memory.recall(ADA, "k2/7") is not None


def test_a_damaged_fold_goes_once_nothing_is_in_it() -> None:
    world = folded(3, 9)
    first, second = places(world)
    change(world, first.name, flipped(60))
    for number in range(2):
        world.memory.forget(ADA, f"k0/{number}")
    assert world.compressing.compress(ADA).damaged == {first.name: (0,)}
    assert len(places(world)) == 2
    world.memory.forget(ADA, "k0/2")
    assert world.compressing.compress(ADA).dropped == 3
    assert [place.name for place in places(world)] == [second.name]


def test_a_missing_fold_is_reported_and_holds_up_no_other() -> None:
    world = folded(5, 5, 5)
    first = places(world)[0]
    del world.objects.objects[first.name]
    with pytest.raises(MemoryFault) as refused:
        world.memory.recall(ADA, "k0/1")
    assert refused.value.reason is MemoryReason.MEMORY_DAMAGED
    assert world.audit.alarms == ["memory.fold_damaged"]
    secrets, _ = known(world)
    with pytest.raises(MemoryFault):
        world.folds.search(secrets, first, "violin")
    assert world.folds.check(secrets, first) == FoldCheck(False, (-1,))
    done = world.compressing.compress(ADA)
    assert (done.merged, done.damaged) == (2, {first.name: (-1,)})


def test_every_byte_of_a_fold_is_checked() -> None:
    world = folded(30)
    (place,) = places(world)
    secrets, _ = known(world)
    whole, at = world.objects.objects[place.name]
    assert world.folds.check(secrets, place) == FoldCheck(True, ())
    assert world.audit.alarms == []
    for number in range(len(whole)):
        world.objects.objects[place.name] = (flipped(number)(whole), at)
        assert not world.folds.check(secrets, place).intact, number
    changed = [whole + b"junk", whole[:-1], b""]
    for data in changed:
        world.objects.objects[place.name] = (data, at)
        assert not world.folds.check(secrets, place).intact
    assert world.audit.alarms == ["memory.fold_damaged"] * (len(whole) + len(changed))


def with_dictionary() -> tuple[MemoryWorld, FoldPlace]:
    """A world with a fold that was compressed with a dictionary."""
    world = folded(1)
    secrets, manifest = known(world)
    sample = [
        {
            "memory_id": f"{number:08}",
            "value": f"violin {number * 7919 % 4001} and a garden {number}",
            "key": f"k{number}",
        }
        for number in range(14_000)
    ]
    name = world.folds.trained(secrets, sample)
    assert name
    world.manifests.change(ADA, manifest, replace(manifest, dictionary=name))
    for number in range(3):
        world.memory.remember(ADA, f"new{number}", f"violin {number}", MemoryType.EPISODIC)
    world.settling.settle_episodic(ADA)
    world.clock.advance(AGE)
    world.settling.settle_episodic(ADA)
    world.clock.advance(2 * 3600)
    (place,) = [place for place in places(world) if place.dictionary]
    return world, place


@pytest.mark.parametrize("missing", [True, False])
def test_a_damaged_dictionary_is_reported_and_holds_up_neither_new_folds_nor_others(missing: bool) -> None:
    world, place = with_dictionary()
    secrets, _ = known(world)
    if missing:
        del world.objects.objects[place.dictionary]
        world.another()
    else:
        change(world, place.dictionary, flipped(100))
    with pytest.raises(MemoryFault) as refused:
        world.memory.recall(ADA, "new1")
    assert refused.value.reason is MemoryReason.MEMORY_DAMAGED
    assert world.audit.alarms == ["memory.fold_damaged"]
    assert world.folds.check(secrets, place) == FoldCheck(False, (-1,))
    assert world.compressing.compress(ADA).damaged == {place.name: (-1,)}
    world.memory.remember(ADA, "later", "violin", MemoryType.EPISODIC)
    world.settling.settle_episodic(ADA)
    world.clock.advance(AGE)
    world.audit.alarms.clear()
    assert world.settling.settle_episodic(ADA).folded == 1
    assert world.audit.alarms == ["memory.dictionary_damaged"]
    assert world.memory.recall(ADA, "later") is not None


def test_an_item_that_does_not_open_is_reported_when_it_is_recalled() -> None:
    world = MemoryWorld()
    world.memory.remember(ADA, "k", 1, MemoryType.EPISODIC)
    (stored,) = world.store.every(ADA)
    world.store.items[ADA][stored.place] = replace(stored, content=b"damaged")
    with pytest.raises(MemoryFault) as refused:
        world.memory.recall(ADA, "k")
    assert refused.value.reason is MemoryReason.MEMORY_DAMAGED
    assert world.audit.alarms == ["memory.damaged"]


def test_an_item_whose_fold_counts_no_more_is_reported() -> None:
    world = folded(2)
    _, manifest = known(world)
    world.manifests.change(ADA, manifest, replace(manifest, folds={}))
    with pytest.raises(MemoryFault) as refused:
        world.memory.recall(ADA, "k0/1")
    assert refused.value.reason is MemoryReason.MEMORY_DAMAGED
    assert world.audit.alarms == ["memory.damaged"]


def test_what_is_erased_while_it_is_read_is_no_damage() -> None:
    world = folded(2)
    (place,) = places(world)
    secrets, _ = known(world)
    (stored, _) = world.store.every(ADA)
    world.erasure.erase(ADA)
    world.another()
    with pytest.raises(MemoryFault) as refused:
        world.memory.open(stored, secrets, None)
    assert refused.value.reason is MemoryReason.MEMORY_UNKNOWN
    assert world.folds.records(secrets, [place]) == ([], {place.name: (-1,)})
    assert world.audit.alarms == []
