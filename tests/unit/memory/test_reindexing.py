"""Another embedder: words answer until the index is built anew, a part at a time, and nothing is lost on the way."""

from __future__ import annotations

from contextlib import suppress

import pytest

from lukhas_common.memory.apart import Apart
from lukhas_common.memory.in_memory import LocalVectors
from lukhas_common.memory.indexes import REINDEXING, built_with
from lukhas_common.memory.manifest import Manifest
from lukhas_common.memory.models import MemoryType
from lukhas_common.memory.search.index import Index
from lukhas_common.memory.searching import Answer, Question
from lukhas_common.memory.settling import AGE
from lukhas_common.memory.stored import Stage
from tests.unit.memory.embedders import Bagging
from tests.unit.memory.test_crash import Cut, CutWorld, Killed, killed
from tests.unit.memory.world import ADA, MemoryWorld

TEXTS = {
    "drive": "Ada drives a red automobile to the harbour.",
    "pet": "The canine sleeps under the kitchen table.",
    "tea": "She prefers Darjeeling in the morning.",
    "piano": "There is a piano in the hall.",
    "garden": "The garden needs water on hot days.",
}


def ask(world: MemoryWorld, query: str, **more: object) -> Answer:
    return world.searching.search(ADA, Question(query=query, **more))  # type: ignore[arg-type]


def keys(answer: Answer) -> list[str]:
    return [each.memory.key for each in answer.found]


def current(world: MemoryWorld) -> tuple[Manifest, Index]:
    secrets = world.vault.to_read(ADA)
    assert secrets is not None
    manifest = world.manifests.current(ADA, secrets.key_id)
    return manifest, world.indexes.placed(secrets, manifest).index


def filled(world: MemoryWorld) -> MemoryWorld:
    """Two folded memories, and three that are indexed."""
    for number, (key, text) in enumerate(TEXTS.items()):
        world.memory.remember(ADA, key, text, MemoryType.EPISODIC, session="one", concepts=(f"about {key}",))
        world.clock.advance(1)
        if number == 1:
            world.settling.settle_episodic(ADA)
            world.clock.advance(AGE)
            world.settling.settle_episodic(ADA)
    world.settling.settle_episodic(ADA)
    return world


def test_until_the_index_is_built_anew_words_answer_and_the_answer_says_so() -> None:
    world = filled(MemoryWorld())
    assert ask(world, "Darjeeling").degraded == ""
    world.another(embedder=Bagging(), at_once=2)
    answer = ask(world, "Darjeeling in the morning")
    assert (keys(answer)[0], answer.degraded) == ("tea", REINDEXING)
    for found in answer.found:
        told = found.explanation
        assert (told["cosine"], told["cosine_z"]) == (0, 0)
        assert 0.5 * told["bm25_z"] + told["before"] + told["after"] == pytest.approx(found.score)
    assert keys(ask(world, "car")) == []


def test_a_bounded_part_is_built_with_each_run_and_then_takes_the_old_one_s_place() -> None:
    world = filled(MemoryWorld())
    embedder = Bagging()
    world.another(embedder=embedder, at_once=2)
    runs = [world.settling.settle_episodic(ADA) for _ in range(4)]
    assert [(run.reindexed, run.behind) for run in runs] == [(2, 3), (2, 1), (1, 0), (0, 0)]
    assert len(embedder.asked) == len(TEXTS)
    manifest, index = current(world)
    assert (manifest.building, manifest.documents, len(index)) == ("", len(TEXTS), len(TEXTS))
    assert built_with(index, embedder)
    answer = ask(world, "car")
    assert (keys(answer)[0], answer.degraded) == ("drive", "")
    assert keys(ask(world, "anything", concepts=("about pet",))) == ["pet"]
    assert keys(ask(world, "anything", concepts=("kitchen table",))) == ["pet"]  # which rules drew at first
    world.clock.advance(2 * 3600)
    world.compressing.compress(ADA)
    assert {name for name, _ in world.objects.names(f"{ADA}/")} == manifest.objects()


def test_what_is_being_built_is_not_swept_away() -> None:
    world = filled(MemoryWorld())
    world.another(embedder=Bagging(), at_once=2)
    assert world.settling.settle_episodic(ADA).behind == 3
    for before, after in ((3, 1), (1, 0)):
        world.clock.advance(2 * 3600)
        assert world.compressing.compress(ADA).behind == before
        world.another()  # which holds no index opened
        assert world.settling.settle_episodic(ADA).behind == after


def test_back_to_the_embedded_model_the_index_is_as_if_it_had_never_been_another() -> None:
    world = filled(MemoryWorld())
    before = current(world)[1].to_bytes()
    world.another(embedder=Bagging())
    world.settling.settle_episodic(ADA)
    assert current(world)[1].to_bytes() != before
    world.another(embedder=MemoryWorld().embedder)
    world.settling.settle_episodic(ADA)
    # Not byte by byte: tokens were counted at another moment. What is found is the same.
    assert current(world)[1].memory_ids() == Index.from_bytes(before).memory_ids()
    assert keys(ask(world, "Which tea does she like?"))[0] == "tea"


