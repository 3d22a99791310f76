"""What every function does after its work: count it, and say once a minute that it lives.

It is off where no table is named, as in use as a library, and it never fails or refuses what was asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any

from lukhas_common.settings import settings

Handler = Callable[[dict[str, Any], Any], Any]


def name_of(module: str) -> str:
    """What a function goes by: its folder and file, such as ``guardian.health``."""
    return ".".join(module.split(".")[-2:])


def worked(function: str, started: float, *, failed: bool, interval: float = 0.0) -> None:
    """Count a request or a run.

    Args:
        started: the ``time.perf_counter`` of its begin.
        interval: seconds from run to run, of a function that runs by a schedule.
    """
    milliseconds = (time.perf_counter() - started) * 1000
    if is_on():
        with suppress(Exception):  # whatever it is: the request was answered
            _pulse().worked(function, milliseconds, failed=failed, interval=interval)


def note(function: str, wrong: str) -> None:
    """What a function found wrong with its subsystem, for the status to tell; empty for nothing."""
    if is_on():
        with suppress(Exception):
            _pulse().note(function, wrong)


def is_on() -> bool:
    """Whether this process says that it lives."""
    config = settings()
    return bool(config.heartbeats_table and config.heartbeat_seconds)


def counted(handler: Handler) -> Handler:
    """A handler that is no endpoint, and counts what it does."""
    return _counting(handler, 0.0)


def scheduled(*, every: float) -> Callable[[Handler], Handler]:
    """A handler that a schedule runs. Where it is not heard of for three times as long, the system is degraded.

    Args:
        every: seconds from run to run.
    """
    return lambda handler: _counting(handler, every)


def _counting(handler: Handler, interval: float) -> Handler:
    function = name_of(handler.__module__)

    @wraps(handler)
    def counting(event: dict[str, Any], context: Any) -> Any:
        started, failed = time.perf_counter(), True
        try:
            result = handler(event, context)
            failed = False
            return result
        finally:
            worked(function, started, failed=failed, interval=interval)

    counting.interval = interval  # type: ignore[attr-defined]
    return counting


def _pulse() -> Any:
    from lukhas_common.aws.heartbeats import pulse  # here, because what is off makes no client

    return pulse()
