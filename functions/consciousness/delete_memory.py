"""DELETE /consciousness/memory/keys/{key+}"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from lukhas_common import routes
from lukhas_common.aws.memory import forget
from lukhas_common.http import Caller, caller, endpoint, rest_of_path
from lukhas_common.memory.errors import MemoryReason
from lukhas_common.memory.wire import ForgottenMemories


@endpoint(routes.DELETE_MEMORY, errors=(MemoryReason.MEMORY_INVALID,))
def handler(key: Annotated[str, Depends(rest_of_path)], who: Annotated[Caller, Depends(caller)]) -> ForgottenMemories:
    """Forget all values of a key. It may be repeated.

    They are gone from recall and search at once, from the index within six hours, from folds within a week.
    """
    return ForgottenMemories(values=forget(key, who))
