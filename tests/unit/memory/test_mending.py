"""Index and graph that are damaged or not there: recall and search go on, and the next run builds them anew."""

from __future__ import annotations

from contextlib import suppress

import pytest

from lukhas_common.memory.folds.zstandard import unpacked
from lukhas_common.memory.in_memory import LocalVectors
from lukhas_common.memory.indexes import LARGEST, LOST, PARTIAL, SILENT
from lukhas_common.memory.manifest import Manifest, ManifestMovedError
from lukhas_common.memory.models import MemoryType
from lukhas_common.memory.searching import Answer, Question
from lukhas_common.memory.settling import AGE
from tests.unit.memory.embedders import Bagging
from tests.unit.memory.test_crash import Cut, CutWorld, Killed, consolidation, killed
from tests.unit.memory.world import ADA, MemoryWorld

TEXTS = {
    "home": "Ada lives in Porto.",
    "work": "Ada works at Acme.",
    "tea": "Ada likes Darjeeling.",
    "piano": "Ada has a piano.",
    "pet": "Ada has a dog.",
}
KNOWN = ["Ada has dog", "Ada has piano", "Ada likes Darjeeling", "Ada works at Acme", "Ada lives in Porto"]


def ask(world: MemoryWorld, query: str = "What of Ada?") -> Answer:
    return world.searching.search(ADA, Question(query=query))


def keys(answer: Answer) -> set[str]:
    return {each.memory.key for each in answer.found}


def known(answer: Answer) -> list[str]:
    return [f"{each.subject} {each.predicate} {each.object}" for each in answer.relations]


def manifest_of(world: MemoryWorld) -> Manifest:
    secrets = world.vault.to_read(ADA)
    assert secrets is not None
    return world.manifests.current(ADA, secrets.key_id)


def filled(world: MemoryWorld) -> MemoryWorld:
    """Two folded memories, and three that are indexed, one of them for good."""
    for number, (key, text) in enumerate(TEXTS.items()):
        kind = MemoryType.SEMANTIC if key == "tea" else MemoryType.EPISODIC
        world.memory.remember(ADA, key, text, kind, session="one", concepts=("Things",))
        world.clock.advance(1)
        if number == 1:
            world.settling.settle_episodic(ADA)
            world.clock.advance(AGE)
    world.settling.settle_episodic(ADA)
    return world


def test_what_was_put_before_objects_were_packed_is_read() -> None:
    world = filled(MemoryWorld())
    before, secrets = ask(world), world.vault.to_read(ADA)
    assert secrets is not None
    for name in (manifest_of(world).index, manifest_of(world).graph):
        data, at = world.objects.objects[name]
        plain = unpacked(secrets.unseal(data, name.encode()), LARGEST)
        assert len(secrets.unseal(data, name.encode())) < len(plain)
        world.objects.objects[name] = (secrets.seal(plain, name.encode()), at)
    world.another()
    assert ask(world) == before
    assert known(before) == KNOWN


def damage(world: MemoryWorld, part: str, how: str) -> None:
    """Nothing is held, and what the manifest names is altered or gone."""
    names = {"index": manifest_of(world).index, "graph": manifest_of(world).graph}
    objects = getattr(world.objects, "_port", world.objects).objects
    for name in names.values() if part == "both" else [names[part]]:
        data, at = objects[name]
        if how == "altered":
            objects[name] = (data[:-40] + bytes([data[-40] ^ 1]) + data[-39:], at)
        else:
            del objects[name]
    world.another()


@pytest.mark.parametrize("how", ["altered", "gone"])
@pytest.mark.parametrize("part", ["index", "graph", "both"])
def test_a_search_goes_on_without_it_and_says_so_and_the_next_run_builds_it_anew(part: str, how: str) -> None:
    world = filled(MemoryWorld())
    damage(world, part, how)
    world.memory.remember(ADA, "new", "A new violin.", MemoryType.EPISODIC)
    answer = ask(world)
    assert answer.degraded == {"index": LOST, "graph": SILENT, "both": f"{LOST}; {SILENT}"}[part]
    assert keys(answer) == (({*TEXTS, "new"}) if part == "graph" else {"new"})
    assert known(answer) == []
    parts = {"index", "graph"} if part == "both" else {part}
    assert set(world.audit.alarms) == {f"memory.{each}_damaged" for each in parts}
    assert world.memory.recall(ADA, "home") is not None
    result = world.settling.settle_episodic(ADA)
    assert (result.indexed, result.reindexed, result.behind) == (1, 0 if part == "graph" else len(TEXTS), 0)
    world.audit.alarms.clear()
    answer = ask(world)
    assert (keys(answer), known(answer), answer.degraded) == ({*TEXTS, "new"}, KNOWN, "")
    answer = world.searching.search(ADA, Question(query="What of Ada?", concepts=("Darjeeling",)))
    assert keys(answer) == {"tea"}, "what it is about was drawn again"
    world.clock.advance(2 * 3600)
    world.compressing.compress(ADA)
    world.another()
    assert keys(ask(world)) == {*TEXTS, "new"}
    assert {name for name, _ in world.objects.names(f"{ADA}/")} == manifest_of(world).objects()
    assert world.audit.alarms == []


@pytest.mark.parametrize("how", ["altered", "gone"])
@pytest.mark.parametrize("part", ["index", "graph"])
def test_compression_sends_for_a_run_for_those_who_store_nothing_more(part: str, how: str) -> None:
    world = filled(MemoryWorld())
    damage(world, part, how)
    assert world.compressing.compress(ADA).behind == 1
    assert world.settling.settle_episodic(ADA).behind == 0
    assert world.compressing.compress(ADA).behind == 0
    assert known(ask(world)) == KNOWN


