"""POST /consent/{user_id}/{scope}/revoke"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends
from aws_lambda_powertools.event_handler.openapi.params import Path

from lukhas_common import routes
from lukhas_common.aws.consent import change, consent_history
from lukhas_common.consent.errors import Reason
from lukhas_common.consent.wire import ConsentChange, RevokeRequest
from lukhas_common.http import Caller, IdempotencyKey, caller, endpoint


@endpoint(routes.REVOKE_CONSENT, errors=(Reason.UNKNOWN_SCOPE, Reason.UNKNOWN_PURPOSE, Reason.IDEMPOTENCY_KEY_REUSED))
def handler(
    user_id: str,
    scope: Annotated[str, Path(max_length=64)],
    request: RevokeRequest,
    who: Annotated[Caller, Depends(caller)],
    idempotency_key: IdempotencyKey = None,
) -> ConsentChange:
    """End a person's consent to a scope and all beneath it; the person sees who did and why."""
    recorded = consent_history().revoke(
        user_id,
        scope,
        reason=request.reason,
        purpose=request.purpose,
        actor=who.user_id,
        idempotency_key=idempotency_key,
    )
    return change(recorded, for_person=False)
