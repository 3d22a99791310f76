"""What the endpoints say to OAuth clients: token states (RFC 7662) and server metadata (RFC 8414)."""

from __future__ import annotations

from urllib.parse import urlsplit

from aws_lambda_powertools.event_handler import Response

from lukhas_common import routes
from lukhas_common.bodies import JSON
from lukhas_common.identity.errors import IdentityError, Reason
from lukhas_common.identity.introspection import TokenFacts
from lukhas_common.identity.models import Confirmation, ServerMetadata, TokenState
from lukhas_common.problems import HttpReason, Refusal
from lukhas_common.settings import settings


def token_state(facts: TokenFacts | None) -> Response[TokenState]:
    """The answer about a token; of one that is not good, nothing but that."""
    state = TokenState(active=False)
    if facts is not None:
        config = settings()
        state = TokenState(
            active=True,
            scope=" ".join(facts.scopes),
            client_id=facts.client_id,
            sub=facts.user_id,
            iss=config.issuer,
            aud=config.audience,
            exp=facts.expires_at,
            iat=facts.issued_at,
            jti=facts.token_id,
            token_type=facts.token_type,
            cnf=None if facts.key_thumbprint is None else Confirmation(jkt=facts.key_thumbprint),
        )
    return Response(200, content_type=JSON, body=state)


def check_grant_type(grant_type: str | None) -> None:
    """Accept a request for the one grant that there is (RFC 6749, section 6).

    Raises:
        IdentityError: GRANT_TYPE_UNSUPPORTED.
    """
    if grant_type not in (None, "refresh_token"):
        raise IdentityError(Reason.GRANT_TYPE_UNSUPPORTED, "Leave grant_type out, or send refresh_token.")


def server_metadata() -> Response[ServerMetadata]:
    """The metadata of an issuer that is an https URL without a path, and the base address of this API.

    An issuer with a path would have its metadata at another address (RFC 8414, section 3.1).

    Raises:
        Refusal: NOT_FOUND, because the issuer is a mere name.
    """
    issuer = settings().issuer
    parts = urlsplit(issuer)
    if parts.scheme != "https" or not parts.hostname or issuer != f"https://{parts.netloc}" or "@" in issuer:
        raise Refusal(HttpReason.NOT_FOUND, "There is no metadata: the issuer is not an https URL.")
    metadata = ServerMetadata(
        issuer=issuer,
        jwks_uri=issuer + routes.JWKS.path,
        token_endpoint=issuer + routes.REFRESH_TOKEN.path,
        revocation_endpoint=issuer + routes.REVOKE_TOKEN.path,
        introspection_endpoint=issuer + routes.INTROSPECT_TOKEN.path,
        scopes_supported=sorted({route.scope for route in routes.ROUTES.values() if ":" in route.scope}),
        response_types_supported=[],
        grant_types_supported=["refresh_token"],
        token_endpoint_auth_methods_supported=["none"],
        revocation_endpoint_auth_methods_supported=["none"],
        introspection_endpoint_auth_methods_supported=["Bearer", "DPoP"],
        dpop_signing_alg_values_supported=["ES256"],
    )
    headers = {"Cache-Control": "public, max-age=300"}
    return Response(200, content_type=JSON, body=metadata, headers=headers)
