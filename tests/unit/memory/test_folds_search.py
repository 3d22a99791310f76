"""Finding folded records by their words, and counting what it takes."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.memory.folds.bits import read_varints, varints
from lukhas_common.memory.folds.fold import Fold
from lukhas_common.memory.folds.frame_index import FrameIndexWriter, read_frame_index
from lukhas_common.memory.folds.index import read_index
from lukhas_common.memory.folds.words import words, words_of
from lukhas_common.memory.folds.writing import write
from tests.unit.memory.fold_records import Store, opened, seal, turns, unseal, uuid7
from tests.unit.memory.row_index import IndexWriter

VOCABULARY = ["lamp", "lamps", "canal", "ÉTÉ", "straße", "été", "日本語", "x" * 60, "new\nline", "a"]
texts = st.lists(st.sampled_from(VOCABULARY), max_size=6)


def form(word: str) -> str:
    return word.casefold().replace("\n", " ")[:40]


@given(
    st.lists(texts, max_size=30),
    st.lists(st.sampled_from([*VOCABULARY, "lam", "zz", ""]), max_size=4),
)
def test_every_record_with_a_word_is_found_and_the_rarest_words_come_first(
    listed: list[list[str]], asked: list[str]
) -> None:
    writer = IndexWriter()
    for found in listed:
        writer.add(found)
    index = read_index(writer.block(1), len(listed))
    folded = [{form(word) for word in found} for found in listed]
    wanted = {form(word) for word in asked}
    counts = Counter(word for found in folded for word in found)
    scores = {
        row: math.fsum(
            math.log(1 + (len(listed) - counts[word] + 0.5) / (counts[word] + 0.5)) for word in found & wanted
        )
        for row, found in enumerate(folded)
        if found & wanted
    }
    answer = index.search(asked)
    assert set(answer) == set(scores)
    assert len(answer) == len(scores)
    for one, two in pairwise(answer):
        equal = math.isclose(scores[one], scores[two])
        assert scores[one] > scores[two] or equal


@given(
    st.lists(texts, max_size=40),
    st.integers(1, 9),
    st.lists(st.sampled_from([*VOCABULARY, "lam", "zz", ""]), max_size=4),
    st.integers(1, 50),
)
def test_the_best_of_a_fold_are_those_of_its_records(
    listed: list[list[str]], frame: int, asked: list[str], limit: int
) -> None:
    def said(record: Any) -> list[str]:
        return list(record["said"])

    made = [{"memory_id": f"{row:03}", "said": found} for row, found in enumerate(listed)]
    fold = opened(write(made, frame=frame, level=1, words=said), words=said)
    wanted = {form(word) for word in asked}
    having = {
        record["memory_id"]: found for record in made if (found := {form(word) for word in said(record)} & wanted)
    }
    answer = fold.search(asked)
    assert set(answer) == set(having)
    assert len(answer) == len(having)
    counts = Counter(word for found in having.values() for word in found)
    of = {(int(one) // frame) for one in having}
    many = sum(min(frame, len(made) - number * frame) for number in of)
    for one, two in pairwise(answer):
        scores = [
            math.fsum(math.log(1 + (many - counts[word] + 0.5) / (counts[word] + 0.5)) for word in having[each])
            for each in (one, two)
        ]
        if many and not math.isclose(*scores) and len(of) == -(-len(made) // frame):
            assert scores[0] > scores[1]
        if having[one] == having[two]:
            assert one > two
    best = fold.search(asked, limit)
    assert len(best) == min(limit, len(having)) or limit < len(of)
    if len(wanted) == 1:
        assert best == answer[: len(best)]


@given(st.lists(st.sets(st.text(min_size=1, max_size=6)), max_size=40), st.sets(st.text(min_size=1, max_size=6)))
def test_no_frame_with_a_word_is_passed_over(listed: list[set[str]], others: set[str]) -> None:
    listed = [{form(word) for word in found} for found in listed]
    writer = FrameIndexWriter()
    for found in listed:
        writer.add(found)
    index = read_frame_index(writer.block(1), len(listed))
    for word in others.union(*listed):
        having = {number for number, found in enumerate(listed) if form(word) in found}
        assert having <= set(index.having(form(word)))


def test_few_words_seem_to_be_where_they_are_not() -> None:
    writer = FrameIndexWriter()
    for number in range(10):
        writer.add(f"word{number}-{each}" for each in range(1000))
    index = read_frame_index(writer.block(1), 10)
    assert sum(bool(index.having(f"other{each}")) for each in range(2000)) < 2000 * 0.06
    assert index.having("word3-7") == [3]


def test_of_records_that_are_as_good_the_newest_comes_first() -> None:
    fold = opened(write(turns(9), frame=2, level=1, seal=seal), unseal=unseal)
    ids = [record["memory_id"] for record in turns(9)]
    assert fold.search(["LAMP"]) == ids[::-1]
    assert fold.search(["lamp", "Number4"], 3) == [ids[4], ids[8], ids[7]]
    assert fold.search(["number"]) == fold.search([]) == fold.search(["the"]) == []
    assert len(fold.search(["canal"])) == 9


def test_a_search_reads_the_index_once_and_each_frame_with_the_best_once() -> None:
    written = write(turns(40), frame=8, level=1, seal=seal)
    ids = [record["memory_id"] for record in turns(40)]
    store = Store(written.data)
    fold = Fold.open(
        store.read, len(store.data), fold_id=written.fold_id, footer=written.footer, unseal=unseal, kept=0
    )  # fmt: skip
    places = list(zip(fold.footer.offsets, (entry.length for entry in fold.footer.frames), strict=False))

    def read(words: list[str], limit: int | None = None) -> list[tuple[int, int]]:
        store.reads.clear()
        fold.search(words, limit)
        return store.reads.copy()

    assert read(["nowhere"]) == [(fold.footer.offsets[-1], fold.footer.index)]
    assert read(["nowhere"]) == read([]) == read(["lamp"], 0) == []
    assert read(["number9"]) == [places[1]]
    assert read(["lamp"], 8) == [places[4]]
    assert read(["lamp"], 9) == [places[4], places[3]]
    assert read(["lamp", "number0", "number39", "number38"], 3) == [places[4], places[0]]
    assert read(["lamp"]) == places[::-1]
    assert read(["lamp", "nowhere"], 1) == [places[4]]
    assert fold.search(["lamp"]) == ids[::-1]
    keeping = Fold.open(store.read, len(store.data), fold_id=written.fold_id, footer=written.footer, unseal=unseal)
    assert keeping.search(["number9"]) == [ids[9]]
    store.reads.clear()
    assert keeping.search(["number10", "number15"]) == [ids[15], ids[10]]
    assert keeping.record(ids[11]) == turns(12)[11]
    assert store.reads == []


def test_records_are_found_by_the_words_of_their_key_text_and_concepts() -> None:
    record: dict[str, Any] = {
        "memory_id": uuid7(1, 1),
        "key": f"meeting/{uuid7(1, 1)}/budget-2026/0007",
        "value": {"unseen": "We walked along the river.", "days": [7, ["Monday"]]},
        "concepts": ["cost centre", "It is Zoë's", {"deep": ["word_by_word", 42]}],
        "type": "unseen",
    }
    assert sorted(words_of(record)) == sorted(
        ["meeting", "budget", "2026", "zoë", "word", "word", "cost", "centre", "walked", "along", "river", "monday"]
    )  # fmt: skip
    assert list(words("The LAMP, a lamp, 0007 of 00043")) == ["lamp", "lamp", "00043"]
    fold = opened(write([record], level=1))
    assert fold.search(words("Where is the budget?")) == [record["memory_id"]]


def test_the_caller_says_by_which_words_records_are_found() -> None:

    def kind(record: Any) -> list[str]:
        return [str(record["type"])]

    fold = opened(write(turns(3), level=1, words=kind), words=kind)
    assert len(fold.search(["Episodic"])) == 3
    assert fold.search(["lamp"]) == []


def test_the_index_of_long_folds_has_numbers_of_several_bytes() -> None:
    writer = IndexWriter()
    for row in range(40_000):
        writer.add(["rare"] if row in (0, 130, 39_999) else [])
    index = read_index(writer.block(1), 40_000)
    assert index.search(["rare"]) == [39_999, 130, 0]


@given(st.lists(st.integers(0, 2**35 - 1)))
def test_numbers_of_any_size_come_back(numbers: list[int]) -> None:
    assert list(read_varints(varints(numbers))) == numbers


@pytest.mark.parametrize("data", [b"\x80", b"\x01\xff", b"\xff\xff\xff\xff\xff\x01"])
def test_numbers_that_do_not_end_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="a number is"):
        list(read_varints(data))
