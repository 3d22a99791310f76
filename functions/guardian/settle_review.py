"""POST /guardian/reviews/{id}"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends
from aws_lambda_powertools.event_handler.openapi.params import Path

from lukhas_common import routes
from lukhas_common.aws.guardian import veto_standing, vetoes
from lukhas_common.guardian.errors import GuardianReason
from lukhas_common.guardian.wire import DecisionId, DecisionStanding, ReviewRequest
from lukhas_common.http import Caller, caller, endpoint


@endpoint(routes.SETTLE_REVIEW, errors=(GuardianReason.DECISION_UNKNOWN, GuardianReason.SECOND_PERSON_REQUIRED))
def handler(
    id: Annotated[DecisionId, Path()],
    request: ReviewRequest,
    who: Annotated[Caller, Depends(caller)],
) -> DecisionStanding:
    """Put on record that a decision was looked at and is left as it is; it leaves the list.

    The text is not kept: whoever asked has to show it.
    """
    return veto_standing(id, vetoes().review(id, who.user_id, request.reason))
