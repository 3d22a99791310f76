"""Embeddings by a model of Amazon Bedrock: InvokeModel, some calls at a time, within the time and cost of an errand."""

from __future__ import annotations

import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from lukhas_common.aws.bedrock_calls import Caller, Unanswered
from lukhas_common.aws.bedrock_cost import FRAME_TOKENS, OverBudget
from lukhas_common.aws.bedrock_purse import Purse
from lukhas_common.aws.embedding_models import EmbeddingModel
from lukhas_common.ledger.data_keys import CACHED_FOR
from lukhas_common.memory.search.embedder import Floats
from lukhas_common.memory.search.errors import MeaningError

WORKERS = 8
"""Calls at the same time."""

ATTEMPTS = 3
HELD = 4096
"""Vectors of texts that a process keeps, so that what is fresh is not embedded for each search anew."""

_MOST = 1e6
"""That a number of a vector may be: such a one has length 1 or some other that can be computed with."""

_COUNTED = "x-amzn-bedrock-input-token-count"


@dataclass
class Held:
    """Vectors by what they are of, for as long as a data key may be cached; after that none is left here."""

    clock: Callable[[], float] = time.monotonic
    rows: OrderedDict[bytes, Floats] = field(default_factory=OrderedDict, repr=False)
    since: float = 0.0

    def get(self, key: bytes) -> Floats | None:
        """One that is held."""
        if self.clock() - self.since > CACHED_FOR:
            self.rows.clear()
        return self.rows.get(key)

    def put(self, key: bytes, row: Floats) -> None:
        """Hold one; the one that was put first goes for it."""
        if not self.rows:
            self.since = self.clock()
        self.rows[key] = row
        while len(self.rows) > HELD:
            self.rows.popitem(last=False)


@dataclass(slots=True)
class BedrockEmbedder:
    """The QuestionEmbedder port; made anew for each errand or search.

    Attributes:
        client: of ``bedrock-runtime``.
        model_id: of the model, or of an inference profile that has it.
        until: on ``clock``; no try begins after it.
    """

    client: Any
    model_id: str
    model: EmbeddingModel
    purse: Purse
    until: float
    held: Held = field(default_factory=Held)
    workers: int = WORKERS
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    name: str = field(init=False)
    dimensions: int = field(init=False)

    def __post_init__(self) -> None:
        self.name, self.dimensions = self.model.name, self.model.dimensions

    def embed(self, texts: Sequence[str]) -> Floats:
        """One row of length 1 a text; zeros for one that is blank.

        Raises:
            MeaningError: not all could be had.
        """
        shown = [self._shown(text) for text in texts]
        keys = [hashlib.sha256(f"{self.name}\0{text}".encode()).digest() for text in shown]
        found = {key: self.held.get(key) for key, text in zip(keys, shown, strict=True) if text}
        missing = {key: text for key, text in zip(keys, shown, strict=True) if text and found[key] is None}
        for key, row in zip(missing, self._embedded(list(missing.values()), question=False), strict=True):
            found[key] = row
            self.held.put(key, row)
        rows = np.zeros((len(texts), self.dimensions), np.float32)
        for at, key in enumerate(keys):
            row_of = found.get(key)
            if row_of is not None:
                rows[at] = row_of
        return rows

    def embed_question(self, text: str) -> Floats:
        """The row of a question. Raises as ``embed``."""
        shown = self._shown(text)
        return self._embedded([shown], question=True)[0] if shown else np.zeros(self.dimensions, np.float32)

    def _shown(self, text: str) -> str:
        """What of a text is sent: nothing of one that is blank, and no half of a character."""
        cut = text.strip().encode("utf-8", "replace")[: self.model.longest]
        return cut.decode("utf-8", "ignore").strip()

    def _embedded(self, texts: Sequence[str], *, question: bool) -> list[Floats]:
        batches = [texts[at : at + self.model.batch] for at in range(0, len(texts), self.model.batch)]
        call = partial(self._called, question=question)
        try:
            if len(batches) < 2 or self.workers < 2:
                return [row for batch in batches for row in call(batch)]
            pool = ThreadPoolExecutor(min(self.workers, len(batches)))
            try:
                return [row for rows in pool.map(call, batches) for row in rows]
            finally:
                pool.shutdown(cancel_futures=True)
        except Unanswered as none:
            raise MeaningError(f"embedder: {none.reason}") from none

    def _called(self, texts: Sequence[str], *, question: bool) -> list[Floats]:
        body = self.model.body(texts, question=question)
        try:
            with self.purse.taken(list(texts), 0, ATTEMPTS) as budget:
                caller = Caller(budget, self.until, ATTEMPTS, self.clock, self.sleep)
                answer = caller(lambda: budget.for_model(list(texts), 0), lambda: self._invoked(body))
                budget.used_model({"inputTokens": _tokens(answer, texts)})
        except OverBudget as over:
            raise Unanswered("cost cap") from over
        return self._rows(answer["said"], len(texts))

    def _invoked(self, body: str) -> dict[str, Any]:
        """A call, and its body read to the end: that, too, can fail and be tried again."""
        answer = self.client.invoke_model(
            modelId=self.model_id, body=body, contentType="application/json", accept="application/json"
        )
        return {"said": answer["body"].read(), "headers": answer["ResponseMetadata"].get("HTTPHeaders", {})}

    def _rows(self, said: bytes, many: int) -> list[Floats]:
        try:
            rows = np.array(self.model.vectors(json.loads(said)), np.float64)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise Unanswered("malformed") from error
        if rows.shape != (many, self.dimensions) or not (np.abs(rows) <= _MOST).all():
            raise Unanswered("malformed")
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        if not (lengths > 0).all():
            raise Unanswered("malformed")
        return list((rows / lengths).astype(np.float32))


def _tokens(answer: Mapping[str, Any], texts: Sequence[str]) -> int:
    """How many tokens a call read: as its body says (Titan), or a header, or else at most."""
    try:
        said = json.loads(answer["said"])
        return int(said["inputTextTokenCount"] if "inputTextTokenCount" in said else answer["headers"][_COUNTED])
    except (ValueError, KeyError, TypeError, RecursionError):
        return FRAME_TOKENS + sum(len(text.encode()) for text in texts)
