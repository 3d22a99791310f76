"""Runs of the sequencer's function: with nothing to do, and with a few entries that are pending."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from benchmarks import measured
from benchmarks.events import http, scheduled
from benchmarks.process import Reply, Worker
from benchmarks.stack import Stack, started
from benchmarks.statistic import Timing
from benchmarks.traffic import Traffic
from benchmarks.traffic_consent import SEQUENCER

PENDING = (2, 40)
"""Entries of each busy run; a grant leaves two."""

SETTLED = 400


@dataclass(frozen=True, slots=True)
class Settled:
    """Leaf indexes that were written: how many, by how many threads, what that took, and the calls."""

    entries: int
    threads: int
    taken: Timing
    calls: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Runs:
    """What the sequencer did.

    Attributes:
        idle: a run with nothing to do; ``busy`` by how many entries were pending.
        note: bytes of a checkpoint's signed note.
    """

    idle: Reply
    busy: dict[int, Reply]
    settled: Settled
    note: int


def measure(stack: Stack) -> Runs:
    """On a stack of its own, whose log is small and of which nothing else is pending."""
    with started(stack.build) as fresh, closing(Traffic(fresh)) as traffic:
        with Worker(fresh.program(SEQUENCER)) as worker:
            worker.ask(scheduled())
            idle = worker.ask(scheduled())
            busy = {}
            for entries in PENDING:
                traffic.consent.pend(entries // 2)
                busy[entries] = worker.ask(scheduled())
                _expect(busy[entries].answer, entries)
            _expect(idle.answer, 0)
        with Worker(fresh.program("LedgerCheckpointFunction")) as worker:
            note = len(worker.ask(http("GET /ledger/checkpoint")).answer["body"])
        appended = json.dumps(measured.answer(fresh, "settling", SETTLED, function="GrantConsentFunction"))
        settled: dict[str, Any] = measured.answer(fresh, "settling", SETTLED, appended, function=SEQUENCER)
    return Runs(idle, busy, Settled(**{**settled, "taken": Timing(**settled["taken"])}), note)


def listed(calls: Mapping[str, int] | tuple[str, ...]) -> str:
    """Calls by name, such as ``2 kms.Sign, 5 s3.PutObject``."""
    return ", ".join(f"{times} {name}" for name, times in sorted(Counter(calls).items()))


def _expect(answer: Mapping[str, Any], entries: int) -> None:
    if answer["sequenced"] != entries:
        raise RuntimeError(f"{entries} entries were pending, but {answer['sequenced']} were sequenced")
