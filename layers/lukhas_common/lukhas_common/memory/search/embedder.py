"""What turns text into vectors: two small ports."""

from __future__ import annotations

from collections.abc import Sequence
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
