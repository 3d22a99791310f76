"""GET /consciousness/status"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from lukhas_common import routes
from lukhas_common.aws.consciousness import current_status
from lukhas_common.consciousness.wire import ConsciousnessStatus
from lukhas_common.http import Caller, caller, endpoint


@endpoint(routes.CONSCIOUSNESS_STATUS)
def handler(who: Annotated[Caller, Depends(caller)]) -> ConsciousnessStatus:
    """Say how the system is: derived from the heartbeats of its processes and subsystems, and from what drifts."""
    return current_status(who)
