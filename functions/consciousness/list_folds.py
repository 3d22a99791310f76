"""GET /consciousness/memory/folds"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends
from aws_lambda_powertools.event_handler.openapi.params import Query

from lukhas_common import routes
from lukhas_common.aws.memory import folds
from lukhas_common.http import Caller, caller, endpoint
from lukhas_common.memory.errors import MemoryReason
from lukhas_common.memory.wire import MemoryFolds


@endpoint(routes.LIST_FOLDS, errors=(MemoryReason.MEMORY_DAMAGED,))
def handler(
    who: Annotated[Caller, Depends(caller)],
    check: Annotated[bool, Query()] = False,
    words: Annotated[str | None, Query(max_length=1024)] = None,
) -> MemoryFolds:
    """List the folds in which old memories are packed.

    With ``check``, all of each is read and compared with what was stored. With ``words``, each fold's own index says
    which of its memories have any of them in their key, text or concepts, the best 20.
    """
    return folds(who, words, check=check)
