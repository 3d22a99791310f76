"""QRG tokens, revocation and introspection put together from their adapters."""

from __future__ import annotations

from functools import cache

from lukhas_common import times
from lukhas_common.aws.authorizer import qrg_reader, standings
from lukhas_common.aws.clients import client
from lukhas_common.aws.families import DynamoFamilies
from lukhas_common.aws.identity import session_store, users
from lukhas_common.aws.keys import access_token_verifier, rings
from lukhas_common.aws.ledger import ledger_audit
from lukhas_common.aws.revocations import DynamoRevocations
from lukhas_common.aws.signing import qrg_config, server_key, signers
from lukhas_common.crypto.ring_keys import BelievedKeys
from lukhas_common.identity.bearer import EveryToken
from lukhas_common.identity.introspection import Introspection, IntrospectionOfAll
from lukhas_common.identity.refresh_tokens import RefreshTokens
from lukhas_common.identity.revocation import Revocation
from lukhas_common.qrg import tokens as qrg
from lukhas_common.qrg.generator import QRGGenerator
from lukhas_common.settings import settings


@cache
def qrg_generator() -> QRGGenerator:
    """Issues, rotates and revokes QRG tokens."""
    return QRGGenerator(
        qrg_config(),
        signers=signers(qrg.RING),
        keys=BelievedKeys(qrg.RING, rings(), times.now),
        store=DynamoFamilies(client("dynamodb"), settings().required("families_table")),
        epochs=_epoch,
        server_key=_derived,
        audit=ledger_audit(),
        clock=times.now,
        clock_skew=settings().clock_skew,
    )


def _epoch(user_id: str) -> int | None:
    # Asked for when it is needed: a function that only revokes knows neither users nor the server's key.
    return users().epoch(user_id)


def _derived(purpose: str) -> bytes:
    return server_key()(purpose)


@cache
def revocation() -> Revocation:
    """Ends any token."""
    return Revocation(
        access_token_verifier(),
        RefreshTokens(server_key()),
        qrg_generator(),
        session_store(),
        DynamoRevocations(client("dynamodb"), settings().required("revocations_table")),
        ledger_audit(),
        times.now,
    )


@cache
def qrg_introspection() -> Introspection:
    """Says whether a QRG token is good."""
    return Introspection(qrg_reader(), standings(), times.now)


@cache
def introspection() -> IntrospectionOfAll:
    """Says whether any token is good."""
    others = Introspection(EveryToken(access_token_verifier(), qrg_reader()), standings(), times.now)
    return IntrospectionOfAll(others, RefreshTokens(server_key()), session_store(), users())
