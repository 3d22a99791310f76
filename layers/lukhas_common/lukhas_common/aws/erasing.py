"""Erasure put together from its adapters."""

from __future__ import annotations

from lukhas_common import times
from lukhas_common.aws.clients import client
from lukhas_common.aws.exports import S3Exports
from lukhas_common.aws.ledger import ledger
from lukhas_common.consent.models import stream_of
from lukhas_common.ledger.erasure import Erased, Erasures
from lukhas_common.settings import settings


def erase(user_id: str) -> Erased:
    """Destroy the data key of a person, and what was exported for them and not fetched yet."""
    S3Exports(client("s3"), settings().required("exports_bucket")).delete_all(user_id)
    return Erasures(ledger(), times.now).erase(user_id, stream_of(user_id))


def finish_erasures() -> int:
    """Have the ledger tell of erasures that it does not tell of yet; answers how many these were."""
    erasures = Erasures(ledger(), times.now)
    owing = ledger().keys.store.unlogged()
    return sum(erasures.finish(subject, stream_of(subject)) is not None for subject in owing)
