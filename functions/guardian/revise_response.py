"""POST /guardian/revise"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from lukhas_common import routes
from lukhas_common.aws.constitution import safety_for
from lukhas_common.guardian.constitution.wire import ReviseRequest, RevisionResponse
from lukhas_common.http import Caller, caller, endpoint


@endpoint(routes.REVISE_RESPONSE)
def handler(request: ReviseRequest, who: Annotated[Caller, Depends(caller)]) -> RevisionResponse:
    """Criticise a response by the constitution and revise it until nothing speaks against it.

    Nothing is invented: what only a language model could do is named in ``needs_llm``. A response that cannot be
    judged comes back as it is, with ``valid`` false.
    """
    revised = safety_for(who.user_id).critique_and_revise(request.response, request.max_iterations)
    return RevisionResponse.of(revised)
