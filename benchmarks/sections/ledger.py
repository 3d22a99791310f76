"""Appending to the ledger, and sequencing it into the public log."""

from __future__ import annotations

from typing import Any

from benchmarks import measured, sequencer
from benchmarks.sequencer import Runs, listed
from benchmarks.stack import Stack
from benchmarks.statistic import Timing
from benchmarks.text import TIMES, Bar, bar, ms, of, table
from benchmarks.traffic_consent import GRANT, SEQUENCER

WRITES_BAR, READS_BAR = 1, 1
"""AWS calls of an append to a stream that nobody else writes to, with the data key held."""

RATE_BAR = 10_000
"""Entries of 1 KB a second that are built into the tree and signed, on one core."""

TRIES = 20
OF_READS = ("dynamodb.Query", "dynamodb.GetItem", "dynamodb.BatchGetItem")


def section(stack: Stack, times: int, entries: int) -> tuple[str, list[Bar]]:
    """Append ``times``, and sequence ``entries`` on memory."""
    calls: dict[str, dict[str, int]] = measured.answer(stack, "calls", TRIES, function=GRANT)["calls"]
    appended = measured.timings(measured.answer(stack, "appending", times, function=GRANT))
    grown = measured.answer(stack, "sequencing", entries, function=SEQUENCER)
    runs = sequencer.measure(stack)
    text = [_appends(calls, appended, times), _rates(grown), _runs(runs)]
    return "\n\n".join(text), _bars(calls["Ledger.append"], grown)


def _bars(append: dict[str, int], grown: dict[str, Any]) -> list[Bar]:
    reads = sum(append.get(name, 0) for name in OF_READS)
    writes = sum(append.values()) - reads
    rates = {name: _rate(grown[name]) for name in ("sequencer", "1 KB")}
    return [
        bar(
            writes <= WRITES_BAR and reads <= READS_BAR,
            f"an append that nobody gets in the way of makes at most {WRITES_BAR} write and {READS_BAR} read: "
            f"{listed(append)}",
        ),
        bar(
            min(rates.values()) >= RATE_BAR,
            f"at least {RATE_BAR:,} entries a second are built into the tree and signed twice, on memory and one core: "
            f"{rates['1 KB']:,.0f} leaves of 1 KB by the tree and signatures alone, {rates['sequencer']:,.0f} entries "
            "of 1 KB by the whole sequencer",
        ),
    ]


def _appends(calls: dict[str, dict[str, int]], appended: dict[str, Timing], times: int) -> str:
    made = [[name, listed(found), str(sum(found.values()))] for name, found in calls.items() if "enforce" not in name]
    return "\n\n".join(
        [
            "### Appending",
            f"AWS calls, counted when they are sent to the stand-in, most of {TRIES} times each; the data key is held "
            "unless it says otherwise.",
            table(["what", "calls", "in all"], made),
            f"On memory, a body of 1 KB, {times} times each on one core; milliseconds.",
            table(["what", *TIMES], [[name, *of(timing)] for name, timing in appended.items()]),
        ]
    )


def _rates(grown: dict[str, Any]) -> str:
    names = {
        "sequencer": "the whole sequencer over ports in memory, entries with bodies of 1 KB",
        "1 KB": "tree and signatures alone, leaves of 1 KB",
        "32 bytes": "tree and signatures alone, leaves of 32 bytes, which is what the log has",
    }
    rows = []
    for name, what in names.items():
        taken = Timing(**grown[name]["taken"])
        entries = grown[name]["entries"]
        rows.append(
            [
                what,
                f"{entries:,}",
                f"{_rate(grown[name]):,.0f}",
                f"{entries / sum(taken.wall):,.0f}",
                f"{sum(taken.cpu) / entries * 1e6:.1f}",
            ]
        )
    heads = ["what", "entries", "a second of CPU", "a second of wall time", "CPU µs an entry"]
    return "\n\n".join(
        [
            "### Sequencing on memory",
            f"In batches of {grown['batch']:,}, as the function makes them, on one core; both signatures of every "
            "checkpoint by keys in this process, each checked by the other implementation. The whole sequencer "
            "includes its look at the log, the staged bundle, and finding and settling the entries in memory; to "
            "append them before is not included.",
            table(heads, rows),
        ]
    )


def _runs(runs: Runs) -> str:
    rows = [["nothing pending", listed(runs.idle.calls), str(len(runs.idle.calls)), ms(runs.idle.cpu)]]
    for entries, reply in runs.busy.items():
        rows.append([f"{entries} entries pending", listed(reply.calls), str(len(reply.calls)), ms(reply.cpu)])
    settled = runs.settled
    cpu, wall = sum(settled.taken.cpu), sum(settled.taken.wall)
    return "\n\n".join(
        [
            "### Sequencing with AWS",
            "Runs of SequenceLedgerFunction, warm, with a small log, against the stand-in.",
            table(["run", "calls", "in all", "CPU ms"], rows),
            f"Each entry costs {sum(settled.calls.values()) / settled.entries:g} UpdateItem for its leaf index, and a "
            f"hundredth of a BatchGetItem. {settled.entries} such updates by {settled.threads} threads took "
            f"{ms(cpu / settled.entries, 2)} ms of our CPU each, {settled.entries / wall:,.0f} a second. That rate is "
            "the stand-in's, one Python process, and says nothing about DynamoDB; the CPU is ours there, too.",
            "For comparison only: the makers of Tessera say of its AWS storage, on Aurora, that an early version was "
            "tested at 1,500 writes a second of 1 KB each (`storage/aws/README.md` of transparency-dev/tessera). That "
            "is a whole system on AWS, and the rates on memory above are not.",
        ]
    )


def _rate(grown: dict[str, Any]) -> float:
    """Entries a second of CPU."""
    return float(grown["entries"] / sum(grown["taken"]["cpu"]))
