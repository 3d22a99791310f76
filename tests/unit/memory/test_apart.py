"""Vectors elsewhere: searches rank as with those of the index, and what is deleted or erased leaves no vector."""

from __future__ import annotations

import uuid
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.memory.apart import BEYOND, Apart
from lukhas_common.memory.in_memory import LocalVectors
from lukhas_common.memory.models import MemoryType
from lukhas_common.memory.ports import Vector, Within
from lukhas_common.memory.search.documents import Document
from lukhas_common.memory.search.embedder import SilentEmbedder
from lukhas_common.memory.search.errors import MeaningError
from lukhas_common.memory.search.index import Index
from lukhas_common.memory.search.ranking import search_over
from lukhas_common.memory.searching import Question
from lukhas_common.memory.vault import space_of, subject_of
from tests.unit.memory.embedders import Bagging
from tests.unit.memory.test_crash import Cut, CutWorld, Killed, gone, killed
from tests.unit.memory.test_reindexing import ask, current, filled, keys
from tests.unit.memory.world import ADA, BOB, MemoryWorld

WORDS = ("violin", "car", "automobile", "dog", "tea", "hall", "red", "sleeps")


def apart(**changes: object) -> MemoryWorld:
    """A world in which more than two memories have their vectors elsewhere."""
    world = MemoryWorld()
    world.__dict__ |= {"embedder": Bagging(), "vectors": LocalVectors(), "beyond": 2} | changes
    return world


def settled(world: MemoryWorld) -> MemoryWorld:
    while world.settling.settle_episodic(ADA).behind:
        pass
    return world


def held(world: MemoryWorld) -> set[str]:
    assert isinstance(world.vectors, LocalVectors)
    return {memory_id for space in world.vectors.held.values() for memory_id in space}


texts = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join), min_size=1, max_size=12)


@given(texts, st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join), st.integers(0, 3))
def test_with_the_cosines_of_all_it_ranks_as_the_index_that_has_the_vectors(
    said: list[str], query: str, new: int
) -> None:
    embedder, silent = Bagging(), SilentEmbedder("bagging apart")
    documents = [
        Document(str(uuid.UUID(int=number + 1)), text, 60.0 * number, "episodic", f"s{number % 3}")
        for number, text in enumerate(said)
    ]
    whole = Index.build(documents, embedder)
    old, fresh = documents[: len(said) - new], documents[len(said) - new :]
    words = Index.build(old, silent)
    parts = [words, Index.build(fresh, silent, beside=words)]
    direction = embedder.embed([query])[0]
    rows = embedder.embed([document.text for document in documents])
    meant = {d.memory_id: float(row @ direction) for d, row in zip(documents, rows, strict=True)}
    expected = {hit.memory_id: hit for hit in search_over([whole], query, embedder, limit=100)}
    found = search_over(parts, query, silent, limit=100, meant=meant)
    assert {hit.memory_id for hit in found} == set(expected)
    for hit in found:
        told, same = hit.explanation, expected[hit.memory_id].explanation
        # Vectors in an index are rounded to signed bytes.
        assert told.cosine == pytest.approx(same.cosine, abs=0.02)
        assert told.bm25 == pytest.approx(same.bm25)
        assert 0.5 * told.bm25_z + 0.5 * told.cosine_z + told.before + told.after == pytest.approx(hit.score)
        assert sum(weight for _, weight in told.matched) == pytest.approx(told.bm25)


