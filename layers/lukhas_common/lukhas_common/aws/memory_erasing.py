"""Erasing memories, put together from its adapters; apart from the rest of the memory, because it signs."""

from __future__ import annotations

from lukhas_common import times
from lukhas_common.aws.ledger import ledger
from lukhas_common.aws.log_keys import log_origin
from lukhas_common.aws.memory import memories, objects, vectors
from lukhas_common.aws.memory_dispatch import errands
from lukhas_common.aws.signing import signers
from lukhas_common.http import Caller
from lukhas_common.ledger.erasure import Erasures
from lukhas_common.ledger.log_keys import ED25519_RING
from lukhas_common.ledger.receipts import promise, receipt_of
from lukhas_common.memory.erasing import MemoryErasure
from lukhas_common.memory.wire import ErasedMemories, MemoryReceipt


def erasure() -> MemoryErasure:
    """What erases memories."""
    return MemoryErasure(memories(), objects(), ledger(), Erasures(ledger(), times.now), errands(), vectors())


def erase(who: Caller) -> ErasedMemories:
    """Erase all memories of the caller."""
    done = erasure().erase(who.user_id)
    receipt = receipt_of(done.entry, promise(log_origin(), done.entry, signers(ED25519_RING).current()))
    return ErasedMemories(
        erased_at=times.utc(done.erased.erased_at),
        complete_at=times.utc(done.erased.complete_at),
        items=done.items,
        objects=done.objects,
        vectors=done.vectors,
        probe={"items": 0, "objects": 0, "vectors": 0},
        receipt=MemoryReceipt(**receipt),
    )
