"""The two cookies of the product, and answers that carry tokens.

Both are httpOnly, Secure and SameSite=Strict. The refresh token's is sent to the one path that needs
it; the device cookie only tells a known client from a stranger when someone guesses at a password.
"""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler import Request, Response
from aws_lambda_powertools.event_handler.openapi.params import Cookie as CookieParam
from aws_lambda_powertools.shared.cookies import Cookie, SameSite

from lukhas_common import routes
from lukhas_common.http import source_ip
from lukhas_common.identity.login import Tokens
from lukhas_common.identity.login_throttle import Client
from lukhas_common.identity.models import AuthResponse, Delivery
from lukhas_common.settings import settings

REFRESH = "__Secure-lukhas_refresh"
DEVICE = "__Host-lukhas_device"

RefreshCookie = Annotated[str | None, CookieParam(alias=REFRESH, max_length=512)]


def client(request: Request) -> Client:
    """Dependency: from where someone asks."""
    return Client(source_ip(request), request.resolved_event.resolved_cookies_field.get(DEVICE))


def token_answer(tokens: Tokens, delivery: Delivery) -> Response[AuthResponse]:
    """The tokens, the refresh token in the body or in its cookie."""
    cookies = []
    if delivery == "cookie":
        cookies.append(_cookie(REFRESH, tokens.refresh_token, routes.REFRESH_TOKEN.path, tokens.refresh_expires_in))
    if tokens.device_cookie is not None:
        cookies.append(_cookie(DEVICE, tokens.device_cookie, "/", settings().device_cookie_ttl))
    answer = AuthResponse(
        access_token=tokens.access_token,
        refresh_token=tokens.refresh_token if delivery == "body" else None,
        expires_in=tokens.expires_in,
        token_type="DPoP" if tokens.key_bound else "bearer",
    )
    return Response(200, content_type="application/json", body=answer, cookies=cookies)


def forget_refresh_cookie() -> Cookie:
    """Makes a browser drop the refresh token."""
    return _cookie(REFRESH, "", routes.REFRESH_TOKEN.path, 0)


def _cookie(name: str, value: str, path: str, max_age: int) -> Cookie:
    return Cookie(name, value, path=path, secure=True, http_only=True, max_age=max_age, same_site=SameSite.STRICT_MODE)
