"""Consolidation put together from its adapters: what is done for one person."""

from __future__ import annotations

from functools import cache
from typing import Any

from lukhas_common import times
from lukhas_common.aws.memory import manifests, memories, objects, stored_folds, vault
from lukhas_common.aws.memory_dispatch import dead_letters, errands
from lukhas_common.aws.memory_erasing import erasure
from lukhas_common.aws.memory_index import TO_FOLD, TO_SETTLE, indexes
from lukhas_common.http import Caller
from lukhas_common.logs import LoggedAudit
from lukhas_common.memory.compressing import Compressing
from lukhas_common.memory.dispatching import Tasks
from lukhas_common.memory.errors import MemoryFault, MemoryReason
from lukhas_common.memory.manifest import ManifestMovedError
from lukhas_common.memory.models import ConsolidationResult
from lukhas_common.memory.ports import Errand
from lukhas_common.memory.search.errors import MeaningError
from lukhas_common.memory.settling import Settling
from lukhas_common.memory.wire import CreatedFolds


def settling(patience: float = TO_SETTLE) -> Settling:
    """What settles one person's memories."""
    return Settling(memories(), vault(), manifests(), indexes(patience), stored_folds(), dead_letters(), times.now)


def compressing() -> Compressing:
    """What compresses one person's folds."""
    return Compressing(memories(), vault(), manifests(), objects(), indexes(), stored_folds(), times.now)


@cache
def tasks() -> Tasks:
    """What can be done for one person."""
    return Tasks(
        {
            "settle_working": lambda owner: _settled("settle_working", owner, settling().settle_working(owner)),
            "settle_episodic": lambda owner: _settled("settle_episodic", owner, settling().settle_episodic(owner)),
            "compress": lambda owner: _go_on("settle_episodic", owner, compressing().compress(owner).behind),
            "erase": lambda owner: erasure().sweep(owner),
        },
        LoggedAudit(),
    )


def _settled(task: str, owner: str, found: ConsolidationResult) -> None:
    """Go on with what a run left, which took a bounded part of what is due."""
    _go_on(task, owner, found.behind or found.goes_on)


def _go_on(task: str, owner: str, left: int) -> None:
    if left:
        errands().send([Errand(task, owner)])


def run_errands(event: dict[str, Any]) -> dict[str, Any]:
    """Do what the messages of a queue say; answers those that are to come again."""
    failed = [{"itemIdentifier": record["messageId"]} for record in event["Records"] if not tasks().run(record["body"])]
    return {"batchItemFailures": failed}


def create_fold(memory_ids: list[str], who: Caller) -> CreatedFolds:
    """Fold memories of the caller now.

    Raises:
        MemoryFault: none can be folded; or a model that is asked does not answer, or others change the same memories:
            try again.
    """
    try:
        return CreatedFolds.of(settling(TO_FOLD).fold(who.user_id, memory_ids))
    except (MeaningError, ManifestMovedError):
        raise MemoryFault(
            MemoryReason.MEMORY_BUSY, "Memories are being settled, or cannot be now; try again."
        ) from None
