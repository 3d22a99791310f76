"""GET /consent/receipts/{id}"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends
from aws_lambda_powertools.event_handler.openapi.params import Path

from lukhas_common import routes
from lukhas_common.aws.consent import entry_of, signed_receipt
from lukhas_common.consent.wire import ConsentReceiptResponse
from lukhas_common.http import Caller, caller, endpoint
from lukhas_common.problems import HttpReason

Name = Annotated[str, Path(pattern=r"^([0-9a-f]{64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$")]


@endpoint(routes.CONSENT_RECEIPT, errors=(HttpReason.NOT_FOUND, HttpReason.ERASED))
def handler(id: Name, who: Annotated[Caller, Depends(caller)]) -> ConsentReceiptResponse:
    """Give out the receipt of a consent entry again, with the proof of its place in the public log once it is there.

    ``id`` is the entry's id, its hash, or the hash of the consent record. The person also gets those of accesses to
    their data, and of erasures of their memories.
    """
    return ConsentReceiptResponse(**signed_receipt(entry_of(who, id), proven=True))
