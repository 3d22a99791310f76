"""POST /identity/qrg/rotate"""

from lukhas_common import routes
from lukhas_common.aws.tokens import qrg_generator
from lukhas_common.http import IdempotencyKey, endpoint
from lukhas_common.identity.errors import Reason
from lukhas_common.qrg.models import QRGRotation, QRGTokenResponse


@endpoint(
    routes.QRG_ROTATE,
    errors=(
        Reason.TOKEN_INVALID,
        Reason.SIGNATURE_INVALID,
        Reason.TOKEN_EXPIRED,
        Reason.TOKEN_REVOKED,
        Reason.ISSUER_UNKNOWN,
        Reason.AUDIENCE_MISMATCH,
        Reason.SCOPE_NOT_GRANTED,
        Reason.QRG_TOKEN_ROTATED,
    ),
)
def handler(rotation: QRGRotation, idempotency_key: IdempotencyKey = None) -> QRGTokenResponse:
    """Replace a token, in either form, by one that lives as long. The old one is refused from now on."""
    issuer = qrg_generator().issuer
    return QRGTokenResponse.of(issuer.rotate(rotation.token, rotation.scopes, idempotency_key=idempotency_key))
