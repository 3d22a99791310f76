"""POST /consent"""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from lukhas_common import routes
from lukhas_common.aws.consent import change, consent_history
from lukhas_common.consent.errors import Reason
from lukhas_common.consent.wire import ConsentChange, GrantRequest
from lukhas_common.http import Caller, IdempotencyKey, caller, endpoint, source_ip


@endpoint(
    routes.GRANT_CONSENT,
    status=HTTPStatus.CREATED,
    errors=(
        Reason.INVALID,
        Reason.UNKNOWN_SCOPE,
        Reason.UNKNOWN_PURPOSE,
        Reason.UNKNOWN_CATEGORY,
        Reason.CATEGORY_NOT_IN_SCOPE,
        Reason.EXPLICIT_CONSENT_REQUIRED,
        Reason.EXPIRY_REQUIRED,
        Reason.EXPIRY_IN_THE_PAST,
        Reason.TOO_MANY_GRANTS,
        Reason.IDEMPOTENCY_KEY_REUSED,
    ),
)
def handler(
    request: GrantRequest,
    who: Annotated[Caller, Depends(caller)],
    ip: Annotated[str, Depends(source_ip)],
    idempotency_key: IdempotencyKey = None,
) -> ConsentChange:
    """Consent to something, or change what was consented to. Keep the receipt: it proves the entry without us."""
    grant = request.as_grant(ip)
    return change(consent_history().grant(who.user_id, grant, idempotency_key=idempotency_key))
