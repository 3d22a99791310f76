"""The gate put together from its adapters; built once per process."""

from __future__ import annotations

from functools import cache

from lukhas_common import times
from lukhas_common.access.gate import Gate
from lukhas_common.aws.consent import engine
from lukhas_common.aws.ledger import ledger
from lukhas_common.logs import LoggedAudit


@cache
def gate() -> Gate:
    """What every request for a person's data passes."""
    return Gate(ledger(), engine(), LoggedAudit(), times.now)
