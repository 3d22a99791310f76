"""POST /consciousness/memory"""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from lukhas_common import routes
from lukhas_common.aws.memory import store
from lukhas_common.http import Caller, IdempotencyKey, caller, endpoint, request_id
from lukhas_common.memory.errors import MemoryReason
from lukhas_common.memory.wire import StoredMemory, StoreMemoryRequest


@endpoint(
    routes.STORE_MEMORY,
    status=HTTPStatus.CREATED,
    errors=(MemoryReason.MEMORY_INVALID, MemoryReason.MEMORY_BUSY, MemoryReason.IDEMPOTENCY_KEY_REUSED),
)
def handler(
    request: StoreMemoryRequest,
    who: Annotated[Caller, Depends(caller)],
    trace: Annotated[str | None, Depends(request_id)],
    idempotency_key: IdempotencyKey = None,
) -> StoredMemory:
    """Remember a value under a key. What was remembered under it before is kept and can be recalled as of then.

    An Idempotency-Key is remembered for a day: the same request with it stores nothing again, and another is refused.
    """
    return StoredMemory.of(store(request, who, trace, idempotency_key))
