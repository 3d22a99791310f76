"""What embedding models of Amazon Bedrock are sent, and what they answer: Titan Text Embeddings V2 and Cohere Embed.

Source: "Inference request parameters and response fields for foundation models" in the Amazon Bedrock User Guide.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

_FAMILY = re.compile(r"(?:^|[./])((?:amazon|cohere)\.[a-z0-9][a-z0-9.:-]*)$")
_LONGEST = 8000
"""Bytes of a text that are read. No token is shorter than a byte, so Titan's 8,192 tokens are never exceeded."""

_LONGEST_OF_V3 = 2048
"""Of Cohere Embed v3, which takes as many characters."""

_BATCH = 96
"""Texts of a call that Cohere takes at most."""


class UnknownModelError(ValueError):
    """No embedding model that is known here is called so, or it does not have so many dimensions."""


class EmbeddingModel(Protocol):
    """The format of one model.

    Attributes:
        name: of the model, wherever it is called, with all that changes its vectors.
        batch: texts of one call at most.
        longest: bytes of a text that are read.
    """

    name: str
    dimensions: int
    batch: int
    longest: int

    def body(self, texts: Sequence[str], *, question: bool) -> str:
        """What is sent for these texts."""
        ...

    def vectors(self, answer: Any) -> Any:
        """Of an answer one row a text, not checked. Raises KeyError or TypeError where there is none."""
        ...


@dataclass(slots=True)
class Titan:
    """Amazon Titan Text Embeddings V2: one text a call, the same for questions."""

    name: str
    dimensions: int
    batch: int = 1
    longest: int = _LONGEST

    def body(self, texts: Sequence[str], *, question: bool) -> str:
        (text,) = texts
        return json.dumps({"inputText": text, "dimensions": self.dimensions, "normalize": True})

    def vectors(self, answer: Any) -> Any:
        return [answer["embedding"]]


@dataclass(slots=True)
class Cohere:
    """Cohere Embed: many texts a call, and another vector for a question than for a text that answers it."""

    name: str
    dimensions: int
    options: Mapping[str, Any]
    batch: int = _BATCH
    longest: int = _LONGEST

    def body(self, texts: Sequence[str], *, question: bool) -> str:
        kind = "search_query" if question else "search_document"
        return json.dumps({"texts": list(texts), "input_type": kind, "embedding_types": ["float"], **self.options})

    def vectors(self, answer: Any) -> Any:
        found = answer["embeddings"]
        return found["float"] if isinstance(found, dict) else found


def embedding_model(model_id: str, dimensions: int) -> EmbeddingModel:
    """The format of a model, by its id or that of an inference profile.

    Raises:
        UnknownModelError: none that is known, or not with so many dimensions.
    """
    found = _FAMILY.search(model_id)
    family = found[1] if found else ""
    name = f"{family}/{dimensions}"
    if family.startswith("amazon.titan-embed-text-v2"):
        _require(model_id, dimensions, (256, 512, 1024))
        return Titan(name, dimensions)
    if family.startswith("cohere.embed-v4"):
        _require(model_id, dimensions, (256, 512, 1024, 1536))
        return Cohere(name, dimensions, {"output_dimension": dimensions, "truncate": "RIGHT"})
    if re.match(r"cohere\.embed-(english|multilingual)-v3", family):
        return Cohere(f"{family}/1024", 1024, {"truncate": "END"}, longest=_LONGEST_OF_V3)
    raise UnknownModelError(f"{model_id[:80]} is neither Titan Text Embeddings V2 nor Cohere Embed v3 or v4")


def _require(model_id: str, dimensions: int, known: tuple[int, ...]) -> None:
    if dimensions not in known:
        raise UnknownModelError(f"{model_id[:80]} has vectors of {', '.join(map(str, known))}, not of {dimensions}")
