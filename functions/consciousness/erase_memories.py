"""DELETE /consciousness/memory"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from lukhas_common import routes
from lukhas_common.aws.memory_erasing import erase
from lukhas_common.http import Caller, caller, endpoint
from lukhas_common.memory.wire import ErasedMemories


@endpoint(routes.ERASE_MEMORIES)
def handler(who: Annotated[Caller, Depends(caller)]) -> ErasedMemories:
    """Erase all that is remembered of the caller, for good: the key that sealed it, every item, index and fold.

    The receipt says what was deleted, and that nothing was found afterwards. It may be repeated.
    """
    return erase(who)
