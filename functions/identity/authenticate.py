"""POST /identity/auth"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends, Response

from lukhas_common import routes
from lukhas_common.aws.identity import login
from lukhas_common.cookies import client, token_answer
from lukhas_common.http import endpoint
from lukhas_common.identity.errors import Reason
from lukhas_common.identity.login_throttle import Client
from lukhas_common.identity.models import AuthCredentials, AuthResponse


@endpoint(
    routes.AUTHENTICATE,
    errors=(Reason.CREDENTIALS_INVALID, Reason.SCOPE_NOT_GRANTED, Reason.LOGIN_THROTTLED),
)
def handler(credentials: AuthCredentials, source: Annotated[Client, Depends(client)]) -> Response[AuthResponse]:
    """Log in. An unknown user and a wrong password get the same answer."""
    scopes = None if credentials.scopes is None else tuple(credentials.scopes)
    tokens = login().authenticate(credentials.username, credentials.password, source, scopes)
    return token_answer(tokens, credentials.refresh_token_delivery)
