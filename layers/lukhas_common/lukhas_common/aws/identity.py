"""Identity put together from its adapters, as each endpoint needs it; built once per process."""

from __future__ import annotations

from functools import cache

from lukhas_common import times
from lukhas_common.aws.clients import client
from lukhas_common.aws.lanes import DynamoLanes
from lukhas_common.aws.ledger import ledger_audit
from lukhas_common.aws.revocations import DynamoRevocations
from lukhas_common.aws.sessions import DynamoSessions
from lukhas_common.aws.signing import server_key, signers
from lukhas_common.aws.users import DynamoUsers
from lukhas_common.identity import access_tokens
from lukhas_common.identity.access_token_issuer import AccessTokenIssuer
from lukhas_common.identity.login import Login
from lukhas_common.identity.login_throttle import LoginThrottle, Pace
from lukhas_common.identity.password_hashes import PasswordHasher
from lukhas_common.identity.passwords import PasswordPolicy
from lukhas_common.identity.refresh_tokens import RefreshTokens
from lukhas_common.identity.sessions import Sessions, end_session
from lukhas_common.identity.users import Accounts
from lukhas_common.settings import settings


@cache
def accounts() -> Accounts:
    """Registration and profiles."""
    config = settings()
    return Accounts(
        users(),
        PasswordHasher(),
        PasswordPolicy(),
        tuple(config.default_scopes.split()),
        config.claim_timeout,
        ledger_audit(),
        times.now,
    )


@cache
def login() -> Login:
    """Everything that hands out tokens."""
    config = settings()
    return Login(
        accounts(),
        Sessions(
            session_store(),
            users(),
            RefreshTokens(server_key()),
            config.client_id,
            config.refresh_token_ttl,
            config.session_max_age,
            config.refresh_grace,
        ),
        AccessTokenIssuer(signers(access_tokens.RING), config.issuer, config.audience, config.access_token_ttl),
        LoginThrottle(
            # A refresh never asks the throttle, and its function knows no counters.
            DynamoLanes(client("dynamodb"), config.counters_table),
            server_key(),
            Pace(config.login_free_failures, config.login_max_wait, config.login_forget_one),
            Pace(config.login_source_free, max_wait=60, forget_one=10),
            config.device_cookie_ttl,
        ),
        # A change of the password spends no proof: the authorizer did.
        DynamoRevocations(client("dynamodb"), config.revocations_table),
        ledger_audit(),
        times.now,
    )


@cache
def session_store() -> DynamoSessions:
    """The sessions."""
    return DynamoSessions(client("dynamodb"), settings().required("sessions_table"))


@cache
def users() -> DynamoUsers:
    """The users; only registration and login know usernames."""
    config = settings()
    return DynamoUsers(client("dynamodb"), config.required("users_table"), config.usernames_table)


def logout(session_id: str) -> None:
    """End a session at its owner's wish."""
    end_session(session_store(), ledger_audit(), session_id)