def test_candidates_are_the_nearest_and_the_best_by_words_and_others_count_as_the_least_of_the_nearest() -> None:
    silent = SilentEmbedder("apart")
    ids = [str(uuid.UUID(int=number + 1)) for number in range(5)]
    texts = ["violin", "a violin in the hall", "car", "dog", "tea"]
    documents = [
        Document(memory_id, text, 60.0 * at, "episodic", "one")
        for at, (memory_id, text) in enumerate(zip(ids, texts, strict=True))
    ]
    meant = {ids[1]: 0.25, ids[2]: 0.75, str(uuid.UUID(int=99)): 0.1}
    found = {
        hit.memory_id: hit.explanation
        for hit in search_over([Index.build(documents, silent)], "violin", silent, limit=3, meant=meant)
    }
    assert set(found) == set(ids[:3])
    assert [found[each].cosine for each in ids[:3]] == [0.25, 0.25, 0.75]
    mean, deviation = np.mean([0.25, 0.25, 0.75]), np.std([0.25, 0.25, 0.75])
    assert [found[each].cosine_z for each in ids[:3]] == pytest.approx(
        [(cosine - mean) / deviation for cosine in (0.25, 0.25, 0.75)]
    )
    # What is no candidate lends its neighbours nothing.
    assert found[ids[2]].after == 0
    assert found[ids[2]].before != 0


def test_only_the_best_by_words_are_candidates_where_many_have_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lukhas_common.memory.search.ranking.MOST_BY_WORDS", 3)
    silent = SilentEmbedder("apart")
    documents = [
        Document(str(uuid.UUID(int=number + 1)), "violin " + "dog " * number, float(number), "episodic")
        for number in range(9)
    ]
    index = Index.build(documents, silent)
    assert len(search_over([index], "violin", silent, limit=2, meant={})) == 2
    assert {hit.memory_id for hit in search_over([index], "violin", silent, limit=3, meant={})} == {
        document.memory_id for document in documents[:3]
    }
    assert len(search_over([index], "violin", silent, limit=5, meant={})) == 5


def test_of_many_memories_the_vectors_lie_elsewhere_and_are_searched_with_what_is_fresh() -> None:
    world = settled(filled(apart()))
    manifest, index = current(world)
    assert (index.embedder, index.dimensions) == ("bagging apart", 1)
    assert held(world) == set(index.memory_ids())
    assert keys(ask(world, "car"))[0] == "drive"
    world.memory.remember(ADA, "new", "A feline came in.", MemoryType.EPISODIC)
    answer = ask(world, "cat")
    assert (keys(answer)[0], answer.degraded) == ("new", "")
    settled(world)
    assert keys(ask(world, "cat"))[0] == "new"
    assert manifest.documents + 1 == current(world)[0].documents == len(held(world))


def test_filters_reach_the_vectors() -> None:
    world = settled(filled(apart()))
    world.memory.remember(ADA, "fact", "The automobile was sold.", MemoryType.SEMANTIC)
    settled(world)
    everything = keys(ask(world, "car", limit=50))
    assert {"drive", "fact"} <= set(everything)
    assert keys(ask(world, "car", types=frozenset({MemoryType.SEMANTIC}))) == ["fact"]
    then = next(stored.valid_from for stored in world.store.every(ADA) if stored.memory_type is MemoryType.SEMANTIC)
    assert keys(ask(world, "car", since=then)) == ["fact"]
    assert "fact" not in keys(ask(world, "car", until=then, limit=50))
    assert keys(ask(world, "car", concepts=("about pet",))) == ["pet"]


def test_few_memories_and_those_of_others_stay_in_their_index() -> None:
    world = apart(beyond=BEYOND)
    settled(filled(world))
    assert held(world) == set()
    assert current(world)[1].embedder == "bagging"


def test_what_is_forgotten_leaves_the_vectors_at_the_next_run() -> None:
    world = settled(filled(apart()))
    world.memory.forget(ADA, "piano")
    settled(world)
    assert held(world) == {stored.memory_id for stored in world.store.every(ADA)}
    assert len(held(world)) == 4


