"""POST /consciousness/memory/search"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from lukhas_common import routes
from lukhas_common.aws.memory_search import search
from lukhas_common.http import Caller, caller, endpoint
from lukhas_common.memory.errors import MemoryReason
from lukhas_common.memory.wire import FoundMemories, SearchMemoriesRequest


@endpoint(routes.SEARCH_MEMORIES, errors=(MemoryReason.MEMORY_DAMAGED,))
def handler(request: SearchMemoriesRequest, who: Annotated[Caller, Depends(caller)]) -> FoundMemories:
    """Search by words and by meaning. Each answer says why it was found: its parts add up to the score."""
    return search(request, who)
