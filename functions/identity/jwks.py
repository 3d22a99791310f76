"""GET /.well-known/jwks.json"""

from aws_lambda_powertools.event_handler import Response

from lukhas_common import routes
from lukhas_common.aws.keys import published_keys
from lukhas_common.http import endpoint
from lukhas_common.identity.models import JsonWebKey, JsonWebKeySet


@endpoint(routes.JWKS)
def handler() -> Response[JsonWebKeySet]:
    """The keys that verify access tokens and QRG tokens, for whoever wants to verify them offline.

    A key is in it for two hours before it signs, and until the last token that it signed has expired.
    """
    keys = [JsonWebKey.model_validate(key.as_jwk()) for key in published_keys()]
    headers = {"Cache-Control": "public, max-age=300"}
    return Response(200, content_type="application/json", body=JsonWebKeySet(keys=keys), headers=headers)