def test_what_is_stored_or_deleted_meanwhile_is_found_and_is_not() -> None:
    world = filled(MemoryWorld())
    world.another(embedder=Bagging(), at_once=2)
    world.settling.settle_episodic(ADA)
    world.memory.remember(ADA, "new", "A feline came in.", MemoryType.EPISODIC)
    world.memory.forget(ADA, "piano")
    world.memory.forget(ADA, "drive")
    assert keys(ask(world, "feline")) == ["new", "garden", "tea", "pet"]
    for _ in range(4):
        world.settling.settle_episodic(ADA)
    manifest, index = current(world)
    assert manifest.building == ""
    assert set(index.memory_ids()) == {stored.memory_id for stored in world.store.every(ADA)}
    assert keys(ask(world, "cat"))[0] == "new"


def test_what_nobody_can_read_any_more_holds_up_nothing() -> None:
    world = filled(MemoryWorld())
    (name,) = [name for name in world.objects.objects if "/fold/" in name]
    data, at = world.objects.objects[name]
    world.objects.objects[name] = (data[:200] + bytes([data[200] ^ 1]) + data[201:], at)
    world.another(embedder=Bagging(), at_once=1)
    runs = [world.settling.settle_episodic(ADA) for _ in range(6)]
    assert [run.behind for run in runs] == [4, 3, 2, 1, 0, 0]
    assert len(current(world)[1]) == 3
    assert {stored.stage for stored in world.store.every(ADA)} == {Stage.FOLDED, Stage.INDEXED}


def test_without_an_answer_of_the_embedder_words_answer_and_the_run_fails_and_loses_nothing() -> None:
    world = MemoryWorld()
    embedder = Bagging()
    world.another(embedder=embedder)
    filled(world)
    world.memory.remember(ADA, "new", "A feline came in.", MemoryType.EPISODIC)
    embedder.down = "embedder: throttled"
    answer = ask(world, "feline")
    assert (keys(answer)[0], answer.degraded) == ("new", "embedder: throttled")
    with pytest.raises(Exception, match="throttled"):
        world.settling.settle_episodic(ADA)
    embedder.down = ""
    assert world.settling.settle_episodic(ADA).indexed == 1
    assert ask(world, "cat").found[0].memory.key == "new"


def test_compression_tells_of_an_index_that_is_to_be_built_anew_for_those_who_store_nothing_more() -> None:
    world = filled(MemoryWorld())
    assert world.compressing.compress(ADA).behind == 0
    world.another(embedder=Bagging())
    assert world.compressing.compress(ADA).behind == len(TEXTS)
    assert world.settling.settle_episodic(ADA).reindexed == len(TEXTS)
    assert world.compressing.compress(ADA).behind == 0


def reindexed(world: CutWorld) -> None:
    """As the errands would: again, until nothing is left."""
    while world.settling.settle_episodic(ADA).behind:
        pass
    world.compressing.compress(ADA)


def prepared(*, elsewhere: bool) -> CutWorld:
    """An index of four violins by the embedded model, one of them deleted and one new, and then another embedder."""
    world = CutWorld()
    for number in range(4):
        world.remember(f"old{number}", f"old violin {number}")
        if number == 1:
            world.settling.settle_episodic(ADA)
            world.clock.advance(AGE)
    world.settling.settle_episodic(ADA)
    world.forget("old3")
    world.remember("fresh", "fresh violin")
    vectors = Cut(LocalVectors(), world.line) if elsewhere else None
    world.another(embedder=Bagging(), vectors=vectors, beyond=2, at_once=2)
    world.line.clear()
    return world


@pytest.mark.parametrize("elsewhere", [False, True])
@pytest.mark.parametrize("when", ["before", "after"])
def test_cut_off_at_every_call_it_goes_on_and_loses_nothing(when: str, elsewhere: bool) -> None:
    world = prepared(elsewhere=elsewhere)
    reindexed(world)
    calls = world.line.calls
    assert calls > 20
    for number in range(1, calls + 1):
        world = prepared(elsewhere=elsewhere)
        world.line.set(number, when, killed)
        with suppress(Killed):
            reindexed(world)
        world.everything_is_there()
        reindexed(world)
        world.all_is_settled()
        manifest, index = current(world)
        assert manifest.building == ""
        assert index.embedder == ("bagging apart" if elsewhere else "bagging")
        if world.vectors is not None:
            secrets = world.vault.to_read(ADA)
            assert secrets is not None
            assert isinstance(world.indexes.apart, Apart)
            assert set(world.vectors.ids(world.indexes.apart.space(secrets))) == set(index.memory_ids())
