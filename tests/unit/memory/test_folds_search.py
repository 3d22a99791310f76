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
from lukhas_common.memory.folds.index import IndexWriter, read_index
from lukhas_common.memory.folds.words import words, words_of
from lukhas_common.memory.folds.writing import write
from tests.unit.memory.fold_records import opened, seal, turns, unseal, uuid7, uuids7

VOCABULARY = ["lamp", "lamps", "canal", "ÉTÉ", "straße", "été", "日本語", "x" * 60, "new\nline", "a"]
texts = st.lists(st.sampled_from(VOCABULARY), max_size=6)


def form(word: str) -> str:
    return word.casefold().replace("\n", " ")[:40]


@given(
    st.lists(st.tuples(uuids7, texts), unique_by=lambda one: one[0], max_size=30),
    st.lists(st.sampled_from([*VOCABULARY, "lam", "zz", ""]), max_size=4),
)
def test_every_record_with_a_word_is_found_and_the_rarest_words_come_first(
    given_words: list[tuple[str, list[str]]], asked: list[str]
) -> None:
    listed = sorted(given_words)
    writer = IndexWriter()
    for memory_id, found in listed:
        writer.add(memory_id, found)
    index = read_index(writer.block(1), len(listed))
    folded = [{form(word) for word in found} for _, found in listed]
    wanted = {form(word) for word in asked}
    counts = Counter(word for found in folded for word in found)
    scores = {
        memory_id: math.fsum(
            math.log(1 + (len(listed) - counts[word] + 0.5) / (counts[word] + 0.5)) for word in found & wanted
        )
        for (memory_id, _), found in zip(listed, folded, strict=True)
        if found & wanted
    }
    answer = index.search(asked)
    assert set(answer) == set(scores)
    assert len(answer) == len(scores)
    for one, two in pairwise(answer):
        equal = math.isclose(scores[one], scores[two])
        assert scores[one] > scores[two] or equal


def test_of_records_that_are_as_good_the_newest_comes_first() -> None:
    fold = opened(write(turns(9), frame=2, level=1, seal=seal), unseal=unseal)
    ids = [record["memory_id"] for record in turns(9)]
    assert fold.search(["LAMP"]) == ids[::-1]
    assert fold.search(["lamp", "Number4"], 3) == [ids[4], ids[8], ids[7]]
    assert fold.search(["number"]) == fold.search([]) == fold.search(["the"]) == []


def test_records_are_found_by_the_words_of_their_key_value_and_concepts() -> None:
    record: dict[str, Any] = {
        "memory_id": uuid7(1, 1),
        "key": f"meeting/{uuid7(1, 1)}/budget-2026",
        "value": {"text": ["It is Zoë's", {"deep": "word_by_word", "n": 42}]},
        "concepts": ["cost centre"],
        "kind": "unseen",
    }
    assert sorted(words_of(record)) == sorted(
        ["meeting", "budget", "2026", "zoë", "word", "word", "cost", "centre"]
    )  # fmt: skip
    assert list(words("The LAMP, a lamp")) == ["lamp", "lamp"]
    fold = opened(write([record], level=1))
    assert fold.search(words("Where is the budget?")) == [record["memory_id"]]


def test_the_caller_says_by_which_words_records_are_found() -> None:
    fold = opened(write(turns(3), level=1, words=lambda record: [str(record["kind"])]))
    assert len(fold.search(["Episodic"])) == 3
    assert fold.search(["lamp"]) == []


def test_the_index_of_long_folds_has_numbers_of_several_bytes() -> None:
    writer = IndexWriter()
    for row in range(40_000):
        writer.add(f"{row:05}", ["rare"] if row in (0, 130, 39_999) else [])
    index = read_index(writer.block(1), 40_000)
    assert index.search(["rare"]) == ["39999", "00130", "00000"]


@given(st.lists(st.integers(0, 2**35 - 1)))
def test_numbers_of_any_size_come_back(numbers: list[int]) -> None:
    assert list(read_varints(varints(numbers))) == numbers


@pytest.mark.parametrize("data", [b"\x80", b"\x01\xff", b"\xff\xff\xff\xff\xff\x01"])
def test_numbers_that_do_not_end_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="a number is"):
        list(read_varints(data))
