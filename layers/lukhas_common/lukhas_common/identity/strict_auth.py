"""The authorizer: ten checks that every request passes, in a fixed order, before an endpoint runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lukhas_common.identity.dpop import Proof, ProofStore, accept, verify_proof
from lukhas_common.identity.errors import IdentityError, Reason, TokenInvalidError
from lukhas_common.identity.jose import MAX_TOKEN_LENGTH
from lukhas_common.routes import ROUTES, Route

if TYPE_CHECKING:
    from lukhas_common.audit import Audit
    from lukhas_common.identity.bearer import TokenVerifier
    from lukhas_common.identity.rate_limit import RateLimiter
    from lukhas_common.identity.standing import Standings
    from lukhas_common.identity.user_context import UserContext
    from lukhas_common.times import Clock

EXEMPTED_PATHS = ("/health", "/docs", "/openapi.json")
_CREDENTIALS = re.compile(r"(Bearer|DPoP) ([A-Za-z0-9._~+/-]+=*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Request:
    """What the authorizer looks at.

    Attributes:
        route_key: the route that the gateway chose, such as ``GET /identity/profile``.
        scheme: ``https`` or ``http``, as the gateway saw it.
        url: the absolute URL, as the client wrote it.
        authorization: every Authorization header of the request; ``proofs`` every DPoP header.
        request_id: correlates log lines and ledger entries.
    """

    route_key: str
    method: str
    path: str
    scheme: str
    url: str
    authorization: tuple[str, ...]
    proofs: tuple[str, ...]
    source_ip: str
    request_id: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a request.

    Attributes:
        allowed: whether the endpoint may answer it.
        reason: why not; None where it is allowed.
        user: who is asking; None where that was not established or the path is exempted.
        retry_after: seconds to wait, where the reason is RATE_LIMITED.
    """

    allowed: bool
    reason: Reason | None = None
    user: UserContext | None = None
    retry_after: int = 0


class StrictAuth:
    """Decides about requests; denies what is not in ``routes``, and when in doubt."""

    def __init__(
        self,
        verifier: TokenVerifier,
        standings: Standings,
        limiter: RateLimiter,
        proofs: ProofStore,
        audit: Audit,
        clock: Clock,
        exempted_paths: Iterable[str] | None = None,
        require_https: bool = True,
        *,
        routes: Mapping[str, Route] = ROUTES,
    ) -> None:
        self.exempted_paths = frozenset(EXEMPTED_PATHS if exempted_paths is None else exempted_paths)
        self.require_https = require_https
        self._verifier = verifier
        self._standings = standings
        self._limiter = limiter
        self._proofs = proofs
        self._audit = audit
        self._clock = clock
        self._routes = routes

    def dispatch(self, request: Request) -> Decision:
        """Decide about one request; a failing dependency denies, and so does a failing audit.

        Never raises.
        """
        try:
            decision = self._decide(request)
        except IdentityError as error:
            decision = Decision(False, error.reason)
        except Exception as error:  # noqa: BLE001 - whatever broke, the answer is no
            decision = Decision(False, Reason.UNAVAILABLE)
            with suppress(Exception):  # the event of the decision follows, and denies if it cannot be kept
                self._audit.alarm("auth.failed", error, request_id=request.request_id)
        try:
            self._log_auth_event(request, decision)
        except Exception:  # noqa: BLE001 - what cannot be logged does not happen
            return Decision(False, Reason.UNAVAILABLE)
        return decision

    def _decide(self, request: Request) -> Decision:
        route = self._routes.get(request.route_key)
        if route is None:
            exempted = request.path in self.exempted_paths
            return Decision(exempted, None if exempted else Reason.ROUTE_UNKNOWN)
        if route.is_public:
            return Decision(True)
        if self.require_https and request.scheme != "https":
            return Decision(False, Reason.HTTPS_REQUIRED)
        now = self._clock()
        scheme, token = _credentials(request.authorization)
        user = self._verifier.verify(token, now)
        proof = _proof(request, user, scheme, token, now)
        standing = self._standings.load(user)
        if not standing.is_live(user, now):
            return Decision(False, Reason.TOKEN_REVOKED, user)
        if not route.allows(user.scopes, in_session=user.session_id is not None):
            return Decision(False, Reason.SCOPE_MISSING, user)
        wait = self._limiter.admit(user.user_id, standing.window, now)
        if wait:
            return Decision(False, Reason.RATE_LIMITED, user, wait)
        if proof is not None:
            accept(proof, self._proofs)
        return Decision(True, None, user)

    def _log_auth_event(self, request: Request, decision: Decision) -> None:
        user = decision.user
        self._audit.record(
            "auth.allowed" if decision.allowed else "auth.refused",
            route=request.route_key,
            request_id=request.request_id,
            source_ip=request.source_ip,
            reason=decision.reason,
            user_id=user.user_id if user else None,
            session_id=user.session_id if user else None,
            family_id=user.family_id if user else None,
            token_id=user.token_id if user else None,
        )


def _credentials(authorization: tuple[str, ...]) -> tuple[str, str]:
    """Scheme and token of the one Authorization header (RFC 6750, section 2.1; RFC 9449, section 7.1)."""
    if not authorization or authorization == ("",):
        raise TokenInvalidError(Reason.AUTHORIZATION_MISSING)
    if len(authorization[0]) > len("Bearer ") + MAX_TOKEN_LENGTH:
        raise TokenInvalidError
    match = _CREDENTIALS.fullmatch(authorization[0])
    if len(authorization) != 1 or match is None:
        raise TokenInvalidError(Reason.AUTHORIZATION_MALFORMED)
    return match[1], match[2]


def _proof(request: Request, user: UserContext, scheme: str, token: str, now: float) -> Proof | None:
    """The proof for a token that is bound to a key; None for one that is not.

    Raises:
        TokenInvalidError: the scheme is that of the other kind, or there is no one valid proof by that key.
    """
    if (scheme == "DPoP") != (user.key_thumbprint is not None):
        raise TokenInvalidError(Reason.DPOP_PROOF_INVALID)
    if user.key_thumbprint is None:
        return None
    if len(request.proofs) != 1:
        raise TokenInvalidError(Reason.DPOP_PROOF_INVALID)
    proof = verify_proof(request.proofs[0], method=request.method, url=request.url, now=now, access_token=token)
    if proof.thumbprint != user.key_thumbprint:
        raise TokenInvalidError(Reason.DPOP_PROOF_INVALID)
    return proof
