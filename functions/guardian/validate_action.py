"""POST /guardian/validate"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from lukhas_common import routes
from lukhas_common.aws.guardian import guardian, question
from lukhas_common.consent.errors import Reason
from lukhas_common.guardian.errors import GuardianReason
from lukhas_common.guardian.wire import ActionRequest, ValidationResponse
from lukhas_common.http import Caller, caller, endpoint, request_id


@endpoint(
    routes.VALIDATE_ACTION,
    errors=(
        GuardianReason.ACTION_INVALID,
        GuardianReason.POLICIES_UNTRUSTED,
        GuardianReason.GUARDIAN_UNAVAILABLE,
        Reason.UNKNOWN_PURPOSE,
    ),
)
def handler(
    request: ActionRequest,
    who: Annotated[Caller, Depends(caller)],
    trace: Annotated[str | None, Depends(request_id)],
) -> ValidationResponse:
    """Say whether an action may be done for a person, by which policies not, and what would have made it allowed.

    ``valid`` false with ``coverage.judged`` false means: cannot judge. Do nothing then; a person will look at it.
    """
    return ValidationResponse.of(guardian().validate(question(request, who, trace)))
