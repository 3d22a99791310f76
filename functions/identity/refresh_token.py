"""POST /identity/token/refresh"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends, Response

from lukhas_common import routes
from lukhas_common.aws.identity import login
from lukhas_common.cookies import RefreshCookie, token_answer
from lukhas_common.http import dpop_proof, endpoint
from lukhas_common.identity.dpop import Proof
from lukhas_common.identity.errors import Reason
from lukhas_common.identity.models import AuthResponse, TokenRefreshRequest
from lukhas_common.oauth import check_grant_type


@endpoint(
    routes.REFRESH_TOKEN,
    errors=(
        Reason.REFRESH_TOKEN_INVALID,
        Reason.REFRESH_TOKEN_REUSED,
        Reason.SESSION_ENDED,
        Reason.GRANT_TYPE_UNSUPPORTED,
        Reason.DPOP_PROOF_INVALID,
        Reason.DPOP_PROOF_REUSED,
    ),
    form=True,
)
def handler(
    request: TokenRefreshRequest,
    proof: Annotated[Proof | None, Depends(dpop_proof)],
    cookie: RefreshCookie = None,
) -> Response[AuthResponse]:
    """Exchange a refresh token for new tokens. The answer takes the way the token came by.

    A session that is bound to a key (RFC 9449) needs a DPoP proof by that key.
    """
    check_grant_type(request.grant_type)
    tokens = login().refresh(request.refresh_token or cookie or "", proof)
    return token_answer(tokens, "body" if request.refresh_token else "cookie")
