"""POST /guardian/veto"""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from lukhas_common import routes
from lukhas_common.aws.guardian import admitted, veto_standing, vetoes
from lukhas_common.guardian.errors import GuardianReason
from lukhas_common.guardian.wire import DecisionStanding, VetoRequest
from lukhas_common.http import Admit, Caller, admit_to, caller, endpoint


@endpoint(routes.RECORD_VETO, status=HTTPStatus.CREATED, errors=(GuardianReason.DECISION_UNKNOWN,))
def handler(
    request: VetoRequest,
    who: Annotated[Caller, Depends(caller)],
    admit: Annotated[Admit, Depends(admit_to)],
) -> DecisionStanding:
    """Put on record that an action is vetoed, and why; it ends an override of the same decision.

    It is about this decision: the same question, asked again, is judged anew.
    """
    admitted(request.action_id, who, admit, routes.RECORD_VETO)
    opened = vetoes().record(request.action_id, who.user_id, request.reason, request.explanation)
    return veto_standing(request.action_id, opened)
