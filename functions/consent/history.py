"""GET /consent/history"""

from typing import Annotated, Literal

from aws_lambda_powertools.event_handler import Depends
from aws_lambda_powertools.event_handler.openapi.params import Query

from lukhas_common import routes
from lukhas_common.aws.consent import history_page
from lukhas_common.consent.wire import HistoryPage
from lukhas_common.http import Caller, caller, endpoint


@endpoint(routes.CONSENT_HISTORY)
def handler(
    who: Annotated[Caller, Depends(caller)],
    of: Annotated[Literal["consent", "access"], Query()] = "consent",
    start: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> HistoryPage:
    """List what the caller consented to (``of=consent``), or who accessed their data (``of=access``), by pages.

    Accesses are shown in a session of the person only.
    """
    return history_page(who, of, start, limit)
