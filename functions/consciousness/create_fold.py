"""POST /consciousness/memory/folds"""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from lukhas_common import routes
from lukhas_common.aws.memory_settling import create_fold
from lukhas_common.http import Caller, caller, endpoint
from lukhas_common.memory.errors import MemoryReason
from lukhas_common.memory.wire import CreatedFolds, CreateFoldRequest


@endpoint(
    routes.CREATE_FOLD,
    status=HTTPStatus.CREATED,
    errors=(MemoryReason.MEMORY_UNKNOWN, MemoryReason.MEMORY_INVALID, MemoryReason.MEMORY_BUSY),
)
def handler(request: CreateFoldRequest, who: Annotated[Caller, Depends(caller)]) -> CreatedFolds:
    """Pack memories away now, whatever their age. They are recalled and found as before; it may be repeated.

    The answer says which were left out, and why; where all were, that is a problem.
    """
    return create_fold(request.memory_ids, who)
