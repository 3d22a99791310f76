"""POST /identity/token/introspect"""

from aws_lambda_powertools.event_handler import Response

from lukhas_common import routes
from lukhas_common.aws.tokens import introspection
from lukhas_common.http import endpoint
from lukhas_common.identity.models import TokenParameters, TokenState
from lukhas_common.oauth import token_state


@endpoint(routes.INTROSPECT_TOKEN, form=True)
def handler(request: TokenParameters) -> Response[TokenState]:
    """Say whether an access token, a refresh token or a QRG token is good at this moment (RFC 7662)."""
    return token_state(introspection().facts(request.token))
