"""POST /privacy/statistics"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from lukhas_common import routes
from lukhas_common.aws.privacy import statistic
from lukhas_common.http import Caller, IdempotencyKey, caller, endpoint
from lukhas_common.privacy.errors import PrivacyReason
from lukhas_common.privacy.wire import PrivacyStatistic, StatisticRequest


@endpoint(
    routes.GET_STATISTIC,
    errors=(
        PrivacyReason.STATISTIC_INVALID,
        PrivacyReason.DATASET_UNKNOWN,
        PrivacyReason.BUDGET_EXHAUSTED,
        PrivacyReason.IDEMPOTENCY_KEY_REUSED,
    ),
)
def handler(
    request: StatisticRequest,
    who: Annotated[Caller, Depends(caller)],
    idempotency_key: IdempotencyKey = None,
) -> PrivacyStatistic:
    """Answer with noise, once the answer is paid for from the data set's budget.

    A repeated question is paid again, but for one with the same Idempotency-Key, which has the same answer.
    """
    return statistic(request, who, idempotency_key)
