"""The embedded model: its tokens as the tokenizer of its origin cuts them, its vectors on people's judgements."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.retrieval import pairs
from benchmarks.statistic import spearman
from lukhas_common.memory.search.embedder import TokenEmbedder
from lukhas_common.memory.search.static import shipped
from lukhas_common.memory.search.wordpiece import WordPiece

# Written by the tokenizers package 0.23.3 from MiniLM's tokenizer.json, its unknown tokens left out.
EXPECTED = json.loads((Path(__file__).parents[2] / "fixtures" / "wordpiece.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", EXPECTED, ids=lambda case: ascii(case["text"][:20]))
def test_tokens_are_those_of_the_models_own_tokenizer(case: dict[str, object]) -> None:
    assert shipped().tokens(str(case["text"])) == case["ids"]


@given(st.text(max_size=80))
def test_any_text_has_tokens_of_the_vocabulary_and_a_vector_of_length_one_or_zero(text: str) -> None:
    embedder = shipped()
    tokens = embedder.tokens(text)
    assert all(0 <= token < 30_522 for token in tokens)
    row = embedder.embed([text])[0]
    assert np.isfinite(row).all()
    assert np.linalg.norm(row) == pytest.approx(1.0 if tokens else 0.0, abs=1e-5)


def test_ascii_text_has_the_same_tokens_on_the_short_way() -> None:
    text = "Caroline's 3rd e-mail (re: C++ & #tags) -- done_ok\x07? \t\r\n ~`^"
    assert shipped().tokens(text) == shipped().tokens(f"{text} \u00a0")


def test_the_longest_piece_wins_and_a_rest_without_one_makes_the_word_unknown() -> None:
    pieces = WordPiece({"un": 0, "una": 1, "##ff": 2, "##able": 3, "##a": 4})
    assert pieces.tokens("unaffable") == [1, 2, 3]
    assert pieces.tokens("unaffablex un") == [0]


def test_a_longer_text_is_the_direction_of_the_sum_of_its_token_vectors() -> None:
    embedder = shipped()
    assert isinstance(embedder, TokenEmbedder)
    ids = np.array(embedder.tokens("a lake, a sunrise"), np.uint16)
    total = sum(embedder.vectors(ids[at : at + 1])[0] for at in range(len(ids)))
    np.testing.assert_allclose(embedder.embed(["a lake, a sunrise"])[0], total / np.linalg.norm(total), atol=1e-6)


def test_sentences_are_as_alike_as_people_find_them(shared: Path) -> None:
    judged = pairs(shared / "data", "test")
    first, second = (shipped().embed([getattr(pair, side) for pair in judged]) for side in ("first", "second"))
    cosines = (first * second).sum(axis=1).tolist()
    assert spearman(list(zip(cosines, [pair.score for pair in judged], strict=True))) >= 0.68
