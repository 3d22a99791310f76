"""GET /identity/profile"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from lukhas_common import routes
from lukhas_common.aws.identity import accounts
from lukhas_common.http import Caller, caller, endpoint
from lukhas_common.identity.errors import Reason
from lukhas_common.identity.models import UserProfile


@endpoint(routes.PROFILE, errors=(Reason.USER_NOT_FOUND,))
def handler(who: Annotated[Caller, Depends(caller)]) -> UserProfile:
    """Show the account of the caller."""
    return UserProfile.of(accounts().profile(who.user_id))
