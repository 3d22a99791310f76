"""POST /privacy/redact"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends

from lukhas_common import routes
from lukhas_common.aws.redaction import redacted
from lukhas_common.consent.errors import Reason
from lukhas_common.http import Caller, caller, endpoint
from lukhas_common.privacy.redaction.wire import RedactedText, RedactRequest


@endpoint(routes.REDACT, errors=(Reason.UNKNOWN_PURPOSE,))
def handler(request: RedactRequest, who: Annotated[Caller, Depends(caller)]) -> RedactedText:
    """Take personal data out of a text, or put tokens in its place. The text is not kept."""
    return redacted(request, who)
