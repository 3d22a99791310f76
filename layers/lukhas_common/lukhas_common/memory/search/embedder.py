"""What turns text into vectors: three small ports, and an embedder that says nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.uint16]


class Embedder(Protocol):
    """Turns texts into vectors that point the same way for texts of like meaning.

    Attributes:
        name: of the model and its version. Vectors of two names are never compared.
    """

    name: str
    dimensions: int

    def embed(self, texts: Sequence[str]) -> Floats:
        """One row of length 1 a text, shape ``(len(texts), dimensions)``; zeros where the text says nothing."""
        ...


@runtime_checkable
class TokenEmbedder(Embedder, Protocol):
    """An embedder whose text vectors are sums of token vectors.

    An index weighs the tokens of such a one by how rare they are among the person's own memories.
    """

    name: str
    dimensions: int

    def tokens(self, text: str) -> list[int]:
        """The ids of the text's tokens in order, each below 65,536; unknown ones are left out."""
        ...

    def vectors(self, ids: Ids) -> Floats:
        """The vectors of these tokens, shape ``(len(ids), dimensions)``; their lengths are their weights."""
        ...


@runtime_checkable
class QuestionEmbedder(Embedder, Protocol):
    """An embedder that turns a question into a vector in another way than the texts that may answer it."""

    name: str
    dimensions: int

    def embed_question(self, text: str) -> Floats:
        """One row of length 1; zeros where the text says nothing."""
        ...


@dataclass(slots=True)
class SilentEmbedder:
    """An embedder to which no text says anything: an index is searched with it by words alone."""

    name: str
    dimensions: int = 1

    def embed(self, texts: Sequence[str]) -> Floats:
        """Zeros."""
        return np.zeros((len(texts), self.dimensions), np.float32)
