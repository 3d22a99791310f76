"""Search put together from its adapters."""

from __future__ import annotations

from dataclasses import asdict

from lukhas_common import times
from lukhas_common.aws.memory import manifests, memories, moment_if, remembering, vault
from lukhas_common.aws.memory_index import TO_ANSWER, indexes
from lukhas_common.http import Caller
from lukhas_common.memory.models import MemoryType
from lukhas_common.memory.searching import Question, Searching
from lukhas_common.memory.wire import FoundMemories, FoundMemory, MemoryFacts, SearchMemoriesRequest


def searching() -> Searching:
    """What searches."""
    return Searching(memories(), vault(), manifests(), indexes(TO_ANSWER), remembering(), times.now)


def search(request: SearchMemoriesRequest, who: Caller) -> FoundMemories:
    """What fits a request best."""
    answer = searching().search(
        request.user_id or who.user_id,
        Question(
            query=request.query,
            limit=request.limit,
            types=frozenset(MemoryType(name) for name in request.memory_types or MemoryType),
            since=moment_if(request.since, "since"),
            until=moment_if(request.until, "until"),
            concepts=tuple(request.concepts or ()),
            superseded=request.superseded,
            faded=request.faded,
        ),
    )
    now = times.now()
    return FoundMemories(
        memories=[
            FoundMemory(memory=MemoryFacts.of(each.memory, now), score=each.score, explanation=dict(each.explanation))
            for each in answer.found
        ],
        relations=[{**asdict(relation), "at": times.rfc3339(relation.at)} for relation in answer.relations],
        degraded=answer.degraded or None,
    )
