"""POST /identity/qrg"""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from lukhas_common import routes
from lukhas_common.aws.tokens import qrg_generator
from lukhas_common.http import Caller, IdempotencyKey, caller, endpoint
from lukhas_common.identity.errors import Reason
from lukhas_common.qrg.models import QRGRequest, QRGTokenResponse


@endpoint(
    routes.QRG_ISSUE,
    status=HTTPStatus.CREATED,
    errors=(Reason.SCOPE_NOT_GRANTED, Reason.IDEMPOTENCY_KEY_REUSED, Reason.USER_NOT_FOUND),
)
def handler(
    request: QRGRequest, who: Annotated[Caller, Depends(caller)], idempotency_key: IdempotencyKey = None
) -> QRGTokenResponse:
    """Issue a QRG token with some of the caller's scopes. It lives on after the session, until it expires."""
    issuer = qrg_generator().issuer
    return QRGTokenResponse.of(
        issuer.issue(
            who.user_id, request.scopes, request.ttl_seconds, within=who.scopes, idempotency_key=idempotency_key
        )
    )
