"""POST /identity/qrg/introspect"""

from aws_lambda_powertools.event_handler import Response

from lukhas_common import routes
from lukhas_common.aws.tokens import qrg_introspection
from lukhas_common.http import endpoint
from lukhas_common.identity.models import TokenParameters, TokenState
from lukhas_common.oauth import token_state


@endpoint(routes.QRG_INTROSPECT, form=True)
def handler(request: TokenParameters) -> Response[TokenState]:
    """Say whether a QRG token, in either form, is good at this moment (RFC 7662)."""
    return token_state(qrg_introspection().facts(request.token))
