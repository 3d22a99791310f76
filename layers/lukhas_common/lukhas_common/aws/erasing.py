"""Erasure put together from its adapters."""

from __future__ import annotations

from lukhas_common import times
from lukhas_common.aws.clients import client
from lukhas_common.aws.exports import S3Exports
from lukhas_common.aws.ledger import ledger
from lukhas_common.aws.privacy import erase_of, pseudonyms
from lukhas_common.consent.models import stream_of
from lukhas_common.ledger.erasure import Erased, Erasures
from lukhas_common.memory.vault import SUBJECT as MEMORIES
from lukhas_common.settings import settings


def erase(user_id: str) -> Erased:
    """Destroy the data key of a person, and what was kept for them outside it: exports, and events for statistics.

    Both are looked for again afterwards: an export that was being made could still read what the key had sealed, and an
    event that was being added has the old pseudonym. Events go first, since only the key tells which are theirs; a run
    that is killed before the key is destroyed is one that the person asks for again.
    """
    exports, names = S3Exports(client("s3"), settings().required("exports_bucket")), pseudonyms(user_id)
    exports.delete_all(user_id)
    erase_of(names)
    erased = Erasures(ledger(), times.now).erase(user_id, stream_of(user_id))
    exports.delete_all(user_id)
    erase_of(names)
    return erased


def finish_erasures() -> int:
    """Have the ledger tell of erasures that it does not tell of yet; answers how many these were.

    Raises:
        ExceptionGroup: some could not be finished; the others were.
    """
    erasures, finished = Erasures(ledger(), times.now), 0
    failures: list[Exception] = []
    for subject in ledger().keys.store.unlogged():
        try:
            stream = subject if subject.startswith(MEMORIES) else stream_of(subject)
            finished += erasures.finish(subject, stream) is not None
        except Exception as error:  # noqa: BLE001 - one must not keep the others from being finished
            failures.append(error)
    if failures:
        raise ExceptionGroup("some erasures could not be finished", failures)
    return finished
