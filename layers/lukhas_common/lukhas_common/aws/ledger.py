"""The ledger put together from its adapters; built once per process."""

from __future__ import annotations

import secrets
from functools import cache

from lukhas_common import times
from lukhas_common.aws.clients import client
from lukhas_common.aws.data_keys import DynamoDataKeys, KmsWrapper
from lukhas_common.aws.ledger_entries import DynamoEntries
from lukhas_common.ledger.data_keys import DataKeys, LocalWrapper
from lukhas_common.ledger.ledger import Ledger
from lukhas_common.ledger.ledger_audit import LedgerAudit
from lukhas_common.ledger.memory import MemoryDataKeys
from lukhas_common.logs import LoggedAudit
from lukhas_common.settings import settings


@cache
def ledger() -> Ledger:
    """The ledger in DynamoDB, with data keys wrapped by KMS."""
    config = settings()
    newest, *older = config.data_keys
    keys = DataKeys(
        DynamoDataKeys(client("dynamodb"), config.required("data_keys_table")),
        KmsWrapper(lambda: client("kms"), newest, config.stack_name, tuple(older)),
        times.now,
    )
    return Ledger(DynamoEntries(client("dynamodb"), config.required("ledger_table")), keys, times.now)


@cache
def ledger_about_nobody() -> Ledger:
    """The same for those who read what is about nobody: no data key is in reach."""
    keys = DataKeys(MemoryDataKeys(), LocalWrapper(secrets.token_bytes(32)), times.now)
    return Ledger(DynamoEntries(client("dynamodb"), settings().required("ledger_table")), keys, times.now)


@cache
def ledger_audit() -> LedgerAudit:
    """What every room reports to."""
    return LedgerAudit(ledger(), LoggedAudit())