def test_compression_sweeps_what_no_memory_has_any_more_and_vectors_by_other_embedders() -> None:
    world = settled(filled(apart()))
    assert isinstance(world.vectors, LocalVectors)
    (space,) = world.vectors.held
    world.vectors.put(space, [Vector(str(uuid.UUID(int=1)), [1.0] * 32, "episodic", 0)])
    assert world.compressing.compress(ADA).vectors == 1
    world.another(embedder=Bagging(name="another"))
    assert world.compressing.compress(ADA).vectors == 0
    settled(world)
    assert len(world.vectors.held) == 2
    assert world.compressing.compress(ADA).vectors == 5
    assert len(world.vectors.held) == 1
    assert keys(ask(world, "tea in the morning"))[0] == "tea"
    assert world.compressing.compress(ADA).vectors == 0


class Unavailable(LocalVectors):
    """An index of vectors that is asked in vain."""

    def nearest(self, space: str, values: object, limit: int, within: Within) -> list[tuple[str, float]]:
        raise MeaningError("vectors: unavailable")


def test_where_vectors_cannot_be_searched_words_answer_and_the_answer_says_so() -> None:
    world = settled(filled(apart(vectors=Unavailable())))
    answer = ask(world, "Darjeeling")
    assert (keys(answer)[0], answer.degraded) == ("tea", "vectors: unavailable")
    assert all(found.explanation["cosine_z"] == 0 for found in answer.found)


def test_erasure_drops_the_vectors_counts_them_and_tells_the_ledger() -> None:
    world = settled(filled(apart()))
    assert isinstance(world.vectors, LocalVectors)
    world.vectors.put(space_of(BOB, "k", "bagging"), [Vector("b", [1.0], "episodic", 0)])
    done = world.erasure.erase(ADA)
    assert done.vectors == 5
    entry = world.ledger.newest(subject_of(ADA))
    assert entry is not None
    assert entry.body["vectors"] == 5
    assert {what for what, number in entry.body["probe"].items() if number} == {"asked"}
    assert held(world) == {"b"}
    settled(filled(world))
    assert not world.erasure.sweep(ADA).did_something
    assert len(held(world)) == 6


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_erasure_that_is_cut_off_leaves_no_vector_once_it_is_finished(when: str) -> None:
    def made() -> CutWorld:
        world = CutWorld()
        world.another(embedder=Bagging(), vectors=Cut(LocalVectors(), world.line), beyond=1)
        for number in range(3):
            world.remember(f"k{number}", f"violin {number}")
        settled(world)
        world.line.clear()
        return world

    world = made()
    world.erasure.erase(ADA)
    for number in range(1, world.line.calls + 1):
        world = made()
        world.line.set(number, when, killed)
        with suppress(Killed):
            world.erasure.erase(ADA)
        world.restart()
        world.erasure.erase(ADA)
        gone(world)
        assert world.vectors is not None
        assert world.vectors.spaces(space_of(ADA)) == []


def test_a_space_is_called_what_an_index_of_s3_vectors_may_be_called() -> None:
    key = "01a20334-8068-759b-90c6-2b25c56c2799"
    name = space_of(ADA, key, "amazon.titan-embed-text-v2:0/1024")
    assert len(name) <= 63
    assert set(name) <= set("0123456789abcdefghijklmnopqrstuvwxyz-.")
    assert name.startswith(space_of(ADA, key))
    assert space_of(ADA, key).startswith(space_of(ADA))
    assert not space_of(ADA, key).startswith(space_of(BOB))
    assert not space_of("adam", key).startswith(space_of("ada"))


def test_a_memory_that_says_nothing_has_no_vector_and_is_known_by_its_key() -> None:
    world = settled(filled(apart()))
    world.memory.remember(ADA, ".", "", MemoryType.EPISODIC)
    settled(world)
    assert (len(current(world)[1]), len(held(world))) == (6, 5)


def test_a_question_that_says_nothing_asks_nothing() -> None:
    world = settled(filled(apart(vectors=Unavailable())))
    secrets = world.vault.to_read(ADA)
    assert secrets is not None
    assert isinstance(world.indexes.apart, Apart)
    assert world.indexes.apart.meant(secrets, "", [], {}) is None
    assert world.searching.search(ADA, Question(query=" . ")).degraded == ""
