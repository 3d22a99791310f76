"""What ledger and memory cost on AWS, from measured sizes and calls and the list prices of one region.

Prices are on demand, without any free tier. What is assumed is named here; all else comes from measurements.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

REGION, AS_OF = "us-east-1", "2026-11-22"
"""Where, and when they were looked up; they are those that public pages gave in 2026."""

WRITE_UNIT, READ_UNIT = 0.625e-6, 0.125e-6
"""Dollars for a write of 1 KB, and a consistent read of 4 KB, in DynamoDB on demand."""

TABLE_GB, BACKUP_GB = 0.25, 0.20
"""Dollars for a GB and month in a table, and in its point-in-time recovery."""

SYMMETRIC, ASYMMETRIC, KEY = 0.03 / 10_000, 0.15 / 10_000, 1.0
"""Dollars for a request to KMS by kind of key (ECC and ML-DSA are of the second), and for a key and month."""

PUT, GET, OBJECT_GB = 0.005 / 1000, 0.0004 / 1000, 0.023
"""Dollars for a request to S3 that writes or lists, for one that reads, and for a GB and month; deleting is free."""

INVOCATION, GB_SECOND = 0.2e-6, 1.33334e-5
"""Dollars for an invocation of Lambda, and for a GB-second on arm64."""

MESSAGES = 0.4e-6
"""Dollars for a request to SQS of up to 64 KB, of ten messages or one."""

LATENCY = {"dynamodb": 0.005, "kms": 0.010, "s3": 0.020, "sqs": 0.010}
"""Seconds that a call is assumed to take: nothing here measures AWS."""

CPU_MB = 1769
"""Memory at which a function has one whole CPU."""

ITEM_OVERHEAD = 100
"""Bytes that DynamoDB adds to each item it stores."""

RUNS = 30 * 24 * 60
"""Runs of the sequencer in a month of 30 days."""

ERASURE_RUNS = RUNS // 5
"""Runs of FinishErasuresFunction."""

ERASURE_RUN = 0.020
"""Seconds of one, assumed."""

LOG_KEYS = 3
"""Keys of KMS that the ledger adds: one for data keys, and one to sign with of each algorithm."""

MILLION, GB = 1_000_000, 1e9


@dataclass(frozen=True, slots=True)
class Append:
    """One entry.

    Attributes:
        item: bytes in the table; ``indexed`` in the index of pending entries.
        read: bytes of the items that are read before it, each by itself.
        signs: requests to sign that it needs.
        cpu: seconds of CPU of the appending process; ``calls`` that it makes.
    """

    item: int
    indexed: int
    read: tuple[int, ...]
    signs: int
    cpu: float
    calls: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Settling:
    """What the sequencer takes for one entry: seconds of CPU, and how many are written at once."""

    cpu: float
    threads: int


def lambda_seconds(cpu: float, calls: Mapping[str, int], memory: int) -> float:
    """How long a function of so many MB takes for this."""
    waits = sum(LATENCY[name.partition(".")[0]] * times for name, times in calls.items())
    return cpu * CPU_MB / memory + waits


def lambda_dollars(seconds: float, memory: int) -> float:
    """What so many seconds cost, the invocation apart."""
    return seconds * memory / 1024 * GB_SECOND


def of_append(append: Append, settling: Settling) -> dict[str, float]:
    """Dollars for a million of such entries, by what they are for."""
    writes, index = math.ceil(append.item / 1024), math.ceil(append.indexed / 1024)
    seen = math.ceil(append.item / 4096) + append.indexed / 4096 / 2
    each = {
        "DynamoDB: put, and into the index": (writes + index) * WRITE_UNIT,
        "DynamoDB: reads before it": sum(math.ceil(size / 4096) for size in append.read) * READ_UNIT,
        "DynamoDB: the sequencer's reads": seen * READ_UNIT,
        "DynamoDB: leaf index, and out of the index": (writes + index) * WRITE_UNIT,
        "KMS: the receipt's signature": append.signs * ASYMMETRIC,
        "Lambda: appending, 512 MB": lambda_dollars(lambda_seconds(append.cpu, append.calls, 512), 512),
        "Lambda: sequencing, 1,024 MB": lambda_dollars(
            settling.cpu * CPU_MB / 1024 + LATENCY["dynamodb"] / settling.threads, 1024
        ),
    }
    return {name: dollars * MILLION for name, dollars in each.items()}


def write_units(append: Append) -> int:
    """Write units of an entry, from its put to its leaf index."""
    return 2 * (math.ceil(append.item / 1024) + math.ceil(append.indexed / 1024))


def of_unheld_key() -> float:
    """Dollars more for a million entries of which each finds its process without the person's data key."""
    return (SYMMETRIC + READ_UNIT) * MILLION


def stored(append: Append) -> float:
    """Dollars a month for a million such entries in the table and its backup."""
    return (append.item + ITEM_OVERHEAD) * MILLION / GB * (TABLE_GB + BACKUP_GB)


def of_run(calls: Mapping[str, int], cpu: float, note: int) -> dict[str, float]:
    """Dollars for a run of the sequencer, without what it does for each entry.

    Args:
        note: bytes of a checkpoint's note, which is what the lock mostly holds.
    """
    own = Counter({name: times for name, times in calls.items() if name not in OF_ENTRIES})
    lock = math.ceil((note + ITEM_OVERHEAD) / 1024)
    written = own["s3.PutObject"] + own["s3.ListObjectsV2"]
    return {
        "DynamoDB": own["dynamodb.PutItem"] * lock * WRITE_UNIT
        + (own["dynamodb.GetItem"] + own["dynamodb.Query"]) * READ_UNIT,
        "S3": written * PUT + (own["s3.GetObject"] + own["s3.HeadObject"]) * GET,
        "KMS": own["kms.Sign"] * ASYMMETRIC,
        "Lambda": INVOCATION + lambda_dollars(lambda_seconds(cpu, own, 1024), 1024),
    }


OF_ENTRIES = ("dynamodb.UpdateItem", "dynamodb.BatchGetItem")
"""Calls of the sequencer whose number depends on how many entries there are."""


def of_month(run: Mapping[str, float]) -> dict[str, float]:
    """Dollars for a month of such runs, with all that is there whether or not anything happens."""
    finishing = (INVOCATION + READ_UNIT + lambda_dollars(ERASURE_RUN, 512)) * ERASURE_RUNS
    return {
        **{f"the sequencer's {name}": dollars * RUNS for name, dollars in run.items()},
        "looking for unfinished erasures": finishing,
        "keys of KMS": LOG_KEYS * KEY,
    }


def log_growth(note: int) -> float:
    """Bytes that a month of busy minutes adds to the bucket, where each minute has few entries: a partial tile and a
    partial bundle, half full on average, and one more version of the checkpoint."""
    return RUNS * (128 * 32 + 128 * 34 + note)
