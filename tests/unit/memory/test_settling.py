"""Consolidation: from working memory to folds, and what is found on the way."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from lukhas_common.ids import FIRST_ID, LAST_ID
from lukhas_common.memory.errors import MemoryFault, MemoryReason
from lukhas_common.memory.manifest import GRACE
from lukhas_common.memory.models import LeftOut, Memory, MemoryType, Retention
from lukhas_common.memory.ports import Errand
from lukhas_common.memory.redriving import Redriving
from lukhas_common.memory.searching import Question
from lukhas_common.memory.settling import AGE
from lukhas_common.memory.stored import Stage, Stored
from tests.unit.memory.world import ADA, MemoryWorld


def remember(world: MemoryWorld, key: str, value: Any, kind: MemoryType = MemoryType.EPISODIC, **more: Any) -> Memory:
    return world.memory.remember(ADA, key, value, kind, **more)


def found(world: MemoryWorld, query: str, **more: Any) -> list[str]:
    return [each.memory.key for each in world.searching.search(ADA, Question(query=query, **more)).found]


def stages(world: MemoryWorld) -> dict[Stage, int]:
    counted: dict[Stage, int] = {}
    for stored in world.store.every(ADA):
        counted[stored.stage] = counted.get(stored.stage, 0) + 1
    return counted


def test_a_memory_goes_from_working_to_a_fold_and_is_recalled_and_found_at_every_stage() -> None:
    world = MemoryWorld()
    remember(world, "tea", "Ada prefers Darjeeling in the morning.", MemoryType.WORKING)
    remember(world, "bike", "The bicycle is in the cellar.", MemoryType.WORKING)

    def holds(stage: Stage, seen_as: MemoryType) -> None:
        memory = world.memory.recall(ADA, "tea")
        assert memory is not None
        assert (memory.value, memory.memory_type) == ("Ada prefers Darjeeling in the morning.", seen_as)
        assert found(world, "Which tea does she like? Darjeeling")[0] == "tea"
        assert stages(world) == {stage: 2}

    holds(Stage.WORKING, MemoryType.WORKING)
    assert world.settling.settle_working(ADA).settled == 0
    world.clock.advance(15 * 60)
    assert world.settling.settle_working(ADA).settled == 2
    holds(Stage.FRESH, MemoryType.EPISODIC)
    assert world.settling.settle_episodic(ADA).indexed == 2
    holds(Stage.INDEXED, MemoryType.EPISODIC)
    world.clock.advance(AGE)
    result = world.settling.settle_episodic(ADA)
    assert (result.folded, len(result.folds)) == (2, 1)
    holds(Stage.FOLDED, MemoryType.FOLD)
    assert all(stored.content is None for stored in world.store.every(ADA))
    assert world.settling.settle_episodic(ADA).folded == 0


def test_a_folded_memory_is_read_with_one_range_read_once_the_fold_is_open() -> None:
    world = MemoryWorld()
    for number in range(600):
        remember(world, f"k{number}", f"value {number}")
        world.clock.advance(0.001)
    world.settling.settle_episodic(ADA)
    world.clock.advance(AGE)
    world.settling.settle_episodic(ADA)
    world.folds._held.clear()
    before = world.objects.reads
    assert world.memory.recall(ADA, "k3").value == "value 3"  # type: ignore[union-attr]
    assert world.objects.reads - before == 2
    assert world.memory.recall(ADA, "k590").value == "value 590"  # type: ignore[union-attr]
    assert world.objects.reads - before == 3


def test_memories_are_listed_in_order_from_all_tiers() -> None:
    world = MemoryWorld()
    for number in range(3):
        remember(world, f"old{number}", number)
        world.clock.advance(1)
    world.settling.settle_episodic(ADA)
    world.clock.advance(AGE)
    world.settling.settle_episodic(ADA)
    remember(world, "new", 3)
    world.clock.advance(0.001)
    remember(world, "short", 4, retention=Retention(expires_at=world.clock() + 1))
    world.memory.forget(ADA, "old1")
    world.clock.advance(1)
    remember(world, "now", 5, MemoryType.WORKING)
    found, following = world.memory.timeline(ADA, FIRST_ID, LAST_ID, 4)
    assert [memory.value for memory in found] == [0, 2, 3]
    assert following is not None
    found, following = world.memory.timeline(ADA, following, LAST_ID, 4)
    assert ([memory.value for memory in found], following) == ([5], None)
    assert world.memory.timeline("nobody", FIRST_ID, LAST_ID, 4) == ([], None)


def test_a_fold_can_be_made_at_once() -> None:
    world = MemoryWorld()
    chosen = [remember(world, f"k{number}", number) for number in range(3)]
    remember(world, "other", 1)
    made = world.settling.fold(ADA, [memory.memory_id for memory in chosen])
    (name,) = made.folds
    assert made.left_out == {}
    assert stages(world) == {Stage.FOLDED: 3, Stage.FRESH: 1}
    assert {stored.fold for stored in world.store.every(ADA)} == {name, None}
    assert world.settling.fold(ADA, [memory.memory_id for memory in chosen]) == made
    world.settling.settle_episodic(ADA)
    assert found(world, "k2")[0] == "k2"
    assert [world.memory.recall(ADA, f"k{number}").value for number in range(3)] == [0, 1, 2]  # type: ignore[union-attr]


def test_what_cannot_be_folded_is_named_with_the_reason() -> None:
    world = MemoryWorld()
    kept = remember(world, "kept", 1)
    working, damaged, over, deleted = (
        remember(world, "working", 1, MemoryType.WORKING),
        remember(world, "damaged", 1),
        remember(world, "over", 1, retention=Retention(expires_at=world.clock() + 1)),
        remember(world, "deleted", 1),
    )
    (broken,) = [each for each in world.store.every(ADA) if each.memory_id == damaged.memory_id]
    world.store.items[ADA][broken.place] = replace(broken, content=b"damaged")
    world.clock.advance(1)
    world.memory.forget(ADA, "deleted")
    wanted = [each.memory_id for each in (kept, working, damaged, over, deleted)]
    made = world.settling.fold(ADA, [*wanted, "nothing"])
    assert len(made.folds) == 1
    assert made.left_out == {
        working.memory_id: LeftOut.WORKING,
        damaged.memory_id: LeftOut.DAMAGED,
        over.memory_id: LeftOut.GONE,
        deleted.memory_id: LeftOut.UNKNOWN,  # its item went on the way
        "nothing": LeftOut.UNKNOWN,
    }
    for ids, reason in (
        ([], MemoryReason.MEMORY_UNKNOWN),
        (["nothing"], MemoryReason.MEMORY_UNKNOWN),
        ([working.memory_id, "nothing"], MemoryReason.MEMORY_INVALID),
    ):
        for owner in (ADA, "nobody"):
            with pytest.raises(MemoryFault) as refused:
                world.settling.fold(owner, ids)
            assert refused.value.reason is (reason if owner == ADA else MemoryReason.MEMORY_UNKNOWN)
    world.clock.advance(15 * 60)
    assert world.settling.fold(ADA, [working.memory_id]).left_out == {}


def test_runs_are_bounded_and_say_what_they_left() -> None:
    world = MemoryWorld()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("lukhas_common.memory.settling.AT_ONCE", 4)
        world.at_once = 4
        for number in range(10):
            remember(world, f"k{number}", number, MemoryType.WORKING)
        world.clock.advance(15 * 60)
        runs = [world.settling.settle_working(ADA) for _ in range(4)]
        assert [(run.settled, run.left, run.goes_on) for run in runs] == [
            (4, 6, True),
            (4, 2, True),
            (2, 0, False),
            (0, 0, False),
        ]
        runs = [world.settling.settle_episodic(ADA) for _ in range(3)]
        assert [(run.indexed, run.left) for run in runs] == [(4, 6), (4, 2), (2, 0)]
        world.clock.advance(AGE)
        assert [world.settling.settle_episodic(ADA).left for _ in range(3)] == [6, 2, 0]
        for number in range(10):
            world.memory.forget(ADA, f"k{number}")
        runs = [world.settling.settle_episodic(ADA) for _ in range(3)]
        assert [(run.forgotten, run.left) for run in runs] == [(4, 6), (4, 2), (2, 0)]
        for number in range(10):
            remember(world, f"s{number}", number, retention=Retention(expires_at=world.clock() + 1))
        world.clock.advance(1)
        assert [world.settling.settle_episodic(ADA).left for _ in range(3)] == [6, 2, 0]


def test_any_number_of_memories_is_folded_at_once() -> None:
    world = MemoryWorld()
    world.at_once = 4
    ids = [remember(world, f"k{number}", number).memory_id for number in range(30)]
    assert len(world.settling.fold(ADA, ids[:11]).folds) == 1
    assert stages(world) == {Stage.FOLDED: 11, Stage.FRESH: 19}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("lukhas_common.memory.settling.MOST_RECORDS", 7)
        made = world.settling.fold(ADA, ids)
    assert (len(made.folds), made.left_out) == (4, {})
    assert stages(world) == {Stage.FOLDED: 30}
    assert [world.memory.recall(ADA, f"k{number}").value for number in range(30)] == list(range(30))  # type: ignore[union-attr]


def test_only_values_that_hold_are_found_unless_others_are_asked_for() -> None:
    world = MemoryWorld()
    remember(world, "home", "Ada lives in Lisbon.")
    world.settling.settle_episodic(ADA)
    world.clock.advance(60)
    remember(world, "home", "Ada lives in Porto.")
    for _ in range(2):
        answer = world.searching.search(ADA, Question(query="Where does Ada live?"))
        assert [each.memory.value for each in answer.found] == ["Ada lives in Porto."]
        answer = world.searching.search(ADA, Question(query="Where does Ada live?", superseded=True))
        assert {each.memory.valid_to is None for each in answer.found} == {True, False}
        world.settling.settle_episodic(ADA)


def test_what_is_forgotten_leaves_searches_at_once_and_index_and_items_at_the_next_run() -> None:
    world = MemoryWorld()
    remember(world, "secret", "The safe opens with the violin.")
    remember(world, "kept", "The violin is out of tune.")
    world.settling.settle_episodic(ADA)
    world.memory.forget(ADA, "secret")
    assert found(world, "violin") == ["kept"]
    assert world.settling.settle_episodic(ADA).forgotten == 1
    assert stages(world) == {Stage.INDEXED: 1}
    secrets = world.vault.to_read(ADA)
    assert secrets is not None
    assert len(world.indexes.placed(secrets, world.manifests.current(ADA, secrets.key_id)).places) == 1


def test_what_is_over_leaves_searches_at_once_and_loses_its_content_at_the_next_run() -> None:
    world = MemoryWorld()
    for number, age in enumerate((0, AGE)):
        key = f"parking{number}"
        remember(world, key, "The car is on level 3.", retention=Retention(expires_at=world.clock() + age + 60))
        world.settling.settle_episodic(ADA)
        world.clock.advance(age)
        world.settling.settle_episodic(ADA)
        assert found(world, "Where is the car?") == [key]
        world.clock.advance(60)
        assert found(world, "Where is the car?") == []
        assert world.settling.settle_episodic(ADA).expired == 1
        with pytest.raises(MemoryFault) as refused:
            world.memory.recall(ADA, key)
        assert refused.value.reason is MemoryReason.MEMORY_FADED
    assert stages(world) == {Stage.EXPIRED: 2}
    assert all(stored.content is None and stored.fold is None for stored in world.store.every(ADA))


def test_what_has_decayed_is_found_only_if_it_is_asked_for_and_pins_keep() -> None:
    world = MemoryWorld()
    remember(world, "faint", "The milkman came.", retention=Retention(half_life=60))
    remember(world, "pinned", "The milkman is called Otto.", retention=Retention(half_life=60, pinned=True))
    world.clock.advance(3600)
    assert found(world, "milkman") == ["pinned"]
    assert set(found(world, "milkman", faded=True)) == {"pinned", "faint"}


def test_filters_hold_for_what_is_indexed_and_what_is_fresh() -> None:
    world = MemoryWorld()
    start = world.clock()
    remember(world, "old", "tea with lemon", concepts=("Breakfast",))
    remember(world, "fact", "tea is a plant", MemoryType.SEMANTIC)
    world.settling.settle_episodic(ADA)
    world.clock.advance(100)
    remember(world, "new", "tea with milk", concepts=("breakfast", "Milk"))
    assert set(found(world, "tea")) == {"old", "fact", "new"}
    assert found(world, "tea", types=frozenset({MemoryType.SEMANTIC})) == ["fact"]
    assert found(world, "tea", since=start + 50) == ["new"]
    assert set(found(world, "tea", until=start + 50)) == {"old", "fact"}
    assert set(found(world, "tea", concepts=("BREAKFAST",))) == {"old", "new"}
    assert found(world, "tea", limit=1) in (["old"], ["fact"], ["new"])
    world.clock.advance(AGE - 50)
    world.settling.settle_episodic(ADA)
    assert found(world, "tea", types=frozenset({MemoryType.FOLD})) == ["old"]
    assert found(world, "tea", types=frozenset({MemoryType.SEMANTIC})) == ["fact"]
    assert set(found(world, "tea", types=frozenset({MemoryType.EPISODIC}))) == {"old", "new"}


def test_what_cannot_be_read_is_set_aside_with_the_reason_and_holds_up_nothing() -> None:
    world = MemoryWorld()
    for key in ("a", "b", "c"):
        remember(world, key, key)
    broken = next(iter(world.store.items[ADA].values()))
    world.store.items[ADA][broken.place] = replace(broken, content=b"damaged")
    result = world.settling.settle_episodic(ADA)
    assert (result.indexed, list(result.set_aside)) == (2, [broken.memory_id])
    assert stages(world) == {Stage.INDEXED: 2, Stage.SET_ASIDE: 1}
    ((letter, reason),) = world.letters.letters
    assert (letter.memory_id, reason) == (broken.memory_id, "the content was altered, or belongs elsewhere")
    assert world.settling.settle_episodic(ADA).set_aside == {}
    again = {name: getattr(letter, name) for name in ("owner", "slot", "seq", "memory_id")} | {
        "stage": letter.stage.value
    }
    redriving = Redriving(world.store, world.errands, world.clock)
    (aside,) = [stored for stored in world.store.every(ADA) if stored.stage is Stage.SET_ASIDE]
    world.store.items[ADA][aside.place] = replace(aside, content=broken.content)
    assert redriving.take_up(json.dumps(again)) == f"memory {broken.memory_id} is fresh again, and due"
    assert "nothing to do" in redriving.take_up(json.dumps(again))
    assert world.settling.settle_episodic(ADA).indexed == 1
    redriving.take_up('{"task": "compress", "owner": "ada"}')
    assert world.errands.waiting == [Errand("compress", "ada")]
    for wrong in ("[]", "{}", "x", '{"owner": 1}'):
        with pytest.raises(ValueError, match=r"letter|Expecting"):
            redriving.take_up(wrong)


def test_nothing_that_is_stored_can_be_read_without_the_key() -> None:
    world = MemoryWorld()
    for number in range(300):
        remember(world, f"diary/{number}", f"Chrysanthemum number {number}", session="garden")
    world.settling.settle_episodic(ADA)
    world.clock.advance(AGE)
    world.settling.settle_episodic(ADA)
    world.compressing.compress(ADA)
    kept = b"".join(data for data, _ in world.objects.objects.values()) + "".join(world.objects.objects).encode()
    assert len(world.objects.objects) >= 3
    assert not [word for word in (b"hrysanthemum", b"diary", b"garden") if word in kept]


def test_what_memories_say_about_what_is_asked_comes_with_the_answer() -> None:
    world = MemoryWorld()
    remember(world, "chat/1", "Caroline: I live in Vienna.")
    remember(world, "chat/2", "Melanie: I live in Graz.")
    world.settling.settle_episodic(ADA)
    answer = world.searching.search(ADA, Question(query="Where does Caroline live?"))
    assert [(each.subject, each.predicate, each.object) for each in answer.relations] == [
        ("Caroline", "lives in", "Vienna")
    ]
    world.memory.forget(ADA, "chat/1")
    world.settling.settle_episodic(ADA)
    assert world.searching.search(ADA, Question(query="Where does Caroline live?")).relations == ()


def test_what_a_superseded_value_said_of_concepts_is_answered_no_more() -> None:
    world = MemoryWorld()

    def said() -> list[str]:
        return [each.object for each in world.searching.search(ADA, Question(query="Caroline")).relations]

    for home in ("Vienna", "Graz", "Linz"):
        remember(world, "home", f"Caroline lives in {home}.")
        world.settling.settle_episodic(ADA)
    assert said() == ["Linz"]
    remember(world, "home", "Caroline lives in Wels.")
    assert said() == [], "the index does not have the value that holds yet"
    remember(world, "home", "Caroline lives in Steyr.")
    world.settling.settle_episodic(ADA)
    assert said() == ["Steyr"], "of two that came between two runs, too, one holds"


def test_what_is_stored_in_one_moment_is_due_at_once() -> None:
    world = MemoryWorld()
    for value in range(3):
        remember(world, "k", value)
    assert world.settling.settle_episodic(ADA).indexed == 3


def test_objects_that_count_no_more_are_there_for_an_hour_and_go_with_the_next_run_after_it() -> None:
    world = MemoryWorld()

    def settled(key: str) -> frozenset[str]:
        remember(world, key, f"What is said of {key}.")
        world.settling.settle_episodic(ADA)
        secrets = world.vault.to_read(ADA)
        assert secrets is not None
        return world.manifests.current(ADA, secrets.key_id).objects()

    first = settled("bicycle")
    world.clock.advance(GRACE - 1)
    second = settled("cellar")
    assert first.isdisjoint(second)
    assert world.objects.objects.keys() == first | second  # what was replaced just now is still read by some
    world.clock.advance(GRACE - 1)
    third = settled("garden")
    assert world.objects.objects.keys() == first | second | third
    world.clock.advance(1)
    fourth = settled("harbour")
    assert world.objects.objects.keys() == second | third | fourth
    world.clock.advance(GRACE)
    fifth = settled("island")
    assert world.objects.objects.keys() == fourth | fifth
    assert sorted(found(world, "bicycle cellar garden harbour island")) == [
        "bicycle",
        "cellar",
        "garden",
        "harbour",
        "island",
    ]


def test_the_same_content_never_has_the_same_name_again() -> None:
    world = MemoryWorld()
    names = set()
    for _ in range(3):
        remember(world, "tea", "Darjeeling")
        world.settling.settle_episodic(ADA)
        secrets = world.vault.to_read(ADA)
        assert secrets is not None
        names.add(world.manifests.current(ADA, secrets.key_id).index)
        names.add(secrets.name("index", b"the same"))
    assert len(names) == 6


def test_a_search_reads_no_more_items_than_it_needs() -> None:
    world = MemoryWorld()
    for number in range(40):
        remember(world, f"note {number}", f"The kettle is on shelf {number}.")
    world.settling.settle_episodic(ADA)
    asked: list[int] = []
    get = world.store.get

    def counted(owner: str, places: Sequence[tuple[str, int]]) -> list[Stored]:
        asked.append(len(places))
        return get(owner, places)

    world.store.get = counted  # type: ignore[method-assign]
    assert len(found(world, "kettle", limit=5)) == 5
    assert asked == [10]  # each with what may have come after it
    for key in found(world, "kettle", limit=5):
        world.memory.forget(ADA, key)
    asked.clear()
    assert len(found(world, "kettle", limit=5)) == 5
    assert asked == [10, 10]
