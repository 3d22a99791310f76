"""GET /consent/proof/{hash}"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends
from aws_lambda_powertools.event_handler.openapi.params import Path

from lukhas_common import routes
from lukhas_common.aws.consent import entry_of
from lukhas_common.aws.public_log import prover
from lukhas_common.consent.wire import ProofResponse
from lukhas_common.http import Caller, caller, endpoint
from lukhas_common.problems import HttpReason

Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]


@endpoint(routes.CONSENT_PROOF, errors=(HttpReason.NOT_FOUND,))
def handler(hash: Digest, who: Annotated[Caller, Depends(caller)]) -> ProofResponse:
    """Prove that an entry of the caller is in the public log; it works for erased entries, too."""
    opened = entry_of(who, hash)
    return ProofResponse.of(opened, prover().prove(opened.entry.leaf_index))
