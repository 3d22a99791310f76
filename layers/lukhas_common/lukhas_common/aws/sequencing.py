"""The sequencer put together from its adapters."""

from __future__ import annotations

from lukhas_common import times
from lukhas_common.aws.access_feed import S3Feed
from lukhas_common.aws.clients import client
from lukhas_common.aws.ledger_entries import DynamoEntries
from lukhas_common.aws.ledger_log import DynamoLogState, S3Staging
from lukhas_common.aws.log_keys import log_origin
from lukhas_common.aws.public_log import public_log
from lukhas_common.aws.signing import signers
from lukhas_common.ledger.log_keys import ED25519_RING, ML_DSA_RING
from lukhas_common.ledger.sequencer import Sequencer, Summary
from lukhas_common.logs import LoggedAudit
from lukhas_common.settings import settings

BATCH = 4096
"""Entries of one batch at most."""

RESERVE = 20
"""Seconds that a batch may take: no further one is begun with less."""


def sequence(seconds: float) -> Summary:
    """Sequence what is pending.

    Args:
        seconds: that there are in all.
    """
    config = settings()
    sequencer = Sequencer(
        log_origin(),
        DynamoEntries(client("dynamodb"), config.required("ledger_table")),
        DynamoLogState(client("dynamodb"), config.required("checkpoints_table"), log_origin()),
        public_log(),
        S3Staging(client("s3"), config.required("staging_bucket")),
        signers(ED25519_RING),
        signers(ML_DSA_RING),
        LoggedAudit(),
        times.now,
        S3Feed(client("s3"), config.required("staging_bucket")),
    )
    return sequencer.run(BATCH, times.now() + seconds - RESERVE)
