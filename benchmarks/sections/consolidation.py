"""Consolidation: a crowd whose memories settle, and whether a million people's would in time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks import cost, cost_memory, measured
from benchmarks.build import ROOT
from benchmarks.cost_memory import BATCH, QUOTAS, Work
from benchmarks.sequencer import listed
from benchmarks.stack import Stack
from benchmarks.statistic import mean
from benchmarks.text import Bar, bar, ms, table
from benchmarks.traffic_memory import ERRANDS, SEARCH, SETTLING

DATA = ROOT.parent / "shared" / "data"
RICH = ((1000, 10), (10_000, 2))
"""How much is remembered of some more people, and how many these are."""

MORE = 5
"""Memories that these have when they settle again."""

DUE = 500
"""People whom the stand-in is asked for."""

ALL = 1_000_000
PERIODS = {"15 minutes": 900.0, "6 hours": 6 * 3600.0, "a week": 7 * 86_400.0}
AT_ONCE = 200
"""Invocations at once, as template.yaml has it."""


@dataclass(frozen=True, slots=True)
class Row:
    """What is done for a person within a period.

    Attributes:
        calls: by name; ``cpu`` seconds, boto3 included; ``moved`` bytes to and from S3.
    """

    what: str
    period: str
    calls: Mapping[str, int]
    cpu: float
    moved: float = 0.0

    def seconds(self, memory: int) -> float:
        """How long a function takes for one person."""
        return cost.lambda_seconds(self.cpu, self.calls, memory) + self.moved / cost_memory.TRANSFER

    def at_once(self, memory: int) -> float:
        """Invocations at once that a million people need."""
        return ALL * self.seconds(memory) / PERIODS[self.period]


def section(stack: Stack, people: int) -> tuple[str, list[Bar]]:
    """``people`` take every step; nothing is measured where the texts are missing."""
    if not DATA.is_dir():
        return "The public texts are not beside this clone: nothing was measured.", []
    given = json.dumps({"data": str(DATA), "rich": RICH, "more": MORE})
    crowd = measured.answer(stack, "consolidation", people, given, function=SEARCH)
    steps = measured.answer(stack, "errands", DUE, function=ERRANDS)
    found = measured.answer(stack, "dispatching", 1, function=SETTLING[0])
    dispatcher, runner = (stack.plan.functions[name] for name in (SETTLING[0], ERRANDS))
    rows = _rows(crowd, steps)
    finding = Finding.of(found, dispatcher.memory, dispatcher.timeout)
    text = [_crowd(crowd), _calls(steps), _million(rows, runner.memory), finding.text(), _quotas(crowd["counted"])]
    return "\n\n".join(text), _bars(rows, finding, runner.memory)


@dataclass(frozen=True, slots=True)
class Finding:
    """Finding who is due, and sending: seconds of CPU for each person, by a function of so many MB and seconds."""

    found: float
    sent: float
    threads: int
    memory: int
    timeout: int

    @classmethod
    def of(cls, said: Mapping[str, Any], memory: int, timeout: int) -> Finding:
        due = said["due"]
        return cls((said["finding"] - said["nothing"]) / due, said["sending"] / due, said["threads"], memory, timeout)

    @property
    def seconds(self) -> float:
        """For a million people: the CPU, and the waits, of which there are as many at once as there are threads."""
        cpu = (self.found + self.sent) * ALL * cost.CPU_MB / min(self.memory, cost.CPU_MB)
        return cpu + ALL / BATCH * cost.LATENCY["sqs"] / self.threads

    @property
    def dollars(self) -> float:
        """For each person."""
        return cost.lambda_dollars(self.seconds, self.memory) / ALL

    def text(self) -> str:
        return (
            f"Finding a person takes {ms(self.found, 3)} ms of CPU, sending the errand {ms(self.sent, 3)}, boto3 "
            f"included. One function of {self.memory:,} MB does both for a million in {self.seconds:,.0f} seconds, if "
            f"a call to SQS takes {ms(cost.LATENCY['sqs'], 0)} ms and {self.threads} are made at once; it may take "
            f"{self.timeout} seconds. Errands run meanwhile."
        )


def _rows(crowd: Mapping[str, Any], steps: Mapping[str, Any]) -> list[Row]:
    """CPU is that of the crowd on memory, and boto3's for the calls that were counted against the stand-in."""
    each = {name: step["cpu"] / step["people"] for name, step in crowd["steps"].items()}

    def made(what: str, period: str, name: str, counted: str, size: float = 0.0) -> Row:
        step = steps[counted]
        return Row(what, period, step["calls"], each[name] + mean(step["boto3"]), size)

    rows = [
        made("3 working memories become fresh", "15 minutes", "settle working memories", "settle 3 working"),
        made("3 are indexed, the first ones", "6 hours", "index, the first", "index 3, the first"),
        made("3 are folded", "6 hours", "fold", "fold 4"),
        made("all folds are looked at", "a week", "compress", "compress"),
    ]
    for size, _ in RICH:
        kept = f"{size:,} remembered"
        moved = crowd["index"][str(size)]
        rows += [
            made(f"{MORE} more are indexed, {kept}", "6 hours", f"index, {kept}", "index one more", 2 * moved),
            made(f"all folds are looked at, {kept}", "a week", f"compress, {kept}", "compress", moved),
        ]
    return rows


