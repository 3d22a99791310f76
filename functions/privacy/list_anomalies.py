"""GET /privacy/anomalies"""

from typing import Annotated, Literal

from aws_lambda_powertools.event_handler.openapi.params import Query

from lukhas_common import routes
from lukhas_common.aws.anomaly_answers import anomalies
from lukhas_common.http import endpoint
from lukhas_common.privacy.anomalies.wire import AFTER, PRINCIPAL, Anomalies


@endpoint(routes.LIST_ANOMALIES)
def handler(
    since: Annotated[str, Query(max_length=40)] = "",
    severity: Literal["", "low", "medium", "high", "critical"] = "",
    principal: Annotated[str, Query(pattern=f"{PRINCIPAL}|^$")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str, Query(pattern=AFTER)] = "",
    following: Annotated[str, Query(alias="next", pattern=AFTER, description="The same as `after`.")] = "",
) -> Anomalies:
    """List alerts about accesses, the newest first, since a time in RFC 3339 or of the last day; they are kept for 90
    days, or until the person is erased.
    """
    return anomalies(since, severity, principal, limit, after or following)
