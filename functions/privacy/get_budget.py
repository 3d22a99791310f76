"""GET /privacy/budget/{dataset}"""

from lukhas_common import routes
from lukhas_common.aws.privacy import budget
from lukhas_common.http import endpoint
from lukhas_common.privacy.errors import PrivacyReason
from lukhas_common.privacy.wire import PrivacyBudget


@endpoint(routes.GET_BUDGET, errors=(PrivacyReason.DATASET_UNKNOWN,))
def handler(dataset: str) -> PrivacyBudget:
    """Say what is left of a data set's budget, and what the answers cost by other ways of counting."""
    return budget(dataset)
