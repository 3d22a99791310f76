"""POST /identity/token/revoke"""

from lukhas_common import routes
from lukhas_common.aws.tokens import revocation
from lukhas_common.http import endpoint
from lukhas_common.identity.models import Revoked, TokenParameters


@endpoint(routes.REVOKE_TOKEN, form=True)
def handler(request: TokenParameters) -> Revoked:
    """End an access token; with a refresh token its session, with a QRG token its family (RFC 7009).

    To hold it is enough. The answer is the same for a token that is none, or is over already.
    """
    revocation().revoke(request.token)
    return Revoked()
