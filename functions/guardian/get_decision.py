"""GET /guardian/decisions/{id}"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends
from aws_lambda_powertools.event_handler.openapi.params import Path

from lukhas_common import routes
from lukhas_common.aws.guardian import admitted, decision_record
from lukhas_common.guardian.errors import GuardianReason
from lukhas_common.guardian.wire import DecisionId, DecisionRecord
from lukhas_common.http import Admit, Caller, admit_to, caller, endpoint


@endpoint(routes.GET_DECISION, errors=(GuardianReason.DECISION_UNKNOWN,))
def handler(
    id: Annotated[DecisionId, Path()],
    who: Annotated[Caller, Depends(caller)],
    admit: Annotated[Admit, Depends(admit_to)],
) -> DecisionRecord:
    """Show what was decided, by what, and what people made of it since. Of the texts it holds a hash, no more;
    of the context the facts that policies judge."""
    return decision_record(id, admitted(id, who, admit, routes.GET_DECISION))
