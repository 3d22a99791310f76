"""POST /guardian/policies/{version}/activate"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends
from aws_lambda_powertools.event_handler.openapi.params import Path

from lukhas_common import routes
from lukhas_common.aws.guardian import policy_book
from lukhas_common.guardian.bundles import VERSION
from lukhas_common.guardian.errors import GuardianReason
from lukhas_common.guardian.wire import PoliciesStanding
from lukhas_common.http import Caller, caller, endpoint


@endpoint(
    routes.ACTIVATE_POLICIES,
    errors=(GuardianReason.POLICIES_INVALID, GuardianReason.POLICIES_UNKNOWN, GuardianReason.POLICIES_UNTRUSTED),
)
def handler(
    version: Annotated[str, Path(pattern=VERSION)], who: Annotated[Caller, Depends(caller)]
) -> PoliciesStanding:
    """Let a version decide that was published before, a shipped one included."""
    return PoliciesStanding.of(policy_book().activate(version, who.user_id))
