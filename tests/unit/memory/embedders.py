"""Embedders for tests, whose vectors are easy to tell."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from lukhas_common.memory.search.embedder import Floats
from lukhas_common.memory.search.errors import MeaningError

ALIKE = {"automobile": "car", "canine": "dog", "feline": "cat"}
"""Words that mean the same to the embedder below, and are different words to a search by words."""


@dataclass(slots=True)
class Bagging:
    """A text is the sum of its words, each a direction that its hash draws; some mean the same."""

    name: str = "bagging"
    dimensions: int = 32
    asked: list[str] = field(default_factory=list)
    down: str = ""

    def embed(self, texts: Sequence[str]) -> Floats:
        if self.down and texts:
            raise MeaningError(self.down)
        self.asked += texts
        rows = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in enumerate(texts):
            words = [ALIKE.get(word, word) for word in text.lower().replace(".", "").split()]
            total = sum((self._of(word) for word in words), np.zeros(self.dimensions))
            length = np.linalg.norm(total)
            rows[row] = total / length if length else 0
        return rows

    def _of(self, word: str) -> np.ndarray:
        seed = int.from_bytes(hashlib.sha256(f"{self.name}{word}".encode()).digest()[:8], "big")
        return np.random.default_rng(seed).standard_normal(self.dimensions)
