"""POST /identity/auth"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends, Response

from lukhas_common import routes
from lukhas_common.aws.identity import login
from lukhas_common.cookies import client, token_answer
from lukhas_common.http import dpop_proof, endpoint
from lukhas_common.identity.dpop import Proof
from lukhas_common.identity.errors import Reason
from lukhas_common.identity.login_throttle import Client
from lukhas_common.identity.models import AuthCredentials, AuthResponse


@endpoint(
    routes.AUTHENTICATE,
    errors=(
        Reason.CREDENTIALS_INVALID,
        Reason.SCOPE_NOT_GRANTED,
        Reason.LOGIN_THROTTLED,
        Reason.DPOP_PROOF_INVALID,
        Reason.DPOP_PROOF_REUSED,
    ),
)
def handler(
    credentials: AuthCredentials,
    source: Annotated[Client, Depends(client)],
    proof: Annotated[Proof | None, Depends(dpop_proof)],
) -> Response[AuthResponse]:
    """Log in. An unknown user and a wrong password get the same answer.

    With a DPoP header (RFC 9449), the session and its tokens are bound to the key of the proof.
    """
    scopes = None if credentials.scopes is None else tuple(credentials.scopes)
    tokens = login().authenticate(credentials.username, credentials.password, source, scopes, proof)
    return token_answer(tokens, credentials.refresh_token_delivery)
