"""Writing leaf indexes to the stand-in's table, as SequenceLedgerFunction. Nothing of it is in the public log."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

from benchmarks.inside.appending import BODY
from benchmarks.inside.timing import answer, timed
from benchmarks.worker import watch
from lukhas_common.aws.ledger import ledger
from lukhas_common.aws.ledger_entries import DynamoEntries
from lukhas_common.ledger.entries import Leaf


def measure() -> dict[str, Any]:
    """``sys.argv[1]`` entries at a time."""
    calls: list[str] = []
    store, number = ledger().store, int(sys.argv[1])
    assert isinstance(store, DynamoEntries)
    for _ in range(number):
        ledger().append("settled", "benchmark", BODY)
    placed = [
        (Leaf(entry.stream, entry.seq, entry.commitment), entry.seq) for entry in store.read("settled", 0, number)
    ]
    watch(calls, [])
    taken = timed([lambda: store.settle(placed)])
    return {"entries": len(placed), "threads": store.threads, "taken": taken, "calls": Counter(calls)}


if __name__ == "__main__":
    answer(measure)
