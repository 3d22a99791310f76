"""GET /privacy/anomalies/{principal}"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from lukhas_common import routes
from lukhas_common.aws.anomaly_answers import timeline
from lukhas_common.http import Admit, admit_to, endpoint
from lukhas_common.privacy.anomalies.wire import PRINCIPAL, Timeline


@endpoint(routes.GET_ANOMALIES)
def handler(
    principal: Annotated[str, Path(pattern=PRINCIPAL)],
    admit: Annotated[Admit, Depends(admit_to)],
    limit: Annotated[int, Query(ge=1, le=200)] = 24,
    before: Annotated[int | None, Query(ge=0, le=2**53)] = None,
    following: Annotated[int | None, Query(alias="next", ge=0, le=2**53, description="The same as `before`.")] = None,
) -> Timeline:
    """Show what one account or network did hour by hour, the newest first, and which alerts that raised.

    That it was looked at is an entry among the accesses to that person's data, which the person can read.
    """
    return timeline(principal, admit, limit, following if before is None else before)
