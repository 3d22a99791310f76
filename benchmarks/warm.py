"""Warm functions: one process each, one event at a time, as one Lambda environment works."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from benchmarks.process import Reply, Worker
from benchmarks.stack import Stack
from benchmarks.statistic import percentile
from benchmarks.traffic import Traffic
from benchmarks.traffic_consent import SEQUENCER

WARM_UP = 5
HASHES = {"RegisterFunction": 1, "AuthenticateFunction": 1, "ChangePasswordFunction": 2}
"""Argon2id hashes that one request computes."""

SLOW = (
    *HASHES,
    SEQUENCER,
    "CreateFoldFunction",
    "EraseConsentFunction",
    "EraseMemoriesFunction",
    "ExportConsentFunction",
    "LogoutFunction",
    "QrgRevokeFunction",
    "RevokeTokenFunction",
    "RotateKeysFunction",
)
"""These get a quarter of the events: they, or what has to come before each of their events, take long."""


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
    def aws(self) -> float:
        """How much of that was spent within the calls of boto3's clients."""
        return sum(reply.aws for reply in self.replies) / len(self.replies)

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
    # The sequencer comes first, before the others leave it thousands of entries.
    for function in sorted(filter(traffic.knows, stack.functions), key=lambda name: name != SEQUENCER):
        with Worker(stack.program(function)) as worker:
            replies = []
            for _ in range(WARM_UP + max(1, requests // (4 if function in SLOW else 1))):
                reply = worker.ask(traffic.next(function))
                traffic.answered(function, reply.answer)
                replies.append(reply)
        measured.append(Warm(function, stack.route(function), replies[WARM_UP:]))
    return measured
