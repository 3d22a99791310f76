"""GET /health"""

from lukhas_common import routes
from lukhas_common.aws.identity import session_store
from lukhas_common.http import endpoint
from lukhas_common.identity.errors import Reason
from lukhas_common.identity.models import Health
from lukhas_common.problems import Refusal
from lukhas_common.settings import settings


@endpoint(routes.HEALTH, errors=(Reason.UNAVAILABLE,))
def handler() -> Health:
    """Healthy means that one consistent read of the session table has just succeeded."""
    try:
        session_store().find("health")
    except Exception as error:
        raise Refusal(Reason.UNAVAILABLE, "Storage cannot be reached. Try again later.", retry_after=5) from error
    return Health(stage=settings().stage)
