"""Made-up conversations to search, and an embedder that has no tokens."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from lukhas_common.memory.search.documents import Document

MAY_8 = 1_683_550_560.0
SAID = "Caroline Melanie painted a lake sunrise support group yesterday kids work the of and 2023 café 日本語 😀"
WORDS = SAID.split()

texts = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)
sessions = st.sampled_from(["", "one", "two", "three"])


def memory_id(number: int) -> str:
    """A UUID that orders as the number does."""
    return str(uuid.UUID(int=number))


@st.composite
def documents(draw: st.DrawFn, most: int = 12, first: int = 0) -> list[Document]:
    """Documents with ids from ``first`` on, in any order; some share a session, a time or a text."""
    count = draw(st.integers(0, most))
    numbers = draw(st.permutations(range(first, first + count)))
    return [
        Document(
            memory_id(number),
            draw(texts),
            MAY_8 + draw(st.integers(0, 4)) * 86_400,
            draw(st.sampled_from(["episodic", "semantic"])),
            session=draw(sessions),
            concepts=tuple(draw(st.sets(st.sampled_from(["painting", "Kids", "work"])))),
            key=draw(st.sampled_from(["", "a", "b"])),
        )
        for number in numbers
    ]


def talk(*turns: str, session: str = "s", at: float = MAY_8, first: int = 0) -> list[Document]:
    """A session, a turn a minute."""
    return [
        Document(memory_id(first + number), turn, at + 60 * number, "episodic", session=session)
        for number, turn in enumerate(turns)
    ]


class LetterEmbedder:
    """How often each letter occurs."""

    name = "letters"
    dimensions = 26

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        rows = np.array([[text.lower().count(chr(97 + at)) for at in range(26)] for text in texts], np.float32)
        lengths = np.linalg.norm(rows.reshape(-1, 26), axis=1, keepdims=True)
        return np.divide(rows.reshape(-1, 26), lengths, out=np.zeros_like(rows.reshape(-1, 26)), where=lengths > 0)
