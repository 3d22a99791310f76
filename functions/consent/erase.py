"""DELETE /consent/me"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from lukhas_common import routes
from lukhas_common.aws.erasing import erase
from lukhas_common.consent.wire import ErasureResponse
from lukhas_common.http import Caller, caller, endpoint


@endpoint(routes.ERASE_CONSENT)
def handler(who: Annotated[Caller, Depends(caller)]) -> ErasureResponse:
    """Erase what the ledger says about the caller: consent, accesses, logins. All consent ends; the account stays.

    The data key is destroyed at once; what processes hold of it is gone when the erasure is complete.
    """
    return ErasureResponse.of(erase(who.user_id))
