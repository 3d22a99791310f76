"""POST /consent/{scope}/withdraw"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends
from aws_lambda_powertools.event_handler.openapi.params import Path

from lukhas_common import routes
from lukhas_common.aws.consent import change, consent_history
from lukhas_common.consent.errors import Reason
from lukhas_common.consent.wire import ConsentChange, WithdrawRequest
from lukhas_common.http import Caller, IdempotencyKey, caller, endpoint, source_ip


@endpoint(routes.WITHDRAW_CONSENT, errors=(Reason.UNKNOWN_SCOPE, Reason.UNKNOWN_PURPOSE, Reason.IDEMPOTENCY_KEY_REUSED))
def handler(
    scope: Annotated[str, Path(max_length=64)],
    request: WithdrawRequest,
    who: Annotated[Caller, Depends(caller)],
    ip: Annotated[str, Depends(source_ip)],
    idempotency_key: IdempotencyKey = None,
) -> ConsentChange:
    """Withdraw consent to a scope and all beneath it. An empty object is all that the body needs to be."""
    recorded = consent_history().withdraw(
        who.user_id, scope, purpose=request.purpose, reason=request.reason, ip=ip, idempotency_key=idempotency_key
    )
    return change(recorded)
