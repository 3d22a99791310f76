"""POST /identity/logout"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends, Response

from lukhas_common import routes
from lukhas_common.aws.identity import logout
from lukhas_common.cookies import forget_refresh_cookie
from lukhas_common.http import Caller, caller, endpoint
from lukhas_common.identity.models import LoggedOut


@endpoint(routes.LOGOUT)
def handler(who: Annotated[Caller, Depends(caller)]) -> Response[LoggedOut]:
    """End the session: its refresh token and its access tokens are refused from now on."""
    logout(str(who.session_id))
    return Response(200, content_type="application/json", body=LoggedOut(), cookies=[forget_refresh_cookie()])
