"""POST /consciousness/drift/detect"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from lukhas_common import routes
from lukhas_common.aws.consciousness import detect_drift
from lukhas_common.consciousness.errors import ConsciousnessReason
from lukhas_common.consciousness.wire import DriftDetection, DriftDetectionRequest
from lukhas_common.http import Admit, Caller, IdempotencyKey, admit_to, caller, endpoint


@endpoint(
    routes.DETECT_DRIFT,
    errors=(
        ConsciousnessReason.IDEMPOTENCY_KEY_REUSED,
        ConsciousnessReason.BASELINE_MISMATCH,
        ConsciousnessReason.TOO_MANY_SERIES,
        ConsciousnessReason.SERIES_BUSY,
    ),
)
def handler(
    request: DriftDetectionRequest,
    who: Annotated[Caller, Depends(caller)],
    admit: Annotated[Admit, Depends(admit_to)],
    idempotency_key: IdempotencyKey = None,
) -> DriftDetection:
    """Compare a state with its baseline, and say by what it differs: contributions add up to the score exactly.

    States are not kept. With ``series`` the score is, and a watch over the series raises an alarm when it changes.
    """
    return detect_drift(request, who, admit, idempotency_key)
