"""DELETE /consciousness/memory"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from lukhas_common import routes
from lukhas_common.aws.memory_erasing import erase
from lukhas_common.http import Caller, caller, endpoint
from lukhas_common.memory.errors import MemoryReason
from lukhas_common.memory.wire import ErasedMemories


@endpoint(routes.ERASE_MEMORIES, errors=(MemoryReason.MEMORY_BUSY,))
def handler(who: Annotated[Caller, Depends(caller)]) -> ErasedMemories:
    """Erase all that is remembered of the caller, for good: the key that sealed it, every item, index and fold.

    The receipt says what was deleted, and what a look for it found afterwards. It may be repeated.
    """
    return erase(who)