def test_an_index_that_is_not_whole_yet_answers_what_it_has_and_each_run_adds_to_it() -> None:
    world = filled(MemoryWorld())
    world.at_once = 2
    damage(world, "index", "altered")
    for left in (3, 1):
        world.memory.remember(ADA, f"new{left}", "Ada has a new violin.", MemoryType.EPISODIC)
        assert world.settling.settle_episodic(ADA).behind == left
        world.another()
        answer = ask(world)
        assert answer.degraded == PARTIAL
        assert len(keys(answer) & {*TEXTS}) == len(TEXTS) - left
        assert f"new{left}" in keys(answer)
        assert world.compressing.compress(ADA).behind == 1
    world.memory.forget(ADA, "pet")
    world.memory.forget(ADA, "home")
    assert world.settling.settle_episodic(ADA).behind == 0
    answer = ask(world)
    assert (keys(answer), answer.degraded) == ({*TEXTS, "new3", "new1"} - {"pet", "home"}, "")
    assert manifest_of(world).building == ""


def test_a_fold_can_be_made_though_the_index_is_damaged() -> None:
    world = filled(MemoryWorld())
    damage(world, "both", "altered")
    memory = world.memory.recall(ADA, "tea")
    assert memory is not None
    assert len(world.settling.fold(ADA, [memory.memory_id]).folds) == 1
    assert (keys(ask(world)), known(ask(world))) == ({*TEXTS}, KNOWN)


def test_what_nobody_can_read_any_more_holds_up_nothing() -> None:
    world = filled(MemoryWorld())
    world.at_once = 1
    (name,) = [name for name in world.objects.objects if "/fold/" in name]
    data, at = world.objects.objects[name]
    world.objects.objects[name] = (data[:200] + bytes([data[200] ^ 1]) + data[201:], at)
    damage(world, "both", "altered")
    runs = [world.settling.settle_episodic(ADA) for _ in range(4)]
    assert [run.behind for run in runs][-1] == 0
    assert keys(ask(world)) == {"tea", "piano", "pet"}
    assert known(ask(world)) == KNOWN[:3]


def test_a_damaged_index_that_is_being_built_by_another_embedder_is_begun_anew() -> None:
    world = filled(MemoryWorld())
    world.another(embedder=Bagging(), at_once=2)
    assert world.settling.settle_episodic(ADA).behind == 3
    name = manifest_of(world).building
    data, at = world.objects.objects[name]
    world.objects.objects[name] = (data[:-1], at)
    world.another()
    assert [world.settling.settle_episodic(ADA).behind for _ in range(3)] == [3, 1, 0]
    assert keys(ask(world)) == {*TEXTS}


def mended(world: MemoryWorld) -> None:
    """As the errands would: again, until nothing is left."""
    world.settling.settle_working(ADA)
    while world.settling.settle_episodic(ADA).behind:
        pass
    world.compressing.compress(ADA)


def prepared(*, elsewhere: bool) -> CutWorld:
    """Violins, folded, indexed, deleted and new, and neither index nor graph can be read."""
    world = CutWorld()
    if elsewhere:
        world.vectors, world.beyond = Cut(LocalVectors(), world.line), 2
    for number in range(5):
        world.remember(f"old{number}", f"Ada has an old violin {number}.")
        if number == 1:
            world.settling.settle_episodic(ADA)
            world.clock.advance(AGE)
    world.settling.settle_episodic(ADA)
    world.forget("old3")
    world.remember("fresh", "Ada has a fresh violin.")
    world.at_once = 2
    damage(world, "both", "altered")
    world.line.clear()
    return world


def nothing_is_lost(world: CutWorld) -> None:
    """Each memory can be recalled, and whatever is found and told is remembered, once."""
    world.restart()
    assert {key for key in world.expected if world.memory.recall(ADA, key)} == set(world.expected)
    answer = world.searching.search(ADA, Question(query="violin", limit=50))
    found = [each.memory.key for each in answer.found]
    assert set(found) <= set(world.expected)
    assert len(found) == len(set(found))
    assert answer.degraded or set(found) == set(world.expected)
    world.audit.alarms.clear()


@pytest.mark.parametrize("elsewhere", [False, True])
@pytest.mark.parametrize("when", ["before", "after"])
def test_cut_off_at_every_call_it_goes_on_and_loses_nothing(when: str, elsewhere: bool) -> None:
    world = prepared(elsewhere=elsewhere)
    mended(world)
    calls = world.line.calls
    assert calls > 30
    for number in range(1, calls + 1, 3):
        world = prepared(elsewhere=elsewhere)
        world.line.set(number, when, killed)
        with suppress(Killed):
            mended(world)
        nothing_is_lost(world)
        mended(world)
        world.audit.alarms.clear()
        world.all_is_settled()
        assert len(world.searching.search(ADA, Question(query="What of Ada?")).relations) == len(world.expected)


def test_beside_a_writer_and_another_run_nothing_is_lost_and_nothing_deleted_comes_back() -> None:
    world = prepared(elsewhere=False)
    mended(world)
    for number in range(1, world.line.calls + 1, 5):
        world = prepared(elsewhere=False)

        def meanwhile(world: CutWorld = world) -> None:
            world.remember("between", "Ada has a violin between.")
            world.forget("old1")
            world.forget("old4")
            with suppress(ManifestMovedError):
                consolidation(world)

        world.line.set(number, "after", meanwhile)
        with suppress(ManifestMovedError):
            mended(world)
        nothing_is_lost(world)
        mended(world)
        world.audit.alarms.clear()
        world.all_is_settled()
