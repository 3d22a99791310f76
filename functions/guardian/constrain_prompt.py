"""POST /guardian/constrain"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from lukhas_common import routes
from lukhas_common.aws.constitution import safety_for
from lukhas_common.guardian.constitution.wire import ConstrainRequest, ConstraintResponse
from lukhas_common.http import Caller, caller, endpoint


@endpoint(routes.CONSTRAIN_PROMPT)
def handler(request: ConstrainRequest, who: Annotated[Caller, Depends(caller)]) -> ConstraintResponse:
    """Put a prompt under the constitution before it is executed, or block it.

    Send ``system`` and ``user`` in fields of their own where the model has them, ``constrained`` otherwise.
    """
    return ConstraintResponse.of(safety_for(who.user_id).enforce_safety_constraints(request.prompt))
