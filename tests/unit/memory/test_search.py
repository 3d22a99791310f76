"""Ranking, against a slow recomputation that shares only the terms and the tokens with it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lukhas_common.memory.search.documents import Document
from lukhas_common.memory.search.hits import Hit
from lukhas_common.memory.search.index import Index
from lukhas_common.memory.search.ranking import search_over
from lukhas_common.memory.search.static import shipped
from lukhas_common.memory.search.terms import terms
from tests.unit.memory.talks import MAY_8, LetterEmbedder, documents, memory_id, talk, texts

EMBEDDER = shipped()
queries = st.one_of(texts, st.text(max_size=20), st.just("on 9 May 2023"))
TALK = talk(
    "Caroline: Hey Mel! Good to see you! How have you been?",
    "Melanie: I'm swamped with the kids and work. What's up with you?",
    "Caroline: I went to the LGBTQ support group yesterday",
    "Melanie: Wow! What happened there?",
    "Caroline: The stories were inspiring, I was so thankful.",
)


def found(hits: Sequence[Hit]) -> list[str]:
    return [hit.memory_id for hit in hits]


def weight(count: int, having: int) -> float:
    return math.log(1 + (count - having + 0.5) / (having + 0.5))


def bm25(query: str, listed: Sequence[Document]) -> dict[str, float]:
    """As in the paper, a document at a time."""
    bags = {document.memory_id: Counter(terms(document.text)) for document in listed}
    mean = max(1.0, sum(bag.total() for bag in bags.values()) / len(bags))
    having = {term: sum(term in bag for bag in bags.values()) for term in terms(query)}
    return {
        name: sum(
            weight(len(bags), having[term]) * bag[term] * 1.9 / (bag[term] + 0.9 * (0.6 + 0.4 * bag.total() / mean))
            for term in terms(query)
        )
        for name, bag in bags.items()
    }


def cosine(query: str, listed: Sequence[Document]) -> dict[str, float]:
    """Of sums of token vectors, weighed by their rarity among these documents, without rounding."""
    bags = {document.memory_id: EMBEDDER.tokens(document.text) for document in listed}

    def direction(tokens: Sequence[int]) -> np.ndarray:
        total = np.zeros(256)
        for token in tokens:
            rare = weight(len(bags), sum(token in bag for bag in bags.values()))
            total += rare * EMBEDDER.vectors(np.array([token], np.uint16))[0]
        return total / (np.linalg.norm(total) or 1.0)

    asked = direction(EMBEDDER.tokens(query))
    return {name: float(asked @ direction(bag)) for name, bag in bags.items()}


def standard(values: dict[str, float]) -> dict[str, float]:
    array = np.array(list(values.values()))
    deviation = array.std()
    return {name: (value - array.mean()) / deviation if deviation > 1e-9 else 0.0 for name, value in values.items()}


@settings(max_examples=25)
@given(documents(), texts.filter(lambda text: "2023" not in text))
def test_scores_are_those_of_a_slow_recomputation(listed: list[Document], query: str) -> None:
    hits = Index.build(listed, EMBEDDER).search(query, EMBEDDER, limit=50)
    if not EMBEDDER.tokens(query) or not listed:
        assert not hits
        return
    assert len(hits) == len(listed)
    words, meaning = bm25(query, listed), cosine(query, listed)
    for hit in hits:
        assert hit.explanation.bm25 == pytest.approx(words[hit.memory_id], abs=1e-9)
        # A signed byte a dimension.
        assert hit.explanation.cosine == pytest.approx(meaning[hit.memory_id], abs=0.02)
    parts = {hit.memory_id: hit.explanation for hit in hits}
    words_z = standard({name: part.bm25 for name, part in parts.items()})
    meaning_z = standard({name: part.cosine for name, part in parts.items()})
    own = {name: 0.5 * words_z[name] + 0.5 * meaning_z[name] for name in parts}
    ordered = sorted(listed, key=lambda document: (document.session, document.at, document.memory_id))
    for at, document in enumerate(ordered):
        score = own[document.memory_id]
        for other, lent in ((at - 1, 0.5), (at + 1, 0.2)):
            if 0 <= other < len(ordered) and document.session and ordered[other].session == document.session:
                score += lent * own[ordered[other].memory_id]
        got = next(hit for hit in hits if hit.memory_id == document.memory_id)
        assert got.score == pytest.approx(score, abs=1e-6)


@settings(max_examples=25)
@given(documents(), queries)
def test_the_parts_add_up_to_the_score_exactly(listed: list[Document], query: str) -> None:
    for hit in Index.build(listed, EMBEDDER).search(query, EMBEDDER, limit=50):
        why = hit.explanation
        assert hit.score == 0.5 * why.bm25_z + 0.5 * why.cosine_z + why.before + why.after
        total = 0.0
        for _, added in why.matched:
            total += added
        assert why.bm25 == total
        assert math.isfinite(hit.score)


@settings(max_examples=25)
@given(documents(), documents(most=5, first=20), queries)
def test_two_indexes_side_by_side_rank_as_the_one_they_merge_into(
    old: list[Document], new: list[Document], query: str
) -> None:
    # Given enough documents that a few more do not make tokens be counted anew.
    old = old + talk(*["Melanie: the kids painted"] * 20, session="two", first=100)
    stored = Index.build(old, EMBEDDER)
    fresh = Index.build(new, EMBEDDER, beside=stored)
    together = search_over([stored, fresh], query, EMBEDDER, limit=50)
    assert together == stored.merged(fresh, EMBEDDER).search(query, EMBEDDER, limit=50)
    assert together == stored.with_documents(new, EMBEDDER).search(query, EMBEDDER, limit=50)


@settings(max_examples=25)
@given(documents(), documents(most=12, first=6), queries)
def test_indexes_that_share_documents_or_grew_much_rank_as_one_of_the_newest_documents(
    old: list[Document], new: list[Document], query: str
) -> None:
    newest = list({document.memory_id: document for document in [*old, *new]}.values())
    stored, fresh = Index.build(old, EMBEDDER), Index.build(new, EMBEDDER)
    together = search_over([stored, fresh], query, EMBEDDER, limit=50)
    whole = Index.build(newest, EMBEDDER).search(query, EMBEDDER, limit=50)
    assert {hit.memory_id: hit.explanation.bm25 for hit in together} == {
        hit.memory_id: hit.explanation.bm25 for hit in whole
    }
    if len(newest) > 1.25 * len(old):
        assert together == whole


@settings(max_examples=25)
@given(documents(), queries, st.data())
def test_what_was_taken_out_leaves_no_trace(listed: list[Document], query: str, data: st.DataObject) -> None:
    ids = [document.memory_id for document in listed]
    gone = data.draw(st.sets(st.sampled_from(ids))) if ids else set()
    kept = [document for document in listed if document.memory_id not in gone]
    fewer = Index.build(listed, EMBEDDER).without({*gone, memory_id(999)}, EMBEDDER)
    again = Index.build(kept, EMBEDDER)
    assert fewer.memory_ids() == again.memory_ids()
    for part in ("keys", "starts", "rows", "counts"):
        np.testing.assert_array_equal(getattr(fewer.terms, part), getattr(again.terms, part))
        np.testing.assert_array_equal(getattr(fewer.concepts, part), getattr(again.concepts, part))
    if len(kept) < 0.75 * len(listed):
        assert fewer.search(query, EMBEDDER) == again.search(query, EMBEDDER)


@settings(max_examples=25)
@given(documents(), queries, st.sampled_from(["episodic", "semantic"]), st.integers(-1, 5))
def test_filters_come_before_the_scale(listed: list[Document], query: str, kind: str, day: int) -> None:
    since = MAY_8 + day * 86_400
    hits = Index.build(listed, EMBEDDER).search(
        query, EMBEDDER, limit=50, kinds=[kind], since=since, until=since + 2 * 86_400, concepts=["KIDS", "work"]
    )
    let_through = {
        document.memory_id
        for document in listed
        if document.kind == kind
        and since <= document.at < since + 2 * 86_400
        and {"Kids", "work"} & set(document.concepts)
    }
    assert set(found(hits)) <= let_through
    if hits:
        assert set(found(hits)) == let_through
        assert sum(hit.explanation.cosine_z for hit in hits) == pytest.approx(0, abs=1e-6)


def test_what_is_left_out_lends_nothing_to_its_neighbours() -> None:
    index = Index.build(TALK, EMBEDDER)
    answer = index.search("LGBTQ support group", EMBEDDER, exclude=[memory_id(2)], limit=50)
    assert memory_id(2) not in found(answer)
    assert next(hit for hit in answer if hit.memory_id == memory_id(3)).explanation.before == 0.0


def test_a_question_finds_who_said_what_and_its_neighbours() -> None:
    hits = Index.build(TALK, EMBEDDER).search("When did Caroline go to the LGBTQ support group?", EMBEDDER, limit=2)
    assert found(hits) == [memory_id(2), memory_id(3)]
    assert [name for name, _ in hits[0].explanation.matched] == ["carolin", "lgbtq", "support", "group"]


def test_a_date_in_the_question_prefers_memories_of_that_time() -> None:
    listed = [
        Document(memory_id(month), "Melanie: we went camping", MAY_8 + month * 30 * 86_400, "episodic")
        for month in range(6)
    ]
    best, *others = Index.build(listed, EMBEDDER).search("Where did Melanie go in August 2023?", EMBEDDER)
    assert best.memory_id == memory_id(3)
    assert "date:2023-08" in [name for name, _ in best.explanation.matched]
    assert all(best.score > other.score for other in others)


def test_equal_scores_come_newest_first_then_by_id() -> None:
    listed = [Document(memory_id(at), "the same", MAY_8 + at // 2, "episodic") for at in range(100)]
    hits = Index.build(listed, EMBEDDER).search("same", EMBEDDER, limit=5)
    assert found(hits) == [memory_id(at) for at in (98, 99, 96, 97, 94)]


def test_what_is_not_valid_yet_or_any_more_is_not_found() -> None:
    early = Document(memory_id(1), "a lake", MAY_8, "semantic", valid_until=MAY_8 + 10)
    late = Document(memory_id(2), "a lake", MAY_8, "semantic", valid_from=MAY_8 + 10)
    index = Index.build([early, late], EMBEDDER)
    assert found(index.search("lake", EMBEDDER, now=MAY_8 + 9.999)) == [memory_id(1)]
    assert found(index.search("lake", EMBEDDER, now=MAY_8 + 10)) == [memory_id(2)]
    assert len(index.search("lake", EMBEDDER)) == 2


@pytest.mark.parametrize("query", ["", "   ", "\x00", "😀", "\u200b\u200d", "…"])
def test_a_query_that_says_nothing_finds_nothing(query: str) -> None:
    listed = talk("a lake", "a sunrise")
    hits = Index.build(listed, EMBEDDER).search(query, EMBEDDER)
    assert not hits or EMBEDDER.tokens(query)


def test_a_query_of_stop_words_is_ranked_by_meaning_alone() -> None:
    hits = Index.build(TALK, EMBEDDER).search("what is it with you", EMBEDDER)
    assert len(hits) == len(TALK)
    assert all(hit.explanation.bm25 == hit.explanation.bm25_z == 0.0 for hit in hits)
    assert len({hit.explanation.cosine for hit in hits}) > 1


def test_words_that_the_embedder_does_not_know_are_found_all_the_same() -> None:
    listed = talk("Melanie: \U00013000\U00013001 on the wall", "Caroline: nothing", "Melanie: more of nothing")
    hits = Index.build(listed, EMBEDDER).search("\U00013000\U00013001", EMBEDDER, limit=1)
    assert found(hits) == [memory_id(0)]
    assert hits[0].explanation.cosine == 0.0


def test_no_document_and_one_document() -> None:
    assert Index.build([], EMBEDDER).search("lake", EMBEDDER) == []
    assert search_over([], "lake", EMBEDDER) == []
    (only,) = Index.build(talk("a lake"), EMBEDDER).search("lake", EMBEDDER)
    assert (only.memory_id, only.score) == (memory_id(0), 0.0)


def test_a_million_characters_are_indexed_and_found() -> None:
    long = Document(memory_id(1), "x" * 500_000 + " lake " * 83_333, MAY_8, "episodic")
    index = Index.build([long, *talk("a sunrise", first=2)], EMBEDDER)
    assert found(index.search("lake " * 5000, EMBEDDER, limit=1)) == [memory_id(1)]


def test_another_embedder_goes_through_the_same_index() -> None:
    letters = LetterEmbedder()
    listed = talk("zzz zz", "abc", "zebra")
    index = Index.build(listed[:2], letters).with_documents(listed[2:], letters)
    assert found(index.search("zzzz", letters, limit=1)) == [memory_id(0)]
    assert index.without([memory_id(0)], letters).memory_ids() == [memory_id(1), memory_id(2)]
