"""Index, embedder and extractor put together; apart from the rest of the memory, because it loads numpy."""

from __future__ import annotations

from functools import cache

from lukhas_common.aws.memory import objects, vectors
from lukhas_common.logs import LoggedAudit
from lukhas_common.memory.apart import Apart
from lukhas_common.memory.concepts import RuleExtractor
from lukhas_common.memory.extraction import Extractor
from lukhas_common.memory.indexes import AT_ONCE, Held, Indexes
from lukhas_common.memory.search.embedder import Embedder
from lukhas_common.memory.search.static import shipped
from lukhas_common.settings import Settings, settings

TO_ANSWER, TO_FOLD, TO_SETTLE = 4.0, 6.0, 40.0
"""Seconds after which no call of a model begins any more: for whom somebody waits, and for an errand."""

NOTED_AT_ONCE = 100
"""Memories of one run of which a model notes what they are about."""


@cache
def opened() -> Held:
    """Indexes and graphs that this process opened."""
    return Held()


def embedder(config: Settings, patience: float) -> Embedder:
    """What turns texts into vectors.

    Raises:
        UnknownModelError: the settings name a model that is none of those known.
    """
    if not config.bedrock_embedder_id:
        return shipped()
    from lukhas_common.aws import bedrock_memory

    return bedrock_memory.embedder(config, patience, waited_for=patience < TO_SETTLE)


def extractor(config: Settings, patience: float) -> Extractor:
    """What notes what memories are about; rules, where somebody waits."""
    if not config.bedrock_extractor_id or patience < TO_SETTLE:
        return RuleExtractor()
    from lukhas_common.aws import bedrock_memory

    return bedrock_memory.extractor(config, patience)


def indexes(patience: float = TO_SETTLE) -> Indexes:
    """The indexes and graphs of all people, for one errand or search."""
    config = settings()
    turned = embedder(config, patience)
    found = vectors()
    apart = None if found is None else Apart(turned, found)
    return Indexes(objects(), turned, extractor(config, patience), apart, _at_once(config), opened(), LoggedAudit())


def _at_once(config: Settings) -> int:
    """Memories of one run: so few that neither time nor cost can be too short for it, again and again."""
    most = NOTED_AT_ONCE if config.bedrock_extractor_id else AT_ONCE
    if not config.bedrock_embedder_id:
        return most
    from lukhas_common.aws import bedrock_memory

    return min(most, bedrock_memory.embedded_at_once(config))
