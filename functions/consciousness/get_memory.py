"""GET /consciousness/memory/keys/{key+}"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends
from aws_lambda_powertools.event_handler.openapi.params import Query

from lukhas_common import routes
from lukhas_common.aws.memory import recall
from lukhas_common.http import Caller, caller, endpoint, rest_of_path
from lukhas_common.memory.errors import MemoryReason
from lukhas_common.memory.wire import MemoryFacts


@endpoint(
    routes.GET_MEMORY,
    errors=(
        MemoryReason.MEMORY_INVALID,
        MemoryReason.MEMORY_UNKNOWN,
        MemoryReason.MEMORY_FADED,
        MemoryReason.MEMORY_DAMAGED,
    ),
)
def handler(
    key: Annotated[str, Depends(rest_of_path)],
    who: Annotated[Caller, Depends(caller)],
    as_of: Annotated[str | None, Query(max_length=40)] = None,
) -> MemoryFacts:
    """Recall the value of a key: the one that holds, or with ``as_of`` (RFC 3339) the one that held then."""
    return recall(key, who, as_of)
