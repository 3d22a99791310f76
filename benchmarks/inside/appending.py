"""Appending to a stream that nobody else writes to, on memory."""

from __future__ import annotations

import sys
from typing import Any

from benchmarks.inside.memory import memory_ledger
from benchmarks.inside.timing import answer, repeated
from lukhas_common import times
from lukhas_common.ids import uuid7
from lukhas_common.ledger.entries import Entry
from lukhas_common.ledger.records import SALT, Record, canonical, entry_of

BODY = {"text": "x" * (1024 - len(canonical({"text": ""})))}
"""A body of 1 KB in canonical JSON."""


def measure() -> dict[str, Any]:
    """Each way, ``sys.argv[1]`` times."""
    often, ledger = int(sys.argv[1]), memory_ledger(times.now)
    person = uuid7(times.now())
    tail: list[Entry | None] = [None]

    def extend() -> None:
        tail[0] = ledger.extend(tail[0], "known", "benchmark", BODY, person)

    record = Record("sealed", 7, uuid7(times.now()), "benchmark", times.now(), bytes(32), BODY)
    key, salt = ledger.keys.to_seal(person), bytes(SALT)
    return {
        "append, sealed": repeated(lambda: ledger.append("sealed", "benchmark", BODY, subject=person), often),
        "append, not sealed": repeated(lambda: ledger.append("plain", "benchmark", BODY), often),
        "extend a stream of one's own, sealed": repeated(extend, often),
        "of a sealed append: the record in canonical JSON": repeated(record.canonical, often),
        "of a sealed append: that, the commitment and the seal": repeated(
            lambda: entry_of(record, salt, person, key.key_id, key.secret), often
        ),
    }


if __name__ == "__main__":
    answer(measure)
