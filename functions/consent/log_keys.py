"""GET /ledger/keys"""

from aws_lambda_powertools.event_handler import Response

from lukhas_common import routes
from lukhas_common.aws.log_keys import log_origin, log_verifiers
from lukhas_common.consent.wire import LogKeys
from lukhas_common.http import endpoint


@endpoint(routes.LEDGER_KEYS)
def handler() -> Response[LogKeys]:
    """List the keys by which the log signs or signed, as verifier keys (c2sp.org/signed-note). Keep your own copy."""
    keys = LogKeys(origin=log_origin(), keys=[verifier.vkey for verifier in log_verifiers()])
    return Response(200, content_type="application/json", body=keys, headers={"Cache-Control": "public, max-age=300"})
