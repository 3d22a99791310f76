"""PUT /identity/password"""

from dataclasses import replace
from typing import Annotated

from aws_lambda_powertools.event_handler import Depends, Response

from lukhas_common import routes
from lukhas_common.aws.identity import login
from lukhas_common.cookies import client, token_answer
from lukhas_common.http import Caller, caller, endpoint
from lukhas_common.identity.errors import Reason
from lukhas_common.identity.login_throttle import Client
from lukhas_common.identity.models import AuthResponse, PasswordChange


@endpoint(
    routes.CHANGE_PASSWORD,
    errors=(Reason.CREDENTIALS_INVALID, Reason.LOGIN_THROTTLED, Reason.PASSWORD_WEAK, Reason.USER_NOT_FOUND),
)
def handler(
    change: PasswordChange,
    who: Annotated[Caller, Depends(caller)],
    source: Annotated[Client, Depends(client)],
) -> Response[AuthResponse]:
    """Change the password. All sessions end; the answer carries the tokens of a new one."""
    source = replace(source, session_id=who.session_id)
    tokens = login().change_password(who.user_id, change.old_password, change.new_password, source, who.key_thumbprint)
    return token_answer(tokens, change.refresh_token_delivery)
