"""POST /guardian/replay"""

from lukhas_common import routes
from lukhas_common.aws.guardian import replay
from lukhas_common.guardian.errors import GuardianReason
from lukhas_common.guardian.wire import ReplayRequest, ReplayResponse
from lukhas_common.http import endpoint


@endpoint(
    routes.REPLAY_DECISIONS,
    errors=(
        GuardianReason.POLICIES_UNKNOWN,
        GuardianReason.POLICIES_INVALID,
        GuardianReason.POLICIES_UNTRUSTED,
        GuardianReason.ACTION_INVALID,
    ),
)
def handler(request: ReplayRequest) -> ReplayResponse:
    """Make logged decisions again by other policies, other thresholds, or the detector of today; nothing is stored.

    The detector needs what was sent then, in ``inputs``; it is held against the hash that was logged.
    """
    return replay(request)
