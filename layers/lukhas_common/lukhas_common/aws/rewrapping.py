"""Re-wrapping of data keys, put together from its adapters."""

from __future__ import annotations

from lukhas_common.aws.clients import client
from lukhas_common.aws.data_keys import DynamoDataKeys, KmsWrapper
from lukhas_common.ledger.rewrapping import Rewrapped, rewrap_all
from lukhas_common.settings import settings


def rewrap_data_keys(*, dry_run: bool = False) -> Rewrapped:
    """Move every data key under the newest key of KMS, for an operator who may: no function has the right."""
    config = settings()
    newest, *older = config.data_keys
    kms = client("kms")
    return rewrap_all(
        DynamoDataKeys(client("dynamodb"), config.required("data_keys_table")),
        KmsWrapper(lambda: kms, newest, config.stack_name, tuple(older)),
        dry_run=dry_run,
    )
