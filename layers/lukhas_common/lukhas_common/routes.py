"""The API at a glance: method, path, what the caller needs, and one line per endpoint.

This is the only list of paths and scopes. The authorizer denies a route that is not in it, and tests
hold template.yaml, the handlers and docs/openapi.json against it.
"""

from dataclasses import dataclass

PUBLIC = "public"
"""No token is needed; the route has no authorizer."""

AUTHENTICATED = "authenticated"
"""Any live token will do, whatever its scopes."""

SESSION = "session"
"""Any live access token of a session will do, whatever its scopes; a QRG token will not."""


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint; ``scope`` is a scope such as ``identity:read``, PUBLIC, AUTHENTICATED or SESSION."""

    method: str
    path: str
    scope: str
    summary: str

    @property
    def key(self) -> str:
        """The route key of API Gateway, such as ``GET /identity/profile``."""
        return f"{self.method} {self.path}"

    @property
    def is_public(self) -> bool:
        return self.scope == PUBLIC

    def allows(self, scopes: frozenset[str], *, in_session: bool) -> bool:
        """Whether a caller with these scopes may use the route, asking from within a session or not."""
        if self.scope == SESSION:
            return in_session
        return self.scope in (PUBLIC, AUTHENTICATED) or self.scope in scopes


ROUTES: dict[str, Route] = {}


def _route(method: str, path: str, scope: str, summary: str) -> Route:
    route = Route(method, path, scope, summary)
    ROUTES[route.key] = route
    return route


HEALTH = _route("GET", "/health", PUBLIC, "Say whether the service can reach its storage")
JWKS = _route("GET", "/.well-known/jwks.json", PUBLIC, "List the keys that verify tokens")
METADATA = _route(
    "GET", "/.well-known/oauth-authorization-server", PUBLIC, "Describe the token endpoints to OAuth clients"
)
REGISTER = _route("POST", "/identity/register", PUBLIC, "Create an account")
AUTHENTICATE = _route("POST", "/identity/auth", PUBLIC, "Log in with a password and start a session")
REFRESH_TOKEN = _route("POST", "/identity/token/refresh", PUBLIC, "Exchange a refresh token for new tokens")
REVOKE_TOKEN = _route("POST", "/identity/token/revoke", PUBLIC, "End any token that is presented")
INTROSPECT_TOKEN = _route("POST", "/identity/token/introspect", AUTHENTICATED, "Say whether any token is good")
PROFILE = _route("GET", "/identity/profile", "identity:read", "Show the caller's account")
CHANGE_PASSWORD = _route(
    "PUT", "/identity/password", "identity:write", "Change the password and end all other sessions"
)
LOGOUT = _route("POST", "/identity/logout", SESSION, "End the session of the token that is presented")
QRG_ISSUE = _route("POST", "/identity/qrg", "qrg:issue", "Issue a QRG token")
QRG_ROTATE = _route("POST", "/identity/qrg/rotate", AUTHENTICATED, "Replace a QRG token by a new one")
QRG_REVOKE = _route("POST", "/identity/qrg/revoke", PUBLIC, "End a QRG token and its whole family")
QRG_INTROSPECT = _route("POST", "/identity/qrg/introspect", AUTHENTICATED, "Say whether a QRG token is good")
