"""POST /privacy/events"""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from lukhas_common import routes
from lukhas_common.aws.privacy import log_event
from lukhas_common.http import Caller, IdempotencyKey, caller, endpoint
from lukhas_common.privacy.errors import PrivacyReason
from lukhas_common.privacy.wire import LogEventRequest, LoggedEvent


@endpoint(
    routes.LOG_EVENT,
    status=HTTPStatus.CREATED,
    errors=(PrivacyReason.EVENT_INVALID, PrivacyReason.DATASET_UNKNOWN, PrivacyReason.IDEMPOTENCY_KEY_REUSED),
)
def handler(
    request: LogEventRequest,
    who: Annotated[Caller, Depends(caller)],
    idempotency_key: IdempotencyKey = None,
) -> LoggedEvent:
    """Keep the declared columns of an event, under a pseudonym. Nothing else of it is kept.

    Repeated with the same Idempotency-Key it is kept once. A key belongs to what was kept of one event: an event that
    differs in nothing else is the same.
    """
    return log_event(request, who, idempotency_key)
