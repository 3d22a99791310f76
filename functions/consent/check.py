"""POST /consent/check"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from lukhas_common import routes
from lukhas_common.aws.consent import engine
from lukhas_common.consent.errors import Reason
from lukhas_common.consent.wire import CheckRequest, CheckResponse
from lukhas_common.http import Caller, caller, endpoint


@endpoint(
    routes.CHECK_CONSENT,
    errors=(Reason.UNKNOWN_SCOPE, Reason.UNKNOWN_PURPOSE, Reason.UNKNOWN_CATEGORY, Reason.CATEGORY_NOT_IN_SCOPE),
)
def handler(request: CheckRequest, who: Annotated[Caller, Depends(caller)]) -> CheckResponse:
    """Say, for each scope, whether active consent covers this role and purpose, and which entry that rests on."""
    decision = engine().check_consent(
        request.user_id or who.user_id,
        request.requester_role,
        request.scopes,
        purpose=request.purpose,
        data_categories=request.data_categories or None,
    )
    return CheckResponse.of(decision)
