"""POST /identity/token/refresh"""

from aws_lambda_powertools.event_handler import Response

from lukhas_common import routes
from lukhas_common.aws.identity import login
from lukhas_common.cookies import RefreshCookie, token_answer
from lukhas_common.http import endpoint
from lukhas_common.identity.errors import Reason
from lukhas_common.identity.models import AuthResponse, TokenRefreshRequest


@endpoint(
    routes.REFRESH_TOKEN,
    errors=(Reason.REFRESH_TOKEN_INVALID, Reason.REFRESH_TOKEN_REUSED, Reason.SESSION_ENDED),
)
def handler(request: TokenRefreshRequest, cookie: RefreshCookie = None) -> Response[AuthResponse]:
    """Exchange a refresh token for new tokens. The answer takes the way the token came by."""
    tokens = login().refresh(request.refresh_token or cookie or "")
    return token_answer(tokens, "body" if request.refresh_token else "cookie")
