"""Warm functions: one process each, one event at a time, as one Lambda environment works."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from dataclasses import dataclass

from benchmarks.process import WORKER, Reply, Worker
from benchmarks.stack import Stack
from benchmarks.statistic import percentile
from benchmarks.traffic import Traffic

BAR = 2
"""AWS round trips of the authorizer for one authorized request; the audit not counted."""

WARM_UP = 5
HASHES = {"RegisterFunction": 1, "AuthenticateFunction": 1, "ChangePasswordFunction": 2}
"""Argon2id hashes that one request computes."""

SLOW = (*HASHES, "LogoutFunction")
"""These get a quarter of the events: they, or the login before each of their events, hash a password."""


@dataclass(frozen=True, slots=True)
class Warm:
    """The events of one function. Times in seconds."""

    function: str
    route: str | None
    replies: list[Reply]

    def wall(self, percent: float) -> float:
        return percentile([reply.wall for reply in self.replies], percent)

    @property
    def per_second(self) -> float:
        return len(self.replies) / sum(reply.wall for reply in self.replies)

    @property
    def cpu(self) -> float:
        """CPU of our process for one request, on average."""
        return sum(reply.cpu for reply in self.replies) / len(self.replies)

    @property
    def calls(self) -> int:
        """AWS round trips of the worst request, repeats included."""
        return max(len(reply.calls) for reply in self.replies)

    @property
    def usual_calls(self) -> str:
        """The calls that most requests make, by name."""
        usual = Counter(reply.calls for reply in self.replies).most_common(1)[0][0]
        names = Counter(call.rpartition(".")[2] for call in usual)
        return ", ".join(f"{times} {name}" for name, times in names.items()) or "none"


def measure(stack: Stack, traffic: Traffic, requests: int) -> list[Warm]:
    """Send ``requests`` events to each function, a quarter where a password is hashed for each."""
    measured = []
    for function in filter(traffic.knows, stack.functions):
        with Worker(stack.program(function)) as worker:
            replies = []
            for _ in range(WARM_UP + max(1, requests // (4 if function in SLOW else 1))):
                reply = worker.ask(traffic.next(function))
                traffic.answered(function, reply.answer)
                replies.append(reply)
        measured.append(Warm(function, stack.route(function), replies[WARM_UP:]))
    return measured


@dataclass(frozen=True, slots=True)
class Own:
    """Our own code without AWS: medians of CPU time in microseconds."""

    dispatch: float
    verify: float
    audit: float
    argon2: float


def measure_own(stack: Stack) -> Own:
    """Run ``own.py`` on the interpreter and the layer that are measured."""
    program = stack.program(stack.authorizer)
    command = [str(program.python), "-S", "-P", str(WORKER.with_name("own.py"))]
    done = subprocess.run(command, env=program.variables(), stdout=subprocess.PIPE, check=True)
    return Own(**json.loads(done.stdout))
