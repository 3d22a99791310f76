"""GET /guardian/reviews"""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from lukhas_common import routes
from lukhas_common.aws.guardian import decisions
from lukhas_common.guardian.wire import ReviewItem, Reviews
from lukhas_common.http import endpoint


@endpoint(routes.LIST_REVIEWS)
def handler(limit: Annotated[int, Query(ge=1, le=200)] = 50) -> Reviews:
    """List decisions that a person is to look at: what could not be judged, and what was refused on a suspicion.

    One leaves the list when it is vetoed (POST /guardian/veto) or overridden.
    """
    return Reviews(reviews=[ReviewItem.of(noted) for noted in decisions().reviews(limit)])
