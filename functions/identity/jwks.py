"""GET /.well-known/jwks.json"""

from aws_lambda_powertools.event_handler import Response

from lukhas_common import routes
from lukhas_common.aws.kms import public_keys
from lukhas_common.http import endpoint
from lukhas_common.identity.models import JsonWebKey, JsonWebKeySet


@endpoint(routes.JWKS)
def handler() -> Response[JsonWebKeySet]:
    """The keys that verify access tokens, for whoever wants to verify them offline."""
    keys = [JsonWebKey.model_validate(key.as_jwk()) for key in public_keys().all()]
    headers = {"Cache-Control": "public, max-age=300"}
    return Response(200, content_type="application/json", body=JsonWebKeySet(keys=keys), headers=headers)
