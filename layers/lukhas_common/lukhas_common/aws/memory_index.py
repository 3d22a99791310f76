"""Index, embedder and extractor put together; apart from the rest of the memory, because it loads numpy.

Those that ask a model are made anew for each errand or search, which has a time and a cost of its own. What they held
stays in the process.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from functools import cache

from lukhas_common.aws.bedrock_cost import FRAME_TOKENS, Prices
from lukhas_common.aws.bedrock_embedder import BedrockEmbedder, Held
from lukhas_common.aws.bedrock_purse import Purse
from lukhas_common.aws.clients import models, question_models
from lukhas_common.aws.embedding_models import embedding_model
from lukhas_common.aws.memory import objects, vectors
from lukhas_common.logs import LoggedAudit
from lukhas_common.memory.apart import Apart
from lukhas_common.memory.concepts import RuleExtractor
from lukhas_common.memory.extraction import Extractor
from lukhas_common.memory.indexes import AT_ONCE, Indexes, Placed
from lukhas_common.memory.search.embedder import Embedder
from lukhas_common.memory.search.static import shipped
from lukhas_common.settings import Settings, settings

TO_ANSWER, TO_FOLD, TO_SETTLE = 4.0, 6.0, 40.0
"""Seconds after which no call of a model begins any more: for whom somebody waits, and for an errand."""

EMBEDDED_AT_ONCE, NOTED_AT_ONCE = 500, 100
"""Memories of one run that a model embeds, and of which one notes what they are about."""


@cache
def held() -> Held:
    """Vectors of what was fresh lately."""
    return Held()


@cache
def opened() -> OrderedDict[str, Placed]:
    """Indexes that this process opened."""
    return OrderedDict()


def embedder(config: Settings, patience: float) -> Embedder:
    """What turns texts into vectors.

    Raises:
        UnknownModelError: the settings name a model that is none of those known.
    """
    if not config.bedrock_embedder_id:
        return shipped()
    return BedrockEmbedder(
        models() if patience >= TO_SETTLE else question_models(),
        config.bedrock_embedder_id,
        embedding_model(config.bedrock_embedder_id, config.bedrock_embedder_dimensions),
        Purse(config.memory_cost_cap, Prices(config.bedrock_embedder_price, 0, 0)),
        time.monotonic() + patience,
        held(),
    )


def extractor(config: Settings, patience: float) -> Extractor:
    """What notes what memories are about; rules, where somebody waits."""
    if not config.bedrock_extractor_id or patience < TO_SETTLE:
        return RuleExtractor()
    from lukhas_common.aws.bedrock_extractor import BedrockExtractor

    purse = Purse(config.memory_cost_cap, Prices.of(config))
    return BedrockExtractor(models(), config.bedrock_extractor_id, purse, time.monotonic() + patience, LoggedAudit())


def indexes(patience: float = TO_SETTLE) -> Indexes:
    """The indexes and graphs of all people, for one errand or search."""
    config = settings()
    turned = embedder(config, patience)
    found = vectors()
    apart = None if found is None else Apart(turned, found)
    return Indexes(objects(), turned, extractor(config, patience), apart, _at_once(config), opened())


def _at_once(config: Settings) -> int:
    """Memories of one run: so few that neither time nor cost can be too short for it, again and again."""
    most = AT_ONCE
    if config.bedrock_extractor_id:
        most = NOTED_AT_ONCE
    if config.bedrock_embedder_id:
        model = embedding_model(config.bedrock_embedder_id, config.bedrock_embedder_dimensions)
        dearest = (model.longest + FRAME_TOKENS) * config.bedrock_embedder_price
        most = min(most, EMBEDDED_AT_ONCE, max(1, config.memory_cost_cap * 1000 // dearest))
    return most
