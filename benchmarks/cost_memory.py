"""What the memory costs on AWS, and whether a million people settle in time, from what was counted and measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks import cost
from benchmarks.cost import Append, Settling

TRANSFER = 60e6
"""Bytes a second that a function is assumed to read from S3, and to write there."""

GATEWAY = 1e-6
"""Dollars for a request to an HTTP API."""

MESSAGE = 0.3
"""Requests to SQS for an errand: ten are sent, received and deleted at once."""

BATCH = 10
"""Errands that one invocation takes."""

QUOTAS = {
    "DynamoDB: write units": 40_000,
    "DynamoDB: the ledger's write units": 40_000,
    "DynamoDB: read units": 40_000,
    "KMS: symmetric requests": 10_000,
    "S3: writes and lists": 3_500,
    "S3: reads": 5_500,
}
"""A second, of a table, of the Regions with the lowest quota, and of each prefix. They can be raised, or grow."""


@dataclass(slots=True)
class Work:
    """Something that was done so many times, all of it together.

    Attributes:
        cpu: seconds, boto3 not included; ``calls`` by service and action; ``moved`` bytes to and from S3.
        writes: write units; ``reads`` read units.
        entries: appended to the ledger.
        memory: MB of the function; ``batch`` how many of these one invocation does.
    """

    times: int = 0
    cpu: float = 0.0
    calls: Counter[str] = field(default_factory=Counter)
    writes: float = 0.0
    reads: float = 0.0
    moved: float = 0.0
    entries: list[Append] = field(default_factory=list)
    memory: int = 1024
    batch: int = 1

    @classmethod
    def of(cls, step: Mapping[str, Any], *, memory: int = 1024, batch: int = 1) -> Work:
        """What a program of ``inside`` counted."""
        work = cls(len(step["cpu"]), sum(step["cpu"]), memory=memory, batch=batch)
        for one in step["taken"]:
            work.calls.update(one["calls"])
            work.writes += one["writes"]
            work.reads += one["reads"]
            work.moved += one["sent"] + one["fetched"]
            work.entries += [_append(entry) for entry in one["entries"]]
        return work

    def count(self, *names: str) -> int:
        return sum(self.calls[name] for name in names)

    def seconds(self, boto3: float) -> float:
        """How long a function takes for all of it; ``boto3`` is CPU for each call."""
        cpu = self.cpu + boto3 * self.calls.total()
        return cost.lambda_seconds(cpu, self.calls, self.memory) + self.moved / TRANSFER

    def rates(self, times: float, period: float) -> dict[str, float]:
        """Requests a second by QUOTAS, where it is done so many times within a period, evenly."""
        scale = times / self.times / period
        entries = sum(cost.write_units(entry) for entry in self.entries)
        done = {
            "DynamoDB: write units": self.writes,
            "DynamoDB: read units": self.reads,
            "DynamoDB: the ledger's write units": entries,
            "KMS: symmetric requests": self.count(*KMS),
            "S3: writes and lists": self.count(*PUTS),
            "S3: reads": self.count(*GETS),
        }
        return {name: amount * scale for name, amount in done.items()}


KMS = ("kms.Decrypt", "kms.GenerateDataKey")
PUTS = ("s3.PutObject", "s3.ListObjectVersions")
GETS = ("s3.GetObject",)


def own(work: Work, boto3: float, dispatching: float = 0.0) -> dict[str, float]:
    """Dollars for all of it, without the ledger's entries.

    Args:
        dispatching: dollars that finding and sending for one of these costs.
    """
    dollars = {
        "DynamoDB: writes": work.writes * cost.WRITE_UNIT,
        "DynamoDB: reads": work.reads * cost.READ_UNIT,
        "S3: requests": work.count(*PUTS) * cost.PUT + work.count(*GETS) * cost.GET,
        "KMS": work.count(*KMS) * cost.SYMMETRIC,
        "Lambda": cost.lambda_dollars(work.seconds(boto3), work.memory) + work.times / work.batch * cost.INVOCATION,
        "SQS and finding who is due": 0.0,
    }
    if work.batch > 1:
        dollars["SQS and finding who is due"] = (dispatching + MESSAGE * cost.MESSAGES) * work.times
    return dollars


def of_entries(entries: Sequence[Append], settling: Settling) -> float:
    """Dollars for entries of the ledger, until they are in the public log; who appends them is counted elsewhere."""
    parts = [cost.of_append(entry, settling) for entry in entries]
    return sum(sum(part.values()) for part in parts) / cost.MILLION


def storage(weights: Mapping[str, float], shares: Mapping[str, float], memories: int, lain: float) -> dict[str, float]:
    """Dollars a month for memories, and for bytes that lie in S3.

    Args:
        weights: bytes of an item with its indexes, by stage; ``shares`` how much is at which stage.
    """
    weight = sum(weights[stage] * share for stage, share in shares.items())
    return {
        "items in DynamoDB, with their index": weight * memories / cost.GB * cost.TABLE_GB,
        "their backup": weight * memories / cost.GB * cost.BACKUP_GB,
        "index, graph and folds in S3": lain / cost.GB * cost.OBJECT_GB,
    }


def _append(entry: Mapping[str, int]) -> Append:
    return Append(entry["item"], entry["indexed"], (), 0, 0.0, {})
