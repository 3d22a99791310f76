"""The authorizer without the network, and without boto3: the same request again, with answers that were kept."""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.inside.timing import answer, repeated, timed
from benchmarks.statistic import Timing
from lukhas_common.aws.clients import client

PAUSE = 0.01
"""Seconds for which a process sleeps while it waits for the stand-in, roughly."""


def kept(call: Callable[..., Any], name: Callable[..., str], answers: dict[str, Any]) -> Callable[..., Any]:
    """The call, whose latest answers are kept by name."""

    def calling(*arguments: Any) -> Any:
        answers[name(*arguments)] = call(*arguments)
        return answers[name(*arguments)]

    return calling


def paused(work: Callable[[], object], times: int) -> Timing:
    """What the call takes after a pause, in which others use the caches of the processor."""
    taken = Timing([], [])
    for _ in range(times):
        time.sleep(PAUSE)
        once = timed([work])
        taken.cpu.extend(once.cpu)
        taken.wall.extend(once.wall)
    return taken


def measure() -> dict[str, Any]:
    """One allowed request that comes by stdin, ``sys.argv[1]`` times in each way."""
    times, event = int(sys.argv[1]), json.load(sys.stdin)
    handler = importlib.import_module("identity.authorizer").handler
    database = client("dynamodb")
    session, sent, called = database._endpoint.http_session, {}, {}  # type: ignore[var-annotated]
    send, call = session.send, database._make_api_call
    session.send = kept(send, lambda request: request.headers["X-Amz-Target"].decode(), sent)
    database._make_api_call = kept(call, lambda operation, _: operation, called)
    for _ in range(5):
        assert handler(event, None)["isAuthorized"]

    def ways() -> dict[str, Timing]:
        return {
            "at once": repeated(lambda: handler(event, None), times),
            "paused": paused(lambda: handler(event, None), times),
        }

    session.send, database._make_api_call = (lambda request: sent[request.headers["X-Amz-Target"].decode()]), call
    without_network = ways()
    database._make_api_call = lambda operation, _: called[operation]
    return {"without the network": without_network, "without boto3": ways()}


if __name__ == "__main__":
    answer(measure)
