"""GET /guardian/health"""

from lukhas_common import routes
from lukhas_common.aws.guardian import health
from lukhas_common.guardian.wire import HealthStatus
from lukhas_common.http import endpoint


@endpoint(routes.GUARDIAN_HEALTH)
def handler() -> HealthStatus:
    """Say whether policies decide, verified; whether the detector detects; and whether decisions come out as before.

    It is measured at most every ten seconds.
    """
    return health()
