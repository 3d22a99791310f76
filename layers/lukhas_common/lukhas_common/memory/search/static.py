"""The embedded model: a vector a token, whose sum over a text is the text's vector.

The files are in the layer of the model, which ``scripts/build_embedder.py`` builds: 256 signed bytes a token, a scale a
token, and the vocabulary. They are mapped into memory, so that only the rows that are used are ever read.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path

import numpy as np

from lukhas_common.memory.search.embedder import Floats, Ids
from lukhas_common.memory.search.wordpiece import WordPiece

VECTORS, SCALES, VOCABULARY = "vectors.npy", "scales.npy", "vocabulary.txt"


class StaticEmbedder:
    """A TokenEmbedder on the files of a folder; opening it reads none of them."""

    name = "static256"
    dimensions = 256

    def __init__(self, folder: Path) -> None:
        """``folder``: holds vectors.npy (int8), scales.npy (float16) and vocabulary.txt, a token a line."""
        self._folder = folder

    def tokens(self, text: str) -> list[int]:
        """Of a text, in order."""
        return self._pieces.tokens(text)

    def vectors(self, ids: Ids) -> Floats:
        """Of tokens; the rarer a token is in English, the longer its vector (Arora and others 2017, SIF)."""
        quantised, scales = self._arrays
        found: Floats = quantised[ids].astype(np.float32)
        found *= scales[ids]
        return found

    def embed(self, texts: Sequence[str]) -> Floats:
        """The direction of the sum of each text's token vectors."""
        rows = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in enumerate(texts):
            ids = self.tokens(text)
            if ids:
                kinds, counts = np.unique(np.array(ids, np.uint16), return_counts=True)
                total = counts.astype(np.float32) @ self.vectors(kinds)
                length = float(np.linalg.norm(total))
                rows[row] = total / length if length > 0 else 0.0
        return rows

    @cached_property
    def _pieces(self) -> WordPiece:
        lines = (self._folder / VOCABULARY).read_text(encoding="utf-8").split("\n")
        return WordPiece(dict(zip(lines, range(len(lines)), strict=True)))

    @cached_property
    def _arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """The bytes, mapped; the scales, a column."""
        quantised = np.load(self._folder / VECTORS, mmap_mode="r")
        return quantised, np.load(self._folder / SCALES).astype(np.float32)[:, np.newaxis]


@cache
def shipped() -> StaticEmbedder:
    """The model of the layer.

    Raises:
        ModuleNotFoundError: the function does not have the layer.
    """
    from lukhas_memory_model import FOLDER

    return StaticEmbedder(FOLDER)
