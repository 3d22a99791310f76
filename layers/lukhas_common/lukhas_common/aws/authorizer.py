"""The authorizer put together from its adapters. It imports no more than it needs: it is in every request's way."""

from __future__ import annotations

from functools import cache

from lukhas_common import times
from lukhas_common.aws.clients import client
from lukhas_common.aws.counters import DynamoWindows
from lukhas_common.aws.families import DynamoFamilies
from lukhas_common.aws.keys import access_token_verifier, cached_keys, rings
from lukhas_common.aws.ledger import ledger_audit
from lukhas_common.aws.revocations import DynamoRevocations
from lukhas_common.aws.standings import DynamoStandings, Tables
from lukhas_common.identity.bearer import EveryToken
from lukhas_common.identity.expected import Expected
from lukhas_common.identity.rate_limit import RateLimiter
from lukhas_common.identity.strict_auth import StrictAuth
from lukhas_common.qrg import tokens as qrg
from lukhas_common.qrg.reader import QRGReader
from lukhas_common.settings import settings


def qrg_reader() -> QRGReader:
    """Reads QRG tokens."""
    config = settings()
    families = DynamoFamilies(client("dynamodb"), config.required("families_table"))
    expected = Expected(config.issuer, config.audience, qrg.MAX_TTL, config.clock_skew)
    return QRGReader(cached_keys(qrg.RING), families, expected)


def standings() -> DynamoStandings:
    """Reads the standing of any token; the requests of late too where the function knows their table."""
    config = settings()
    tables = Tables(
        users=config.required("users_table"),
        keys=config.required("keys_table"),
        sessions=config.sessions_table,
        revocations=config.revocations_table,
        families=config.required("families_table"),
        counters=config.counters_table,
    )
    return DynamoStandings(client("dynamodb"), tables, rings())


@cache
def strict_auth() -> StrictAuth:
    """What the authorizer runs."""
    config = settings()
    windows = DynamoWindows(client("dynamodb"), config.required("counters_table"))
    return StrictAuth(
        EveryToken(access_token_verifier(), qrg_reader()),
        standings(),
        RateLimiter(windows, config.rate_limit, config.rate_window),
        DynamoRevocations(client("dynamodb"), config.required("revocations_table")),
        ledger_audit(),
        times.now,
        require_https=not config.is_local,
    )