def _bars(rows: list[Row], finding: Finding, memory: int) -> list[Bar]:
    bars = []
    for period, seconds in PERIODS.items():
        first = [row for row in rows if row.period == period]
        at_once = max(row.at_once(memory) for row in first)
        found = finding.seconds <= min(finding.timeout, seconds)
        bars.append(
            bar(
                found and at_once <= AT_ONCE,
                f"a million people settle within {period}: found in {finding.seconds:,.0f} s of the {finding.timeout} "
                f"that the function has, at most {at_once:,.1f} invocations at once of {AT_ONCE}",
            )
        )
    return bars


def _crowd(crowd: Mapping[str, Any]) -> str:
    rows = [
        [name, f"{step['people']:,}", f"{step['cpu']:,.2f}", ms(step["cpu"] / step["people"], 3)]
        for name, step in crowd["steps"].items()
    ]
    return "\n\n".join(
        [
            "### A crowd on memory",
            "Real errands of real memories, made of public texts, on ports in memory, in one process on one core. "
            f"Everybody has 3 memories, or as many as it says, and {MORE} new ones then. "
            f"{crowd['letters']} were set aside; the process took {crowd['most'] / 1e6:,.0f} MB at most.",
            table(["step", "people", "CPU s", "CPU ms a person"], rows),
        ]
    )


def _calls(steps: Mapping[str, Any]) -> str:
    rows = [
        [name, str(sum(step["calls"].values())), listed(step["calls"]), ms(mean(step["cpu"])), ms(mean(step["boto3"]))]
        for name, step in steps.items()
    ]
    return "\n\n".join(
        [
            "### What it calls",
            "By RunErrandsFunction's role against the stand-in, most of 5 times each, by a process that holds neither "
            "key nor index of the person, unless it says so.",
            table(["step", "calls", "which", "CPU ms", "of it boto3"], rows),
        ]
    )


def _million(rows: list[Row], memory: int) -> str:
    lines = []
    for row in rows:
        dollars = cost.lambda_dollars(row.seconds(memory), memory) + cost.INVOCATION / BATCH
        lines.append(
            [
                row.what,
                row.period,
                str(sum(row.calls.values())),
                ms(row.cpu),
                ms(row.seconds(memory), 0),
                f"{row.at_once(memory):,.1f}",
                f"{ALL * row.seconds(memory) / AT_ONCE / 60:,.1f}",
                f"{dollars * ALL:,.2f}",
            ]
        )
    heads = ["for each", "within", "calls", "CPU ms", f"ms at {memory:,} MB", "at once", f"minutes with {AT_ONCE}"]
    return "\n\n".join(
        [
            "### A million people",
            "Worked out: CPU is the crowd's and boto3's, calls take what *Cost* assumes, and S3 moves "
            f"{cost_memory.TRANSFER / 1e6:.0f} MB a second. *At once*: invocations that must run at the same time for "
            f"all to be done within the period; SQS starts as many as are needed, up to {AT_ONCE}. Dollars are "
            "Lambda's.",
            table([*heads, "$ a million"], lines),
        ]
    )


def _quotas(counted: Mapping[str, Any]) -> str:
    chosen = {"settle working memories": "15 minutes", "index, the first": "6 hours", "compress": "a week"}
    rates = [Work.of(counted[name]).rates(ALL, PERIODS[period]) for name, period in chosen.items()]
    lines = [
        [name, *(f"{rate[name]:,.0f}" for rate in rates), f"{sum(rate[name] for rate in rates) / quota:.0%}"]
        for name, quota in QUOTAS.items()
    ]
    heads = ["a second", *(f"{name}, {period}" for name, period in chosen.items()), "of the quota"]
    return "\n\n".join(
        [
            "### Rates and quotas",
            "Of a million people with 3 memories each, spread over the whole period, at least; units are those that "
            "DynamoDB counts for these items and their indexes. Quotas are AWS's defaults for a table, a Region, or a "
            f"prefix: {', '.join(f'{name} {quota:,}' for name, quota in QUOTAS.items())}.",
            table(heads, lines),
        ]
    )
