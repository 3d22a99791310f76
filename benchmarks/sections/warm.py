"""Warm requests to every function."""

from __future__ import annotations

from benchmarks import measured, warm
from benchmarks.stack import Stack
from benchmarks.statistic import median
from benchmarks.text import Bar, ms, table
from benchmarks.traffic import Traffic

HASHES = 15
"""Times that Argon2id is measured."""


def section(stack: Stack, traffic: Traffic, requests: int) -> tuple[str, list[Bar]]:
    """Send ``requests`` to each function."""
    sent = warm.measure(stack, traffic, requests)
    argon2 = median(measured.timings(measured.answer(stack, "hashes", HASHES))["argon2"].cpu)
    rows = [
        [
            row.function.removesuffix("Function"),
            str(len(row.replies)),
            f"{row.per_second:.0f}",
            ms(row.wall(50)),
            ms(row.wall(99)),
            ms(row.cpu, 2),
            ms(row.aws, 2),
            ms(warm.HASHES[row.function] * argon2) if row.function in warm.HASHES else "–",
            str(row.calls),
            row.usual_calls,
        ]
        for row in sent
    ]
    heads = ["function", "requests", "per second", "p50 ms", "p99 ms", "CPU ms", "of it boto3", "of it Argon2id"]
    heads += ["AWS calls (most)", "usual calls"]
    text = [
        "### Warm requests",
        "One process a function, one event at a time. Wall time includes the stand-in for AWS, a Python process on the "
        "same machine; CPU is our process alone, per request, on average.",
        table(heads, rows),
        f"Argon2id (m = 19456, t = 2, p = 1) takes {ms(argon2)} ms of CPU for one password.",
    ]
    return "\n\n".join(text), []
