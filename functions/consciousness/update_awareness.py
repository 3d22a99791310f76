"""POST /consciousness/awareness/update"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from lukhas_common import routes
from lukhas_common.aws.consciousness import update_awareness
from lukhas_common.consciousness.errors import ConsciousnessReason
from lukhas_common.consciousness.wire import AwarenessFacts, AwarenessUpdate
from lukhas_common.http import Caller, IdempotencyKey, caller, endpoint


@endpoint(routes.UPDATE_AWARENESS, errors=(ConsciousnessReason.IDEMPOTENCY_KEY_REUSED,))
def handler(
    request: AwarenessUpdate,
    who: Annotated[Caller, Depends(caller)],
    idempotency_key: IdempotencyKey = None,
) -> AwarenessFacts:
    """Set the level of awareness, which takes the role admin. It is on record with its reason before it counts."""
    return update_awareness(request, who, idempotency_key)
