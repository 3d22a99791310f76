"""GET /consciousness/memory"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends
from aws_lambda_powertools.event_handler.openapi.params import Query

from lukhas_common import routes
from lukhas_common.aws.memory import timeline
from lukhas_common.http import Caller, caller, endpoint
from lukhas_common.memory.wire import MemoryTimeline

Time = Annotated[str | None, Query(max_length=40)]


@endpoint(routes.LIST_MEMORIES)
def handler(
    who: Annotated[Caller, Depends(caller)],
    since: Time = None,
    until: Time = None,
    after: Annotated[str | None, Query(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> MemoryTimeline:
    """List what is remembered in the order of time, page by page: all of it, if nothing else is asked for.

    ``since`` and ``until`` are times in RFC 3339.
    """
    return timeline(who, since, until, after, limit)
