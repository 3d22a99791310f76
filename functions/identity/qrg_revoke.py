"""POST /identity/qrg/revoke"""

from lukhas_common import routes
from lukhas_common.aws.tokens import qrg_generator
from lukhas_common.http import endpoint
from lukhas_common.identity.models import Revoked, TokenParameters


@endpoint(routes.QRG_REVOKE, form=True)
def handler(request: TokenParameters) -> Revoked:
    """End a QRG token, in either form, with all tokens of its family (RFC 7009).

    To hold it is enough. The answer is the same for a token that is none, or is over already.
    """
    qrg_generator().revoke_token(request.token)
    return Revoked()
