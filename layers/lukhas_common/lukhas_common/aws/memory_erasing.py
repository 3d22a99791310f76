"""Erasing memories, put together from its adapters; apart from the rest of the memory, because it signs."""

from __future__ import annotations

from lukhas_common import times
from lukhas_common.aws.ledger import ledger
from lukhas_common.aws.log_keys import log_origin
from lukhas_common.aws.memory import memories, objects, remembering, vectors
from lukhas_common.aws.memory_dispatch import errands
from lukhas_common.aws.signing import signers
from lukhas_common.http import Caller
from lukhas_common.ledger.erasure import Erasures
from lukhas_common.ledger.log_keys import ED25519_RING
from lukhas_common.ledger.receipts import promise, receipt_of
from lukhas_common.memory.erasing import MemoryErasure, NotErasedError
from lukhas_common.memory.errors import MemoryFault, MemoryReason
from lukhas_common.memory.probing import Probing
from lukhas_common.memory.wire import ErasedMemories, MemoryReceipt


def erasure() -> MemoryErasure:
    """What erases memories."""
    probing = Probing(remembering(), _fitting)
    return MemoryErasure(memories(), objects(), ledger(), Erasures(ledger(), times.now), errands(), probing, vectors())


def _fitting(owner: str, text: str, limit: int) -> list[str]:
    """What a search answers. It is loaded here, because nothing else of an erasure needs numbers."""
    from lukhas_common.aws.memory_search import searching

    return searching().fitting(owner, text, limit)


def erase(who: Caller) -> ErasedMemories:
    """Erase all memories of the caller.

    Raises:
        MemoryFault: something was stored meanwhile under the key that is destroyed.
    """
    try:
        done = erasure().erase(who.user_id)
    except NotErasedError:
        raise MemoryFault(
            MemoryReason.MEMORY_BUSY,
            "The key is destroyed, so nothing that it sealed can be read any more; but something is there still. Send "
            "the same again.",
        ) from None
    receipt = receipt_of(done.entry, promise(log_origin(), done.entry, signers(ED25519_RING).current()))
    return ErasedMemories(
        erased_at=times.utc(done.erased.erased_at),
        complete_at=times.utc(done.erased.complete_at),
        items=done.items,
        objects=done.objects,
        vectors=done.vectors,
        probe=done.probe,
        receipt=MemoryReceipt(**receipt),
    )
