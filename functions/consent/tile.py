"""GET /ledger/tile/{path+}"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends, Response

from lukhas_common import routes
from lukhas_common.aws.public_log import public_file
from lukhas_common.http import endpoint
from lukhas_common.log_files import log_file, tile_name
from lukhas_common.problems import HttpReason


@endpoint(routes.LEDGER_TILE, errors=(HttpReason.NOT_FOUND,), media_type="application/octet-stream")
def handler(name: Annotated[str, Depends(tile_name)]) -> Response[bytes]:
    """Show a tile or a bundle of entries (c2sp.org/tlog-tiles). Entries are commitments, 32 bytes each."""
    return log_file(name, public_file(name))
