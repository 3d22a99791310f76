"""The authorizer put together from its adapters. It imports no more than it needs: it is in every request's way."""

from __future__ import annotations

from functools import cache

from lukhas_common import times
from lukhas_common.aws.clients import client
from lukhas_common.aws.counters import DynamoWindows
from lukhas_common.aws.kms import public_keys
from lukhas_common.aws.standings import DynamoStandings
from lukhas_common.identity.access_tokens import AccessTokenVerifier
from lukhas_common.identity.rate_limit import RateLimiter
from lukhas_common.identity.strict_auth import StrictAuth
from lukhas_common.logs import LoggedAudit
from lukhas_common.settings import settings


@cache
def strict_auth() -> StrictAuth:
    """What the authorizer runs."""
    config = settings()
    tables = (config.required(name) for name in ("sessions_table", "users_table", "counters_table"))
    return StrictAuth(
        AccessTokenVerifier(public_keys(), config.issuer, config.audience, config.access_token_ttl, config.clock_skew),
        DynamoStandings(client("dynamodb"), *tables),
        RateLimiter(
            DynamoWindows(client("dynamodb"), config.required("counters_table")),
            config.rate_limit,
            config.rate_window,
        ),
        LoggedAudit(),
        times.now,
        require_https=not config.is_local,
    )
