"""Growing and signing the public log, on memory: the sequencer as a whole, and the tree with its signatures alone."""

from __future__ import annotations

import json
import sys
from typing import Any

from benchmarks.inside.appending import BODY
from benchmarks.inside.memory import memory_ledger
from benchmarks.inside.timing import answer, timed
from lukhas_common import times
from lukhas_common.aws.sequencing import BATCH
from lukhas_common.crypto.local_keys import LocalSigner
from lukhas_common.crypto.ring_keys import SingleKey
from lukhas_common.ledger.memory import MemoryEntries
from lukhas_common.ledger.memory_log import MemoryLogObjects, MemoryLogState, MemoryStaging
from lukhas_common.ledger.sequencer import Sequencer
from lukhas_common.logs import LoggedAudit
from lukhas_common.tlog.checkpoint import Checkpoint, sign_checkpoint
from lukhas_common.tlog.tree import grow

ORIGIN = "lukhas.id/ledger"
ED25519, ML_DSA_44 = (SingleKey(LocalSigner.generate(algorithm)) for algorithm in ("Ed25519", "ML-DSA-44"))
STREAMS = 64


def whole(entries: int) -> dict[str, Any]:
    """The sequencer over all its ports in memory; entries are appended before, and that is not measured."""
    ledger = memory_ledger(times.now)
    for number in range(entries):
        ledger.append(f"stream/{number % STREAMS}", "benchmark", BODY)
    store = ledger.store
    assert isinstance(store, MemoryEntries)
    ports = (MemoryLogState(), MemoryLogObjects(), MemoryStaging())
    sequencer = Sequencer(ORIGIN, store, *ports, ED25519, ML_DSA_44, LoggedAudit(), times.now)
    taken = timed([lambda: sequencer.run(BATCH, float("inf"))])
    assert ports[0].head is not None
    assert ports[0].head.size == entries
    return {"entries": entries, "taken": taken}


def bare(entries: int, size: int) -> dict[str, Any]:
    """The tree and its signatures alone, batch by batch, over leaves of so many bytes."""
    log, place = MemoryLogObjects(), [0]
    batches = [
        [number.to_bytes(size, "big") for number in range(start, min(start + BATCH, entries))]
        for start in range(0, entries, BATCH)
    ]

    def step(leaves: list[bytes]) -> None:
        growth = grow(log, place[0], leaves)
        checkpoint = Checkpoint(ORIGIN, growth.size, growth.root)
        sign_checkpoint(checkpoint, ED25519.current(), ML_DSA_44.current(), times.now())
        log.objects.update(growth.tiles)
        place[0] = growth.size

    taken = timed([lambda leaves=leaves: step(leaves) for leaves in batches])  # type: ignore[misc]
    return {"entries": entries, "taken": taken}


def measure() -> dict[str, Any]:
    """All, with ``sys.argv[1]`` entries."""
    entries = int(sys.argv[1])
    return {
        "batch": BATCH,
        "record": len(json.dumps(BODY)),
        "sequencer": whole(entries),
        "1 KB": bare(entries, 1024),
        "32 bytes": bare(entries, 32),
    }


if __name__ == "__main__":
    answer(measure)
