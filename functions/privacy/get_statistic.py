"""POST /privacy/statistics"""

from lukhas_common import routes
from lukhas_common.aws.privacy import statistic
from lukhas_common.http import endpoint
from lukhas_common.privacy.errors import PrivacyReason
from lukhas_common.privacy.wire import PrivacyStatistic, StatisticRequest


@endpoint(
    routes.GET_STATISTIC,
    errors=(PrivacyReason.STATISTIC_INVALID, PrivacyReason.DATASET_UNKNOWN, PrivacyReason.BUDGET_EXHAUSTED),
)
def handler(request: StatisticRequest) -> PrivacyStatistic:
    """Answer with noise, once the answer is paid for from the data set's budget. A repeated question is paid again."""
    return statistic(request)
