"""POST /privacy/detokenise"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from lukhas_common import routes
from lukhas_common.aws.redaction import detokenised
from lukhas_common.consent.errors import Reason
from lukhas_common.http import Caller, caller, endpoint
from lukhas_common.privacy.redaction.errors import RedactionReason
from lukhas_common.privacy.redaction.wire import DetokenisedText, DetokeniseRequest


@endpoint(routes.DETOKENISE, errors=(RedactionReason.TOKEN_UNREADABLE, Reason.UNKNOWN_PURPOSE))
def handler(request: DetokeniseRequest, who: Annotated[Caller, Depends(caller)]) -> DetokenisedText:
    """Turn tokens back into values. Who asked for whose is put on record before anything is turned back."""
    return detokenised(request, who)
