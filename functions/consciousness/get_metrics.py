"""GET /consciousness/metrics"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from lukhas_common import routes
from lukhas_common.aws.consciousness import metrics
from lukhas_common.consciousness.wire import ConsciousnessMetrics
from lukhas_common.http import Caller, caller, endpoint


@endpoint(routes.CONSCIOUSNESS_METRICS)
def handler(who: Annotated[Caller, Depends(caller)]) -> ConsciousnessMetrics:
    """Say what processes measured of late: times, requests, errors and memory; and how drift and awareness went."""
    return metrics(who)
