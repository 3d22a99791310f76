"""GET /consent/export"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends, Response

from lukhas_common import routes
from lukhas_common.aws.export import export
from lukhas_common.consent.wire import ExportLink
from lukhas_common.http import Caller, caller, endpoint
from lukhas_common.problems import HttpReason

LINKED = {
    "description": "It is too large for an answer: it is at the address in Location.",
    "content": {"application/json": {"model": ExportLink}},
}


@endpoint(routes.EXPORT_CONSENT, errors=(HttpReason.ERASED,), also={303: LINKED}, media_type="application/ld+json")
def handler(who: Annotated[Caller, Depends(caller)]) -> Response[str]:
    """Export consent history and accesses with their proofs, as JSON-LD (GDPR Art. 15 and 20).

    What is over 5 MB is answered by a link that works for 15 minutes (status 303, and in the body).
    """
    return export(who.user_id)
