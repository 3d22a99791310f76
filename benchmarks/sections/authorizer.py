"""The authorizer by kind of token: over the network to the stand-in, and on memory."""

from __future__ import annotations

import json
from typing import Any

from benchmarks import authorizer, measured
from benchmarks.authorizer import Kind
from benchmarks.events import http
from benchmarks.stack import Stack
from benchmarks.statistic import Timing, median, percentile
from benchmarks.text import TIMES, Bar, bar, ms, of, table
from benchmarks.traffic import PROFILE, Traffic

CPU_BAR = 0.001
"""CPU seconds of one authorized request without AWS; median."""

TRIPS_BAR = 2
"""AWS round trips for one authorized request; the one more that puts the audit's entry is not counted."""

AUDIT_TRIPS = 1
"""What authorizer.measure has seen each request make: the process knows the end of its own stream."""

OF_CPU = ("ES256", "ML-DSA-44")
OF_TRIPS = (*OF_CPU, "QRG long form")
TIMES_ON_MEMORY = 1000
TIMES_AGAIN = 200


def section(stack: Stack, traffic: Traffic, requests: int) -> tuple[str, list[Bar]]:
    """Send ``requests`` of each kind."""
    kinds = authorizer.measure(stack, traffic, requests)
    answered = measured.answer(stack, "authorizer", TIMES_ON_MEMORY, json.dumps(http(PROFILE)))
    memory = {name: measured.timings(kind["figures"]) for name, kind in answered["kinds"].items()}
    again = measured.answer(stack, "replay", TIMES_AGAIN, json.dumps(traffic.next(stack.authorizer)))
    text = [
        _kinds(kinds, memory),
        _shares(kinds[0], memory["ES256"]["handler"], again),
        _on_memory(memory, Timing(**answered["audit"])),
    ]
    return "\n\n".join(text), _bars(kinds, memory)


def _bars(kinds: list[Kind], memory: dict[str, dict[str, Timing]]) -> list[Bar]:
    figures = {
        kind.name: (median(kind.outside()), median(memory[kind.name]["handler"].cpu))
        for kind in kinds
        if kind.name in OF_CPU
    }
    trips = {kind.name: kind.calls - AUDIT_TRIPS for kind in kinds}
    others = ", ".join(f"{number} for {name}" for name, number in trips.items() if name not in OF_TRIPS)
    return [
        bar(
            all(max(pair) <= CPU_BAR for pair in figures.values()),
            f"an authorized request costs the warm authorizer at most {ms(CPU_BAR)} ms of CPU without AWS (p50): "
            + ", ".join(
                f"{name} {ms(outside, 2)} outside of boto3's calls and {ms(inside, 2)} on memory"
                for name, (outside, inside) in figures.items()
            ),
        ),
        bar(
            all(trips[name] <= TRIPS_BAR for name in OF_TRIPS),
            f"it makes at most {TRIPS_BAR} AWS round trips for {', '.join(OF_TRIPS)}, the audit not counted: "
            f"{max(trips[name] for name in OF_TRIPS)} ({others}), and {AUDIT_TRIPS} PutItem for the audit's entry",
        ),
    ]


def _kinds(kinds: list[Kind], memory: dict[str, dict[str, Timing]]) -> str:
    rows = [_row(kind, memory[kind.name]["handler"]) for kind in kinds]
    heads = ["token", "characters", "first event", "CPU p50", "CPU p99", "outside boto3 p50", "outside boto3 p99"]
    heads += ["on memory p50", "on memory p99", "wall p50", "wall p99", "AWS calls (most)", "of a first event"]
    return "\n\n".join(
        [
            "### The authorizer, by kind of token",
            f"Milliseconds, of CPU but for the wall time; {len(kinds[0].replies)} requests of each, one process, one "
            f"event at a time; the first event is the median of {authorizer.FRESH} fresh processes. *Outside boto3* is "
            "the same requests without what was spent within the calls of boto3's clients. *On memory* is the same "
            f"handler on in-memory ports, {TIMES_ON_MEMORY} times on one core.",
            table(heads, rows),
        ]
    )


def _shares(es256: Kind, on_memory: Timing, again: dict[str, Any]) -> str:
    rows = [["as it is, over the network", "–", ms(median([reply.cpu for reply in es256.replies]), 2)]]
    for name, what in (
        ("without the network", "without the network: HTTP answers that were kept"),
        ("without boto3", "without boto3: answers of its client that were kept"),
    ):
        ways = measured.timings(again[name])
        rows.append([what, *(ms(median(ways[way].cpu), 2) for way in ("at once", "paused"))])
    rows.append(["on memory: without DynamoDB's items, too", ms(median(on_memory.cpu), 2), "–"])
    return "\n\n".join(
        [
            "### Where the CPU of an authorized request goes",
            "ES256; median milliseconds of CPU, for one request right after the other, and for each after a pause "
            "of as long as the stand-in takes to answer.",
            table(["the handler", "right after the other", "after a pause"], rows),
        ]
    )


def _on_memory(memory: dict[str, dict[str, Timing]], audit: Timing) -> str:
    names = {
        "handler": "the handler",
        "dispatch": "of it `StrictAuth.dispatch`",
        "verify": "of that, verifying the token",
    }
    parts = [
        [f"{kind}: {name}", *of(figures[part])] for kind, figures in memory.items() for part, name in names.items()
    ]
    heads, rows = ["what", *TIMES], [*parts, ["the audit's entry and line, of any", *of(audit)]]
    return "\n\n".join(["### The authorizer on memory", "Milliseconds.", table(heads, rows)])


def _row(kind: Kind, handler: Timing) -> list[str]:
    cpu, wall = [reply.cpu for reply in kind.replies], [reply.wall for reply in kind.replies]
    return [
        kind.name,
        str(kind.characters),
        ms(median([reply.cpu for reply in kind.firsts])),
        *(ms(percentile(values, percent), 2) for values in (cpu, kind.outside(), handler.cpu) for percent in (50, 99)),
        *(ms(percentile(wall, percent)) for percent in (50, 99)),
        str(kind.calls),
        str(max(len(reply.calls) for reply in kind.firsts)),
    ]
