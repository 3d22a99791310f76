"""Index and embedder put together; apart from the rest of the memory, because it loads numpy."""

from __future__ import annotations

from functools import cache

from lukhas_common.aws.memory import objects
from lukhas_common.memory.concepts import RuleExtractor
from lukhas_common.memory.indexes import Indexes
from lukhas_common.memory.search.embedder import Embedder
from lukhas_common.memory.search.static import shipped


@cache
def embedder() -> Embedder:
    """What turns texts into vectors."""
    return shipped()


@cache
def indexes() -> Indexes:
    """The indexes and graphs of all people."""
    return Indexes(objects(), embedder(), RuleExtractor())
