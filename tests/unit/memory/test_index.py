"""The index as a value and as bytes."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lukhas_common.memory.search.documents import Document
from lukhas_common.memory.search.errors import EmbedderDiffersError, IndexDamagedError
from lukhas_common.memory.search.index import Index
from lukhas_common.memory.search.pooling import Question, Vectors, cosines, quantised, question
from lukhas_common.memory.search.static import shipped
from tests.unit.memory.talks import MAY_8, LetterEmbedder, documents, memory_id, talk

EMBEDDER = shipped()
BLOB = Index.build(
    [
        *talk("Caroline: a lake", "Melanie: a sunrise, a lake"),
        Document(memory_id(9), "kids", MAY_8, "fold", concepts=("k",)),
    ],
    EMBEDDER,
).to_bytes()
FRONT = struct.Struct("<8sII32s")


def resealed(blob: bytes) -> bytes:
    """With the checksum of what it holds."""
    magic, version, length, _ = FRONT.unpack_from(blob)
    return FRONT.pack(magic, version, length, sha256(blob[FRONT.size :]).digest()) + blob[FRONT.size :]


@settings(max_examples=25)
@given(documents())
def test_an_index_comes_back_from_its_bytes(listed: list[Document]) -> None:
    index = Index.build(listed, EMBEDDER)
    blob = index.to_bytes()
    opened = Index.from_bytes(blob)
    assert opened.to_bytes() == blob
    assert opened.search("a lake in May", EMBEDDER) == index.search("a lake in May", EMBEDDER)


@settings(max_examples=25)
@given(documents(), st.randoms(use_true_random=False))
def test_the_order_of_documents_does_not_matter(listed: list[Document], chance: object) -> None:
    shuffled = sorted(listed, key=lambda _: chance.random())  # type: ignore[attr-defined]
    assert Index.build(shuffled, EMBEDDER).to_bytes() == Index.build(listed, EMBEDDER).to_bytes()


def test_opening_copies_nothing() -> None:
    opened = Index.from_bytes(BLOB)
    whole = np.frombuffer(BLOB, np.uint8)
    for array in (opened.vectors.values, opened.terms.rows, opened.table.ids, opened.tokens.ids):
        assert np.shares_memory(array, whole)
        assert not array.flags.writeable


@given(st.integers(0, len(BLOB) - 1), st.integers(1, 255))
def test_a_changed_byte_is_noticed(at: int, change: int) -> None:
    damaged = bytearray(BLOB)
    damaged[at] ^= change
    with pytest.raises(IndexDamagedError):
        Index.from_bytes(bytes(damaged))


@given(st.integers(0, len(BLOB) - 1), st.binary(max_size=3))
def test_a_part_of_an_index_or_one_with_more_behind_it_is_noticed(end: int, more: bytes) -> None:
    for damaged in (BLOB[:end], BLOB[:end] + more, BLOB + b"\0" + more):
        if damaged != BLOB:
            with pytest.raises(IndexDamagedError):
                Index.from_bytes(damaged)


@given(st.lists(st.tuples(st.integers(16, len(BLOB) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_bytes_with_a_checksum_are_refused_or_can_be_searched(changes: list[tuple[int, int]]) -> None:
    changed = bytearray(BLOB)
    for at, value in changes:
        changed[at] = value
    try:
        index = Index.from_bytes(resealed(bytes(changed)))
    except IndexDamagedError:
        return
    embedder = EMBEDDER
    if index.embedder == embedder.name and index.dimensions == embedder.dimensions:
        index.search("Melanie's lake in May", embedder, kinds=["fold", "episodic"], concepts=["k"], now=MAY_8)
        with suppress(IndexDamagedError):  # that its embedder knows no such token is seen when vectors are summed anew
            index.without([memory_id(1)], embedder).to_bytes()


def test_an_index_with_tokens_that_its_embedder_does_not_know_is_damaged() -> None:
    index = Index.from_bytes(BLOB)
    forged = replace(index, tokens=replace(index.tokens, ids=np.full_like(index.tokens.ids, 0xFFFF)))
    with pytest.raises(IndexDamagedError):
        forged.without([memory_id(1), memory_id(9)], EMBEDDER)


@given(
    st.dictionaries(
        st.sampled_from(["embedder", "kinds", "counted", "shapes"]),
        st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=3), st.lists, max_leaves=4),
        min_size=1,
    )
)
def test_any_header_is_refused_or_read(changes: dict[str, object]) -> None:
    _, _, length, _ = FRONT.unpack_from(BLOB)
    header = json.loads(BLOB[FRONT.size : FRONT.size + length]) | changes
    packed = json.dumps(header).encode()
    blob = FRONT.pack(b"LUKHASIX", 1, len(packed), bytes(32)) + packed + BLOB[FRONT.size + length :]
    try:
        Index.from_bytes(resealed(blob))
    except IndexDamagedError:
        return


def ended_with(array: np.ndarray, value: float) -> np.ndarray:
    changed = array.copy()
    changed[-1] = value
    return changed


@pytest.mark.parametrize(
    ("part", "name", "change"),
    [
        ("table", "kinds", lambda array: ended_with(array, 2)),
        ("table", "at", lambda array: array[1:]),
        ("vectors", "scales", lambda array: ended_with(array, np.nan)),
        ("vectors", "values", lambda array: array[1:]),
        ("tokens", "starts", lambda array: ended_with(array, array[-1] + 1)),
        ("tokens", "starts", lambda array: array[::-1]),
        ("tokens", "counts", lambda array: array[1:]),
        ("snapshot", "tokens", lambda array: array[::-1]),
        ("snapshot", "frequencies", lambda array: ended_with(array, 4)),
        ("terms", "rows", lambda array: ended_with(array, 3)),
        ("terms", "rows", lambda array: array[::-1]),
        ("terms", "keys", lambda array: array[::-1]),
        ("terms", "starts", lambda array: ended_with(array, array[-1] - 1)),
        ("terms", "counts", lambda array: array[1:]),
        ("concepts", "rows", lambda array: ended_with(array, 3)),
    ],
)
def test_a_place_outside_is_refused_though_the_checksum_is_right(part: str, name: str, change: Callable) -> None:
    index = Index.from_bytes(BLOB)
    whole = getattr(index, part)
    wrong = replace(index, **{part: replace(whole, **{name: change(getattr(whole, name))})})
    with pytest.raises(IndexDamagedError):
        Index.from_bytes(wrong.to_bytes())


def test_another_version_is_refused() -> None:
    with pytest.raises(IndexDamagedError, match="version"):
        Index.from_bytes(BLOB[:8] + b"\2" + BLOB[9:])


def test_an_index_is_asked_with_the_embedder_that_it_was_built_with() -> None:
    index = Index.from_bytes(BLOB)
    for ask in (
        lambda: index.search("lake", LetterEmbedder()),
        lambda: index.with_documents([], LetterEmbedder()),
        lambda: index.without([], LetterEmbedder()),
        lambda: index.merged(Index.build([], LetterEmbedder()), EMBEDDER),
    ):
        with pytest.raises(EmbedderDiffersError):
            ask()


@pytest.mark.parametrize(
    "document",
    [
        Document("no-uuid", "a", MAY_8, "episodic"),
        Document(memory_id(1), "a", float("nan"), "episodic"),
        Document(memory_id(1), "a", float("inf"), "episodic"),
        Document(memory_id(1), "a", MAY_8, "episodic", valid_from=1e300),
    ],
)
def test_what_cannot_be_kept_is_refused(document: Document) -> None:
    with pytest.raises(ValueError, match=r"UUID|finite"):
        Index.build([document], EMBEDDER)


def test_there_are_at_most_255_kinds() -> None:
    listed = [Document(memory_id(at), "", MAY_8, f"kind {at}") for at in range(256)]
    assert len(Index.build(listed[:255], EMBEDDER).kinds) == 255
    with pytest.raises(ValueError, match="255"):
        Index.build(listed, EMBEDDER)
    with pytest.raises(ValueError, match="255"):
        Index.build(listed[:200], EMBEDDER).merged(Index.build(listed[200:], EMBEDDER), EMBEDDER)


def test_a_document_with_a_known_id_takes_its_place() -> None:
    index = Index.build(talk("a lake", "a sunrise"), EMBEDDER)
    replaced = index.with_documents(talk("the kids"), EMBEDDER)
    assert len(replaced) == 2
    assert len(index) == 2
    assert replaced.search("kids", EMBEDDER, limit=1)[0].explanation.matched
    assert not replaced.search("lake", EMBEDDER, limit=1)[0].explanation.matched


def test_memories_are_found_by_key_the_newest_first() -> None:
    listed = [Document(memory_id(at), "a", MAY_8 + at, "episodic", key="kept" if at % 2 else "") for at in range(6)]
    index = Index.build(listed, EMBEDDER)
    assert index.ids_of_key("kept") == [memory_id(5), memory_id(3), memory_id(1)]
    assert index.ids_of_key("") == index.ids_of_key("other") == []


def test_tokens_are_counted_anew_when_there_are_a_quarter_more() -> None:
    index = Index.build(talk(*["a lake"] * 8), EMBEDDER)
    more = talk(*["the kids"] * 3, first=8)
    assert index.with_documents(more[:2], EMBEDDER).snapshot is index.snapshot
    grown = index.with_documents(more, EMBEDDER)
    assert grown.snapshot.documents == 11
    assert grown.to_bytes() == Index.build([*talk(*["a lake"] * 8), *more], EMBEDDER).to_bytes()


@given(st.integers(0, 1000), st.integers(1, 1024))
def test_cosines_are_exact_for_the_rounded_vectors_wherever_a_row_stands(seed: int, dimensions: int) -> None:
    chance = np.random.default_rng(seed)
    # Given rows as long as signed bytes can make them.
    rows = chance.choice([-1.0, 1.0], (3, dimensions)).astype(np.float32)
    vectors = quantised(rows)

    class Fixed(LetterEmbedder):
        def embed(self, texts: object) -> np.ndarray:
            return rows[:1]

    embedder = Fixed()
    embedder.dimensions = dimensions
    asked = question("", Index.build([], LetterEmbedder()).snapshot, embedder)
    assert asked is not None
    exact = vectors.values.astype(np.int64) @ asked.values.astype(np.int64)
    np.testing.assert_array_equal(cosines(vectors, asked), exact * (vectors.scales.astype(np.float64) / asked.length))
    assert cosines(vectors, asked)[0] == pytest.approx(1.0, abs=1e-3)


def test_a_row_that_says_nothing_has_the_cosine_zero() -> None:
    vectors = quantised(np.zeros((2, 4), np.float32))
    asked = Question(np.ones(4, np.float32), 2.0)
    assert cosines(vectors, asked).tolist() == [0.0, 0.0]
    assert len(cosines(Vectors(vectors.values[:0], vectors.scales[:0]), asked)) == 0
