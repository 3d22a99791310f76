"""PUT /guardian/policies/{version}"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends
from aws_lambda_powertools.event_handler.openapi.params import Path

from lukhas_common import routes
from lukhas_common.aws.guardian import publish
from lukhas_common.guardian.bundles import VERSION
from lukhas_common.guardian.errors import GuardianReason
from lukhas_common.guardian.wire import PoliciesRequest, PublishedPolicies
from lukhas_common.http import Caller, caller, endpoint


@endpoint(
    routes.PUT_POLICIES,
    errors=(GuardianReason.POLICIES_INVALID, GuardianReason.POLICIES_EXIST, GuardianReason.POLICIES_UNTRUSTED),
)
def handler(
    version: Annotated[str, Path(pattern=VERSION)],
    request: PoliciesRequest,
    who: Annotated[Caller, Depends(caller)],
) -> PublishedPolicies:
    """Check, sign and keep a version of the policies, and let it decide. A version never changes: repeat it freely."""
    return publish(version, request, who)
