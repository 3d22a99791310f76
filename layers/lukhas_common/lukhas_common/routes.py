"""The API at a glance: method, path, what the caller needs, what is done to whose data, and one line per endpoint.

This is the only list of paths and scopes. The authorizer denies a route that is not in it, and tests
hold template.yaml, the handlers and docs/openapi.json against it.
"""

from dataclasses import dataclass

from lukhas_common.policy.model import Permission

PUBLIC = "public"
"""No token is needed; the route has no authorizer."""

AUTHENTICATED = "authenticated"
"""Any live token will do, whatever its scopes."""

SESSION = "session"
"""Any live access token of a session will do, whatever its scopes; a QRG token will not."""


SYSTEM = "system"
"""Stands for the person where what is done is about the system itself, such as its policies."""


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint.

    Attributes:
        scope: what the token must carry, such as ``identity:read``, or PUBLIC, AUTHENTICATED or SESSION.
        permission: what is done to a person's data, for which the gate asks policy and consent and which it logs. Every
            route that is not public has one.
        subject: the path parameter or member of the body that names the person, or SYSTEM; without one it is the
            caller.
        consent: the consent scopes that the person must have granted to a caller who is somebody else.
        secret_body: whether the body holds passwords or tokens, of which not even a hash is to be kept.
    """

    method: str
    path: str
    scope: str
    summary: str
    permission: Permission | None = None
    subject: str = ""
    consent: tuple[str, ...] = ()
    secret_body: bool = False

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


def _route(
    method: str,
    path: str,
    scope: str,
    summary: str,
    permission: Permission | None = None,
    subject: str = "",
    *,
    consent: tuple[str, ...] = (),
    secret_body: bool = False,
) -> Route:
    route = Route(method, path, scope, summary, permission, subject, consent, secret_body)
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
INTROSPECT_TOKEN = _route(
    "POST",
    "/identity/token/introspect",
    AUTHENTICATED,
    "Say whether any token is good",
    Permission.INTROSPECT_TOKEN,
    secret_body=True,
)
PROFILE = _route("GET", "/identity/profile", "identity:read", "Show the caller's account", Permission.READ_PROFILE)
CHANGE_PASSWORD = _route(
    "PUT",
    "/identity/password",
    "identity:write",
    "Change the password and end all other sessions",
    Permission.WRITE_PROFILE,
    secret_body=True,
)
LOGOUT = _route(
    "POST", "/identity/logout", SESSION, "End the session of the token that is presented", Permission.MANAGE_SESSION
)
QRG_ISSUE = _route("POST", "/identity/qrg", "qrg:issue", "Issue a QRG token", Permission.MANAGE_TOKENS)
QRG_ROTATE = _route(
    "POST",
    "/identity/qrg/rotate",
    AUTHENTICATED,
    "Replace a QRG token by a new one",
    Permission.MANAGE_TOKENS,
    secret_body=True,
)
QRG_REVOKE = _route("POST", "/identity/qrg/revoke", PUBLIC, "End a QRG token and its whole family")
QRG_INTROSPECT = _route(
    "POST",
    "/identity/qrg/introspect",
    AUTHENTICATED,
    "Say whether a QRG token is good",
    Permission.INTROSPECT_TOKEN,
    secret_body=True,
)
GRANT_CONSENT = _route("POST", "/consent", "consent:write", "Grant or update a consent", Permission.GIVE_CONSENT)
WITHDRAW_CONSENT = _route(
    "POST", "/consent/{scope}/withdraw", "consent:write", "Withdraw a consent", Permission.WITHDRAW_CONSENT
)
REVOKE_CONSENT = _route(
    "POST",
    "/consent/{user_id}/{scope}/revoke",
    "consent:admin",
    "End a person's consent for an administrative reason",
    Permission.REVOKE_CONSENT,
    "user_id",
)
CHECK_CONSENT = _route(
    "POST",
    "/consent/check",
    "consent:read",
    "Say whether consent covers what a requester wants to do",
    Permission.CHECK_CONSENT,
    "user_id",
)
CONSENT_HISTORY = _route(
    "GET", "/consent/history", "consent:read", "List what was consented to, or who accessed it", Permission.READ_CONSENT
)
EXPORT_CONSENT = _route(
    "GET", "/consent/export", "consent:read", "Export all of it with proofs", Permission.EXPORT_DATA
)
CONSENT_RECEIPT = _route("GET", "/consent/receipts/{id}", "consent:read", "Give out a receipt", Permission.READ_CONSENT)
CONSENT_PROOF = _route(
    "GET", "/consent/proof/{hash}", "consent:read", "Prove that an entry is in the public log", Permission.READ_CONSENT
)
ERASE_CONSENT = _route(
    "DELETE", "/consent/me", "consent:write", "Erase what is kept about the caller's consent", Permission.ERASE_DATA
)
LEDGER_CHECKPOINT = _route("GET", "/ledger/checkpoint", PUBLIC, "Show the newest checkpoint of the public log")
LEDGER_TILE = _route("GET", "/ledger/tile/{path+}", PUBLIC, "Show a tile of the public log")
LEDGER_KEYS = _route("GET", "/ledger/keys", PUBLIC, "List the keys that verify the public log")
VALIDATE_ACTION = _route(
    "POST", "/guardian/validate", "guardian:use", "Judge an action", Permission.JUDGE_ACTION, "user_id"
)
REVISE_RESPONSE = _route(
    "POST", "/guardian/revise", "guardian:use", "Criticise and revise a response", Permission.JUDGE_ACTION
)
CONSTRAIN_PROMPT = _route(
    "POST", "/guardian/constrain", "guardian:use", "Put constraints on a prompt", Permission.JUDGE_ACTION
)
LIST_POLICIES = _route(
    "GET", "/guardian/policies", "guardian:use", "List the policies that decide", Permission.READ_POLICIES
)
PUT_POLICIES = _route(
    "PUT",
    "/guardian/policies/{version}",
    "guardian:admin",
    "Publish a version of the policies, and activate it",
    Permission.MANAGE_POLICIES,
    SYSTEM,
)
DELETE_POLICIES = _route(
    "DELETE",
    "/guardian/policies/{version}",
    "guardian:admin",
    "Delete a version of the policies",
    Permission.MANAGE_POLICIES,
    SYSTEM,
)
GET_POLICIES = _route(
    "GET",
    "/guardian/policies/{version}",
    "guardian:use",
    "Show a version of the policies as it was signed",
    Permission.READ_POLICIES,
)
ACTIVATE_POLICIES = _route(
    "POST",
    "/guardian/policies/{version}/activate",
    "guardian:admin",
    "Let a version of the policies decide",
    Permission.MANAGE_POLICIES,
    SYSTEM,
)
ROLL_BACK_POLICIES = _route(
    "POST",
    "/guardian/policies/rollback",
    "guardian:admin",
    "Let the version before decide again",
    Permission.MANAGE_POLICIES,
    SYSTEM,
)
GUARDIAN_HEALTH = _route("GET", "/guardian/health", PUBLIC, "Say how the guardian is")
RECORD_VETO = _route("POST", "/guardian/veto", "guardian:use", "Put a veto on record", Permission.RECORD_VETO)
OVERRIDE_VETO = _route(
    "POST",
    "/guardian/veto/{id}/override",
    "guardian:admin",
    "Override a veto, together with a second person",
    Permission.OVERRIDE_VETO,
    SYSTEM,
)
GET_DECISION = _route("GET", "/guardian/decisions/{id}", "guardian:use", "Show a decision", Permission.READ_DECISION)
LIST_REVIEWS = _route(
    "GET", "/guardian/reviews", "guardian:admin", "List what a person is to look at", Permission.READ_AUDIT, SYSTEM
)
SETTLE_REVIEW = _route(
    "POST",
    "/guardian/reviews/{id}",
    "guardian:admin",
    "Put on record that a decision was looked at",
    Permission.OVERRIDE_VETO,
    SYSTEM,
)
REPLAY_DECISIONS = _route(
    "POST",
    "/guardian/replay",
    "guardian:admin",
    "Say what other policies would have decided",
    Permission.REPLAY_DECISION,
    SYSTEM,
)
MEMORY_CONSENT = ("memory.working", "memory.episodic", "memory.semantic")
"""What somebody else needs: every memory becomes an episode, and what it says is drawn from all of them."""

STORE_MEMORY = _route(
    "POST",
    "/consciousness/memory",
    "memory:write",
    "Remember something",
    Permission.WRITE_DATA,
    "user_id",
    consent=MEMORY_CONSENT,
)
LIST_MEMORIES = _route(
    "GET",
    "/consciousness/memory",
    "memory:read",
    "List memories in the order of time",
    Permission.READ_DATA,
    consent=MEMORY_CONSENT,
)
GET_MEMORY = _route(
    "GET",
    "/consciousness/memory/keys/{key+}",
    "memory:read",
    "Recall what is remembered under a key, now or as of then",
    Permission.READ_DATA,
    consent=MEMORY_CONSENT,
)
DELETE_MEMORY = _route(
    "DELETE",
    "/consciousness/memory/keys/{key+}",
    "memory:write",
    "Forget all that was remembered under a key",
    Permission.WRITE_DATA,
    consent=MEMORY_CONSENT,
)
SEARCH_MEMORIES = _route(
    "POST",
    "/consciousness/memory/search",
    "memory:read",
    "Search memories",
    Permission.READ_DATA,
    "user_id",
    consent=MEMORY_CONSENT,
)
LIST_FOLDS = _route(
    "GET",
    "/consciousness/memory/folds",
    "memory:read",
    "List the folds of old memories, and check them",
    Permission.READ_DATA,
    consent=MEMORY_CONSENT,
)
CREATE_FOLD = _route(
    "POST",
    "/consciousness/memory/folds",
    "memory:write",
    "Fold memories now",
    Permission.WRITE_DATA,
    consent=MEMORY_CONSENT,
)
ERASE_MEMORIES = _route(
    "DELETE", "/consciousness/memory", "memory:write", "Erase all memories, and prove it", Permission.ERASE_DATA
)
CONSCIOUSNESS_STATUS = _route(
    "GET", "/consciousness/status", "consciousness:read", "Say how the system is", Permission.READ_CONSCIOUSNESS
)
UPDATE_AWARENESS = _route(
    "POST",
    "/consciousness/awareness/update",
    "consciousness:admin",
    "Set the level of awareness",
    Permission.MANAGE_CONSCIOUSNESS,
    SYSTEM,
)
CONSCIOUSNESS_METRICS = _route(
    "GET", "/consciousness/metrics", "consciousness:read", "Say what was measured", Permission.READ_CONSCIOUSNESS
)
DETECT_DRIFT = _route(
    "POST",
    "/consciousness/drift/detect",
    "consciousness:read",
    "Say how far a state has drifted",
    Permission.DETECT_DRIFT,
)
MEASURE_ANONYMITY = _route(
    "POST",
    "/privacy/anonymity",
    "privacy:use",
    "Say how well a table hides the people in it, and generalise it",
    Permission.MEASURE_ANONYMITY,
    secret_body=True,
)
REPORT_HEARTBEAT = _route(
    "POST",
    "/consciousness/heartbeat",
    "consciousness:write",
    "Say that a subsystem lives",
    Permission.REPORT_HEARTBEAT,
)
LOG_EVENT = _route(
    "POST",
    "/privacy/events",
    "privacy:write",
    "Keep an event for statistics",
    Permission.WRITE_DATA,
    "user_id",
    consent=("analytics.usage",),
)
GET_STATISTIC = _route("POST", "/privacy/statistics", "privacy:analyse", "Answer with noise", Permission.ASK_STATISTICS)
GET_BUDGET = _route(
    "GET",
    "/privacy/budget/{dataset}",
    "privacy:analyse",
    "Say what is left of a privacy budget",
    Permission.ASK_STATISTICS,
)
ERASE_EVENTS = _route("DELETE", "/privacy/events", "privacy:write", "Delete the caller's events", Permission.ERASE_DATA)
LIST_ANOMALIES = _route(
    "GET", "/privacy/anomalies", "privacy:watch", "List alerts about accesses", Permission.READ_AUDIT, SYSTEM
)
GET_ANOMALIES = _route(
    "GET",
    "/privacy/anomalies/{principal}",
    "privacy:watch",
    "Show what one account or network did, hour by hour",
    Permission.READ_AUDIT,
    SYSTEM,
)
REDACT = _route(
    "POST",
    "/privacy/redact",
    "privacy:redact",
    "Take personal data out of a text, or put tokens in its place",
    Permission.WRITE_DATA,
    "user_id",
    consent=MEMORY_CONSENT,
    secret_body=True,
)
DETOKENISE = _route(
    "POST",
    "/privacy/detokenise",
    "privacy:detokenise",
    "Turn tokens back into what they stand for",
    Permission.READ_DATA,
    "user_id",
    consent=MEMORY_CONSENT,
    secret_body=True,
)
