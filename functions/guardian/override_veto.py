"""POST /guardian/veto/{id}/override"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends
from aws_lambda_powertools.event_handler.openapi.params import Path

from lukhas_common import routes
from lukhas_common.aws.guardian import veto_standing, vetoes
from lukhas_common.guardian.errors import GuardianReason
from lukhas_common.guardian.wire import DecisionId, DecisionStanding, OverrideRequest
from lukhas_common.http import Caller, caller, endpoint
from lukhas_common.problems import moment


@endpoint(
    routes.OVERRIDE_VETO,
    errors=(
        GuardianReason.DECISION_UNKNOWN,
        GuardianReason.NOT_OVERRIDABLE,
        GuardianReason.PROPOSAL_UNNAMED,
        GuardianReason.SECOND_PERSON_REQUIRED,
    ),
)
def handler(
    id: Annotated[DecisionId, Path()],
    request: OverrideRequest,
    who: Annotated[Caller, Depends(caller)],
) -> DecisionStanding:
    """Propose that a veto is not to hold for a time, or approve what another admin proposed within a day.

    From the approval on, the same question of the same person is answered ``overridden``, as long as nothing else
    speaks against it.
    """
    until = moment(request.expires_at, "expires_at")
    return veto_standing(id, vetoes().override(id, who.user_id, request.reason, until, request.proposal))
