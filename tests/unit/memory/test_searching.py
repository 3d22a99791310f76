"""What a search answers of a store of memories in whatever state, against looking at every one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lukhas_common.ids import FIRST_ID, LAST_ID
from lukhas_common.memory.models import Memory, MemoryType, Retention
from lukhas_common.memory.searching import Answer, Question
from lukhas_common.memory.settling import AGE
from lukhas_common.memory.stored import Stored
from tests.unit.memory.embedders import Bagging
from tests.unit.memory.world import ADA, MemoryWorld

GARDEN = "My garden has roses and tulips in spring."


def ask(world: MemoryWorld, query: str, **more: Any) -> Answer:
    return world.searching.search(ADA, Question(query=query, **more))


def keys(answer: Answer) -> list[str]:
    return [each.memory.key for each in answer.found]


def remember(world: MemoryWorld, key: str, value: str, kind: MemoryType = MemoryType.EPISODIC, **more: Any) -> Memory:
    world.clock.advance(0.001)
    return world.memory.remember(ADA, key, value, kind, **more)


def superseded(world: MemoryWorld) -> None:
    for _ in range(60):
        remember(world, "mood/today", "I feel fine in the garden with roses today")
    remember(world, "mood/today", "Tired.")


def decayed(world: MemoryWorld) -> None:
    for number in range(60):
        remember(
            world, f"mood/{number}", "I feel fine in the garden with roses today", retention=Retention(half_life=1)
        )
    world.clock.advance(60)


def over(world: MemoryWorld) -> None:
    for number in range(60):
        ends = Retention(expires_at=world.clock() + 30)
        remember(world, f"mood/{number}", "I feel fine in the garden with roses today", retention=ends)
    world.clock.advance(60)


def deleted(world: MemoryWorld) -> None:
    for number in range(60):
        remember(world, f"mood/{number}", "I feel fine in the garden with roses today")
    world.settling.settle_episodic(ADA)
    for number in range(60):
        world.memory.forget(ADA, f"mood/{number}")


@pytest.mark.parametrize("is_indexed", [False, True])
@pytest.mark.parametrize("happened", [superseded, decayed, over, deleted])
def test_what_matches_is_found_however_much_that_fits_better_is_out(happened: Any, is_indexed: bool) -> None:
    world = MemoryWorld()
    remember(world, "garden", GARDEN)
    happened(world)
    if is_indexed:
        world.settling.settle_episodic(ADA)
    for query in ("roses in the garden", "I feel fine in the garden with roses today"):
        answer = ask(world, query)
        assert keys(answer) == ["garden", "mood/today"][: 1 + (happened is superseded)]


@pytest.mark.parametrize("happened", [decayed, superseded])
@pytest.mark.parametrize("is_indexed", [False, True])
def test_what_the_index_knows_to_be_out_is_not_read_at_each_search(happened: Any, is_indexed: bool) -> None:
    world = MemoryWorld()
    remember(world, "garden", GARDEN)
    happened(world)
    if is_indexed:
        world.settling.settle_episodic(ADA)
    asked = counted(world)
    found = keys(ask(world, "roses in the garden"))
    assert found[0] == "garden"
    assert sum(asked) == 2 * len(found)
    if happened is superseded:
        remember(world, "mood/today", "Better.")
        asked.clear()
        assert keys(ask(world, "roses in the garden")) == ["garden", "mood/today"]
        assert sum(asked) == 4, "what superseded it is in no index yet"


@pytest.mark.parametrize("kind", [MemoryType.FOLD, MemoryType.EPISODIC])
def test_tiers_are_found_among_many_of_others(kind: MemoryType) -> None:
    world = MemoryWorld()
    for number in range(1 if kind is MemoryType.FOLD else 60):
        remember(world, f"old/{number}", "The garden with roses")
    world.settling.settle_episodic(ADA)
    world.clock.advance(AGE)
    world.settling.settle_episodic(ADA)
    for number in range(60 if kind is MemoryType.FOLD else 1):
        remember(world, f"new/{number}", "Roses in the garden")
    world.settling.settle_episodic(ADA)
    found = ask(world, "roses in the garden", types=frozenset({MemoryType.FOLD}), limit=100).found
    assert len(found) == (1 if kind is MemoryType.FOLD else 60)
    assert all(each.memory.key.startswith("old/") for each in found)
    found = ask(world, "roses in the garden", types=frozenset({MemoryType.EPISODIC}), limit=100).found
    assert len(found) == 61, "what is folded was stored as an episode"


def test_what_holds_stays_what_holds() -> None:
    world = MemoryWorld()
    remember(world, "garden", GARDEN, MemoryType.SEMANTIC)
    for _ in range(3):
        world.settling.settle_episodic(ADA)
        world.clock.advance(AGE)
    (stored,) = world.store.every(ADA)
    assert stored.due == inf
    world.store.move(replace(stored, due=world.clock(), revision=stored.revision + 1))  # as earlier runs left it
    world.settling.settle_episodic(ADA)
    assert [each.due for each in world.store.every(ADA)] == [inf]
    memory = world.memory.recall(ADA, "garden")
    assert memory is not None
    assert memory.memory_type is MemoryType.SEMANTIC
    assert world.settling.fold(ADA, [memory.memory_id])
    assert keys(ask(world, "roses", types=frozenset({MemoryType.SEMANTIC}))) == ["garden"]


def test_a_working_memory_is_an_episode_after_a_quarter_of_an_hour_though_no_run_was_there() -> None:
    world = MemoryWorld()
    remember(world, "garden", GARDEN, MemoryType.WORKING)
    for seconds, tier in ((15 * 60 - 1, MemoryType.WORKING), (1, MemoryType.EPISODIC)):
        world.clock.advance(seconds)
        memory = world.memory.recall(ADA, "garden")
        assert memory is not None
        assert memory.memory_type is tier
        for asked in (MemoryType.WORKING, MemoryType.EPISODIC):
            found = ask(world, "roses", types=frozenset({asked})).found
            assert [each.memory.memory_type for each in found] == [tier] * (asked is tier)


def counted(world: MemoryWorld) -> list[int]:
    """How many items each read from now on asks for."""
    asked: list[int] = []
    get = world.store.get

    def reads(owner: str, places: Sequence[tuple[str, int]]) -> list[Stored]:
        asked.append(len(places))
        return get(owner, places)

    world.store.get = reads  # type: ignore[method-assign]
    return asked


def known(answer: Answer) -> list[str]:
    return [f"{each.subject} {each.predicate} {each.object}" for each in answer.relations]


def test_relations_tell_nothing_that_is_deleted_over_superseded_or_out_of_the_filters() -> None:
    world = MemoryWorld()
    start = world.clock()
    remember(world, "home", "Ada lives in Porto.")
    remember(world, "work", "Ada works at Acme.", retention=Retention(expires_at=start + 100))
    remember(world, "pet", "Ada has a dog.", retention=Retention(half_life=10))
    remember(world, "tea", "Ada likes tea.", MemoryType.SEMANTIC, concepts=("Breakfast",))
    world.clock.advance(10)
    later = remember(world, "city", "Ada moved to Rome.").valid_from
    world.settling.settle_episodic(ADA)
    tea, home, work, pet, city = (
        f"Ada {said}" for said in ("likes tea", "lives in Porto", "works at Acme", "has dog", "moved to Rome")
    )
    assert known(ask(world, "What of Ada?")) == [city, tea, pet, work, home]
    assert known(ask(world, "What of Ada?", since=later)) == [city]
    assert known(ask(world, "What of Ada?", until=later)) == [tea, pet, work, home]
    assert known(ask(world, "What of Ada?", types=frozenset({MemoryType.SEMANTIC}))) == [tea]
    assert known(ask(world, "What of Ada?", concepts=("Breakfast",))) == [tea]
    world.memory.forget(ADA, "home")
    assert known(ask(world, "What of Ada?")) == [city, tea, pet, work]
    world.clock.advance(60)
    assert known(ask(world, "What of Ada?")) == [city, tea, work]
    assert known(ask(world, "What of Ada?", faded=True)) == [city, tea, pet, work]
    world.clock.advance(60)
    assert known(ask(world, "What of Ada?", faded=True)) == [city, tea, pet]
    remember(world, "tea", "Ada likes coffee.", MemoryType.SEMANTIC)
    assert known(ask(world, "What of Ada?")) == [city]


def test_a_relation_costs_no_read_of_an_item_that_was_found_anyway() -> None:
    world = MemoryWorld()
    remember(world, "home", "Ada lives in Porto.")
    world.settling.settle_episodic(ADA)
    asked = counted(world)
    assert known(ask(world, "Where does Ada live?")) == ["Ada lives in Porto"]
    assert asked == [2]


WORDS = ("roses", "garden", "tulips", "harbour", "violin")


@dataclass(frozen=True)
class Step:
    """Something that happens to a store."""

    what: str
    key: str
    kind: MemoryType
    words: str
    times: int
    retention: Retention | float | None
    concepts: tuple[str, ...]


steps = st.lists(
    st.builds(
        Step,
        st.sampled_from(["store"] * 4 + ["forget", "index", "fold", "wait", "pause"]),
        st.sampled_from([f"k{number}" for number in range(6)]),
        st.sampled_from([MemoryType.EPISODIC, MemoryType.SEMANTIC, MemoryType.WORKING]),
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join),
        st.sampled_from([1, 1, 6]),
        st.sampled_from([None, None, 500.0, Retention(half_life=300), Retention(half_life=300, pinned=True)]),
        st.sampled_from([(), ("Spring",), ("Music", "Spring")]),
    ),
    min_size=6,
    max_size=20,
)


def happen(world: MemoryWorld, happened: Sequence[Step]) -> None:
    for step in happened:
        match step.what:
            case "store":
                ends = step.retention
                retention = Retention(expires_at=world.clock() + ends) if isinstance(ends, float) else ends
                more = {} if retention is None else {"retention": retention}
                for _ in range(step.times):
                    remember(world, step.key, f"{step.words}.", step.kind, concepts=step.concepts, **more)
            case "forget":
                world.memory.forget(ADA, step.key)
            case "index":
                world.settling.settle_working(ADA)
                world.settling.settle_episodic(ADA)
            case "fold":
                world.clock.advance(AGE)
                world.settling.settle_episodic(ADA)
            case "wait":
                world.clock.advance(2000)
            case "pause":
                world.clock.advance(200)


def fits(world: MemoryWorld, question: Question) -> set[tuple[str, int]]:
    """Keys and versions of all memories that a question may be answered with, looking at each in the order of time."""
    stored_as = {stored.memory_id: stored.memory_type for stored in world.store.every(ADA) if stored.fold}
    found = set()
    for memory in world.memory.timeline(ADA, FIRST_ID, LAST_ID, 1000)[0]:
        tiers = {memory.memory_type, stored_as.get(memory.memory_id, memory.memory_type)}
        if (
            not tiers.isdisjoint(question.types)
            and (question.superseded or memory.valid_to is None)
            and (question.faded or memory.faded(world.clock()) is None)
            and (question.since is None or memory.valid_from >= question.since)
            and (question.until is None or memory.valid_from < question.until)
            and (not question.concepts or not {*question.concepts}.isdisjoint(memory.concepts))
        ):
            found.add((memory.key, memory.version))
    return found


@settings(max_examples=60, deadline=None)
@given(
    steps,
    st.just(frozenset(MemoryType)) | st.sets(st.sampled_from(list(MemoryType)), min_size=1).map(frozenset),
    st.none() | st.floats(0, 4000),
    st.none() | st.floats(0, 2 * AGE),
    st.sampled_from([(), (), ("Spring",), ("Music",)]),
    st.booleans(),
    st.booleans(),
    st.integers(1, 4),
)
def test_of_any_store_a_search_answers_as_many_as_match_and_nothing_else(
    happened: Sequence[Step],
    types: frozenset[MemoryType],
    since: float | None,
    until: float | None,
    concepts: tuple[str, ...],
    superseded: bool,
    faded: bool,
    limit: int,
) -> None:
    world = MemoryWorld()
    start = world.clock()
    happen(world, happened)
    question = Question(
        query="roses in the garden",
        limit=limit,
        types=types,
        since=None if since is None else round(start + since, 3),
        until=None if until is None else round(start + until, 3),
        concepts=concepts,
        superseded=superseded,
        faded=faded,
    )
    expected = fits(world, question)
    found = world.searching.search(ADA, question).found
    got = [(each.memory.key, each.memory.version) for each in found]
    assert len(got) == min(limit, len(expected))
    assert set(got) <= expected
    whole = world.searching.search(ADA, Question(**{**_members(question), "limit": 200})).found
    assert {(each.memory.key, each.memory.version) for each in whole} == expected
    assert got == [(each.memory.key, each.memory.version) for each in whole][: len(got)]
    assert [each.score for each in whole] == sorted((each.score for each in whole), reverse=True)


def _members(question: Question) -> dict[str, Any]:
    return {name: getattr(question, name) for name in question.__slots__}


def test_what_waits_to_be_indexed_is_embedded_once_for_many_searches() -> None:
    world = MemoryWorld()
    embedder = Bagging()
    world.another(embedder=embedder)
    remember(world, "garden", GARDEN)
    remember(world, "harbour", "The harbour at night.", MemoryType.WORKING)
    for _ in range(3):
        assert set(keys(ask(world, "harbour"))) == {"garden", "harbour"}
    assert sum("tulips" in text for text in embedder.asked) == 1
    world.memory.forget(ADA, "garden")
    assert keys(ask(world, "harbour")) == ["harbour"]
    world.clock.advance(15 * 60)
    assert keys(ask(world, "harbour", types=frozenset({MemoryType.EPISODIC}))) == ["harbour"]
    world.settling.settle_working(ADA)
    world.settling.settle_episodic(ADA)
    remember(world, "garden", GARDEN)
    assert set(keys(ask(world, "harbour"))) == {"garden", "harbour"}
