"""GET /ledger/checkpoint"""

from aws_lambda_powertools.event_handler import Response

from lukhas_common import routes
from lukhas_common.aws.public_log import public_file
from lukhas_common.http import endpoint
from lukhas_common.log_files import log_file
from lukhas_common.problems import HttpReason


@endpoint(routes.LEDGER_CHECKPOINT, errors=(HttpReason.NOT_FOUND,), media_type="text/plain")
def handler() -> Response[bytes]:
    """Show the newest checkpoint: a signed note (c2sp.org/tlog-checkpoint) by the log's Ed25519 and ML-DSA-44 keys."""
    return log_file("checkpoint", public_file("checkpoint"))
