"""Writes the index of records as folds had it before their indexes told frames; the library only reads it."""

from __future__ import annotations

from collections.abc import Iterable

from lukhas_common.memory.folds import words as lexicon
from lukhas_common.memory.folds import zstandard
from lukhas_common.memory.folds.bits import in_common, varints
from lukhas_common.memory.folds.index import stream


class IndexWriter:
    """Takes the words of records one by one, in the order of their ids."""

    def __init__(self) -> None:
        self._records = 0
        self._postings: dict[str, bytearray] = {}
        self._last: dict[str, int] = {}

    def add(self, words: Iterable[str]) -> None:
        """The words of the next record."""
        row = self._records
        self._records += 1
        for word in {found for word in words if (found := lexicon.normal(word))}:
            self._postings.setdefault(word, bytearray()).extend(varints([row - self._last.get(word, -1) - 1]))
            self._last[word] = row

    def block(self, level: int = zstandard.LEVEL) -> bytes:
        """The block, before it is sealed."""
        vocabulary = sorted(self._postings)
        shared = [in_common(one, two) for one, two in zip(["", *vocabulary], vocabulary, strict=False)]
        rests = [word[same:] for word, same in zip(vocabulary, shared, strict=True)]
        streams = [
            varints(shared),
            "\n".join(rests).encode(),
            varints(len(self._postings[word]) for word in vocabulary),
            b"".join(self._postings[word] for word in vocabulary),
        ]
        return b"".join(stream(data, level) for data in streams)
