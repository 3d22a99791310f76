"""Embedder and extractor of memories at Amazon Bedrock; loaded only where the settings name them.

They are made anew for each errand or search, which has a time and a cost of its own. What they held stays in the
process.
"""

from __future__ import annotations

import time
from functools import cache

from lukhas_common.aws.bedrock_cost import FRAME_TOKENS, Prices
from lukhas_common.aws.bedrock_embedder import BedrockEmbedder, Held
from lukhas_common.aws.bedrock_extractor import BedrockExtractor
from lukhas_common.aws.bedrock_purse import Purse
from lukhas_common.aws.clients import models, question_models
from lukhas_common.aws.embedding_models import EmbeddingModel, embedding_model
from lukhas_common.logs import LoggedAudit
from lukhas_common.settings import Settings

EMBEDDED_AT_ONCE = 500
"""Memories of one run that a model embeds."""


@cache
def held() -> Held:
    """Vectors of what was fresh lately."""
    return Held()


def embedder(config: Settings, patience: float, *, waited_for: bool) -> BedrockEmbedder:
    """What turns texts into vectors; quick clients where somebody waits.

    Raises:
        UnknownModelError: the settings name a model that is none of those known.
    """
    return BedrockEmbedder(
        question_models() if waited_for else models(),
        config.bedrock_embedder_id,
        _model(config),
        Purse(config.memory_cost_cap, Prices(config.bedrock_embedder_price, 0, 0)),
        time.monotonic() + patience,
        held(),
    )


def extractor(config: Settings, patience: float) -> BedrockExtractor:
    """What notes what memories are about."""
    purse = Purse(config.memory_cost_cap, Prices.of(config))
    return BedrockExtractor(models(), config.bedrock_extractor_id, purse, time.monotonic() + patience, LoggedAudit())


def embedded_at_once(config: Settings) -> int:
    """Memories of one run that the time and the cost of it are enough for."""
    dearest = (_model(config).longest + FRAME_TOKENS) * config.bedrock_embedder_price
    return min(EMBEDDED_AT_ONCE, max(1, config.memory_cost_cap * 1000 // dearest))


def _model(config: Settings) -> EmbeddingModel:
    return embedding_model(config.bedrock_embedder_id, config.bedrock_embedder_dimensions)
