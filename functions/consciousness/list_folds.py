"""GET /consciousness/memory/folds"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends
from aws_lambda_powertools.event_handler.openapi.params import Query

from lukhas_common import routes
from lukhas_common.aws.memory import folds
from lukhas_common.http import Caller, caller, endpoint
from lukhas_common.memory.wire import MemoryFolds


@endpoint(routes.LIST_FOLDS)
def handler(who: Annotated[Caller, Depends(caller)], check: Annotated[bool, Query()] = False) -> MemoryFolds:
    """List the folds in which old memories are packed. With ``check``, every byte of them is read and verified."""
    return folds(who, check=check)
