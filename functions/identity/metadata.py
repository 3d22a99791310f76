"""GET /.well-known/oauth-authorization-server"""

from aws_lambda_powertools.event_handler import Response

from lukhas_common import oauth, routes
from lukhas_common.http import endpoint
from lukhas_common.identity.models import ServerMetadata
from lukhas_common.problems import HttpReason


@endpoint(routes.METADATA, errors=(HttpReason.NOT_FOUND,))
def handler() -> Response[ServerMetadata]:
    """Authorization server metadata (RFC 8414); there is none unless the issuer is an https URL."""
    return oauth.server_metadata()
