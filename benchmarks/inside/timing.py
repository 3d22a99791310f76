"""Times calls on one core, and answers the process that asked."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from functools import partial
from typing import Any

from benchmarks.statistic import Timing

Work = Callable[[], object]


def timed(calls: Iterable[Work]) -> Timing:
    """What each of the calls took."""
    timing = Timing([], [])
    for call in calls:
        wall, cpu = time.perf_counter_ns(), time.process_time_ns()
        call()
        cpu, wall = time.process_time_ns() - cpu, time.perf_counter_ns() - wall
        timing.cpu.append(cpu / 1e9)
        timing.wall.append(wall / 1e9)
    return timing


def each(work: Callable[[Any], object], items: Iterable[Any]) -> Timing:
    """What the call took with each of these."""
    return timed([partial(work, item) for item in items])


def repeated(work: Work, times: int) -> Timing:
    """What the same call took each time, after some for warming up."""
    timed([work] * (times // 10))
    return timed([work] * times)


def answer(measure: Callable[[], Any]) -> None:
    """Measure on one core, log lines going nowhere, and print the result."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    json.dump(measure(), replies, default=asdict)
    replies.flush()
