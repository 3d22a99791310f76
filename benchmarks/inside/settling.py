"""Writing leaf indexes to the stand-in's table, as SequenceLedgerFunction. Nothing of it is in the public log.

Without anything to read, it appends ``sys.argv[1]`` entries, as a function that may, and answers them; with these to
read, it settles them.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from typing import Any

from benchmarks.inside.appending import BODY
from benchmarks.inside.timing import answer, timed
from benchmarks.worker import watch
from lukhas_common.aws.clients import client
from lukhas_common.aws.ledger import ledger
from lukhas_common.aws.ledger_entries import DynamoEntries
from lukhas_common.ledger.entries import Leaf
from lukhas_common.settings import settings


def append() -> list[Any]:
    """What was appended: stream, seq and commitment."""
    for _ in range(int(sys.argv[1])):
        ledger().append("settled", "benchmark", BODY)
    return [[entry.stream, entry.seq, entry.commitment.hex()] for entry in ledger().entries("settled")]


def settle(appended: list[Any]) -> dict[str, Any]:
    """All of them at a time."""
    calls: list[str] = []
    store = DynamoEntries(client("dynamodb"), settings().required("ledger_table"))
    placed = [(Leaf(stream, seq, bytes.fromhex(commitment)), seq) for stream, seq, commitment in appended]
    watch(calls, [])
    taken = timed([lambda: store.settle(placed)])
    return {"entries": len(placed), "threads": store.threads, "taken": taken, "calls": Counter(calls)}


if __name__ == "__main__":
    given = sys.stdin.read()
    answer(append if not given else lambda: settle(json.loads(given)))
