"""Finding who is due in the stand-in's table, and sending for each: as SettleWorkingFunction."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from typing import Any

from benchmarks.inside.timing import answer
from benchmarks.worker import watch
from lukhas_common import times
from lukhas_common.aws.memory_dispatch import dispatcher, errands
from lukhas_common.memory.ports import Errand
from lukhas_common.memory.stored import SHARDS, Stage


def measure() -> dict[str, Any]:
    """How many were found and sent for; CPU of finding nobody, of finding them and of sending, with its calls."""
    calls: list[str] = []
    for _ in range(2):  # the first time it opens what it needs
        before = time.process_time()
        for shard in range(SHARDS):
            assert not list(dispatcher().store.due(Stage.FORGOTTEN, shard, times.now()))
        nothing = time.process_time() - before
    before = time.process_time()
    due = [owner for shard in range(SHARDS) for owner in dispatcher().store.due(Stage.WORKING, shard, times.now())]
    found = time.process_time() - before
    watch(calls, [])
    # The stand-in answers one call at a time, and not in time if all wait for it.
    queue = replace(errands(), threads=1)
    queue.send([Errand("settle_working", due[0])])
    calls.clear()
    before = time.process_time()
    queue.send(Errand("settle_working", owner) for owner in due)
    sending = time.process_time() - before
    figures = {"due": len(due), "nothing": nothing, "finding": found, "sending": sending}
    return {**figures, "threads": errands().threads, "calls": Counter(calls)}


if __name__ == "__main__":
    answer(measure)
