"""GET /guardian/reviews"""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from lukhas_common import routes
from lukhas_common.aws.guardian import reviews
from lukhas_common.guardian.wire import Reviews
from lukhas_common.http import endpoint


@endpoint(routes.LIST_REVIEWS)
def handler(
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str, Query(pattern="^[0-9a-f-]{0,36}$")] = "",
) -> Reviews:
    """List decisions that a person is to look at: what could not be judged, and what a mere suspicion is against.

    One leaves the list when somebody else than who asked vetoes it, when it is overridden, or when it is settled
    (POST /guardian/reviews/{id}).
    """
    return reviews(limit, after)
