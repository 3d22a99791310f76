"""GET /consent/export"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends, Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from lukhas_common import routes
from lukhas_common.aws.export import export
from lukhas_common.consent.export import MEDIA_TYPE
from lukhas_common.consent.wire import ExportLink
from lukhas_common.crypto.hpke import PUBLIC_TEXT
from lukhas_common.crypto.sealed_files import MEDIA_TYPE as SEALED
from lukhas_common.http import Caller, caller, endpoint
from lukhas_common.problems import HttpReason

LINKED = {
    "description": "It is too large for an answer: it is at the address in Location.",
    "content": {"application/json": {"model": ExportLink}},
}


WHOLE = {
    "description": "OK",
    "content": {MEDIA_TYPE: {"schema": {"type": "object"}}, SEALED: {"schema": {"type": "string"}}},
}
RECIPIENT = "A public key of X25519 and ML-KEM-768, in base64url: the export is sealed to it."


@endpoint(routes.EXPORT_CONSENT, errors=(HttpReason.ERASED,), also={200: WHOLE, 303: LINKED}, media_type=MEDIA_TYPE)
def handler(
    who: Annotated[Caller, Depends(caller)],
    recipient: Annotated[
        str | None,
        Query(min_length=PUBLIC_TEXT, max_length=PUBLIC_TEXT, pattern="^[A-Za-z0-9_-]*$", description=RECIPIENT),
    ] = None,
) -> Response[str] | Response[bytes]:
    """Export consent history and accesses with their proofs, as JSON-LD (GDPR Art. 15 and 20).

    What is over 5 MB is answered by a link that works for 15 minutes (status 303, and in the body). With `recipient`,
    only who holds the private key can read it; `scripts/open_export.py` makes such keys and opens exports.
    """
    return export(who.user_id, recipient)
