"""The public log in S3, for its readers."""

from __future__ import annotations

from functools import cache

from lukhas_common.aws.clients import client
from lukhas_common.aws.ledger_log import S3LogObjects
from lukhas_common.ledger.proving import Prover
from lukhas_common.settings import settings
from lukhas_common.tlog.tree import TileMissingError


@cache
def public_log() -> S3LogObjects:
    """The bucket of the log."""
    return S3LogObjects(client("s3"), settings().required("log_bucket"))


def public_file(name: str) -> bytes | None:
    """A file of the log, None where there is none."""
    try:
        return public_log().read(name)
    except TileMissingError:
        return None


def prover() -> Prover:
    """Proves entries under the newest checkpoint."""
    return Prover(public_log())
