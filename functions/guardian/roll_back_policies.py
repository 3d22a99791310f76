"""POST /guardian/policies/rollback"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from lukhas_common import routes
from lukhas_common.aws.guardian import policy_book
from lukhas_common.guardian.errors import GuardianReason
from lukhas_common.guardian.wire import PoliciesStanding
from lukhas_common.http import Caller, caller, endpoint


@endpoint(
    routes.ROLL_BACK_POLICIES,
    errors=(
        GuardianReason.NOTHING_TO_ROLL_BACK,
        GuardianReason.POLICIES_UNKNOWN,
        GuardianReason.POLICIES_INVALID,
        GuardianReason.POLICIES_UNTRUSTED,
    ),
)
def handler(who: Annotated[Caller, Depends(caller)]) -> PoliciesStanding:
    """Let the version decide again that did before; once more goes back one further."""
    return PoliciesStanding.of(policy_book().roll_back(who.user_id))
