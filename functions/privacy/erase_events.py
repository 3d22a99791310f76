"""DELETE /privacy/events"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from lukhas_common import routes
from lukhas_common.aws.privacy import erase_events
from lukhas_common.http import Caller, caller, endpoint
from lukhas_common.privacy.wire import ErasedEvents


@endpoint(routes.ERASE_EVENTS)
def handler(who: Annotated[Caller, Depends(caller)]) -> ErasedEvents:
    """Delete the caller's events. Answers that were given stay, and so does what was spent on them."""
    return erase_events(who)
