"""What remembering costs: a month of one person, counted call by call, and priced."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks import cost, cost_memory, measured, retrieval
from benchmarks.build import ROOT
from benchmarks.cost import Append, Settling
from benchmarks.cost_memory import BATCH, GATEWAY, Work
from benchmarks.process import Reply, Worker
from benchmarks.sections.consolidation import DUE, Finding
from benchmarks.stack import Stack
from benchmarks.statistic import mean
from benchmarks.text import Bar, bar, ms, table
from benchmarks.traffic import Traffic
from benchmarks.traffic_memory import ERRANDS, SEARCH, SETTLING, STORE

DATA = ROOT.parent / "shared" / "data"
STORED = SEARCHED = 100
"""What a person stores and searches in a month."""

SHARES = {"folded": 0.9, "indexed": 0.1}
"""How much of what is remembered is folded."""

MOST = 0.01
"""Dollars a month for a person."""

TRIES = 20
SCHEDULED = ("settle_working", "settle_episodic", "compress")
NAMES = {
    "store": "storing",
    "search": "searching",
    "settle_working": "every 15 minutes",
    "settle_episodic": "every 6 hours",
    "compress": "weekly",
}
Dollars = dict[str, float]


@dataclass(frozen=True, slots=True)
class Around:
    """What a request costs before the memory has anything to do: dollars by what for."""

    gateway: float
    authorizer: float
    endpoint: float
    entries: float

    @property
    def total(self) -> float:
        return self.gateway + self.authorizer + self.endpoint + self.entries


def section(stack: Stack, traffic: Traffic, memories: int) -> tuple[str, list[Bar]]:
    """A month of somebody of whom so many memories are kept; nothing is measured where the texts are missing."""
    if not DATA.is_dir():
        return "The public texts are not beside this clone: nothing was measured.", []
    questions = [one.text for one in retrieval.conversations(DATA)[1]]
    given = {"data": str(DATA), "questions": questions, "stored": STORED, "searched": SEARCHED}
    month = measured.answer(stack, "month", memories, json.dumps(given), function=SEARCH)
    steps = measured.answer(stack, "errands", DUE, function=ERRANDS)
    found = measured.answer(stack, "dispatching", 1, function=SETTLING[0])
    dispatcher = stack.plan.functions[SETTLING[0]]
    finding = Finding.of(found, dispatcher.memory, dispatcher.timeout)
    boto3 = sum(sum(step["boto3"]) for step in steps.values()) / sum(
        sum(step["calls"].values()) * len(step["boto3"]) for step in steps.values()
    )
    works = {name: _work(stack, name, step) for name, step in month["steps"].items()}
    own = {name: cost_memory.own(works[name], boto3, finding.dollars) for name in NAMES}
    kept = cost_memory.storage(month["weights"], SHARES, memories, month["lain"])
    for name in NAMES:
        own[name]["manifests in the ledger"] = cost_memory.of_entries(works[name].entries, Settling(0.0, 16))
    around = _around(stack, traffic, boto3, steps)
    total = sum(sum(part.values()) for part in own.values()) + sum(kept.values())
    text = [
        _own(own, kept, memories, total),
        _around_it(around),
        _counted(works, month, boto3, memories),
    ]
    return "\n\n".join(text), [
        bar(
            total <= MOST,
            f"remembering costs a person at most {MOST} dollars a month, with {memories:,} memories kept "
            f"({SHARES['folded']:.0%} folded), {STORED} stored and {SEARCHED} searched: {total:.5f}, of it "
            f"{sum(kept.values()):.5f} to keep them",
        ),
        (
            True,
            f"with all that surrounds the {STORED + SEARCHED} requests, gateway, authorizer, gate and their entries in "
            f"the ledger {total + around.total * (STORED + SEARCHED):.5f} (reported, not enforced)",
        ),
    ]


def _work(stack: Stack, name: str, step: Mapping[str, Any]) -> Work:
    if name in SCHEDULED:
        return Work.of(step, memory=stack.plan.functions[ERRANDS].memory, batch=BATCH)
    return Work.of(step, memory=stack.plan.functions[STORE if name == "store" else SEARCH].memory)


def _around(stack: Stack, traffic: Traffic, boto3: float, steps: Mapping[str, Any]) -> Around:
    """Of a request to store something, as the functions do it; what the memory itself does of it is taken off."""
    sizes = measured.answer(stack, "sizes", 1, function=SEARCH)
    entries = [
        Append(sizes[name]["item"], sizes[name]["indexed"], (), 0, 0.0, {})
        for name in ("audit event", "access, by an assistant")
    ]
    at_door, behind = (_replies(stack, traffic, name) for name in (stack.authorizer, STORE))
    calls = Counter(behind[-1].calls) - Counter(steps["store"]["calls"])
    cpu = max(0.0, mean([reply.cpu for reply in behind]) - mean(steps["store"]["cpu"]))
    memory, door = stack.plan.functions[STORE].memory, stack.plan.functions[stack.authorizer].memory
    seen = Counter(at_door[-1].calls)
    units = 3 * cost.READ_UNIT + seen["dynamodb.UpdateItem"] * cost.WRITE_UNIT
    return Around(
        GATEWAY,
        units
        + cost.INVOCATION
        + cost.lambda_dollars(cost.lambda_seconds(mean([one.cpu for one in at_door]), seen, door), door),
        cost.lambda_dollars(cost.lambda_seconds(cpu, calls, memory), memory) + calls["dynamodb.Query"] * cost.READ_UNIT,
        cost_memory.of_entries(entries, Settling(0.0, 16)),
    )


def _replies(stack: Stack, traffic: Traffic, function: str) -> list[Reply]:
    with Worker(stack.program(function)) as worker:
        replies = [worker.ask(traffic.next(function)) for _ in range(TRIES + 3)]
    return replies[3:]


def _own(own: Mapping[str, Dollars], kept: Dollars, memories: int, total: float) -> str:
    heads = ["micro-dollars a month", *NAMES.values(), "in all"]
    rows = []
    for part in own["store"]:
        cells = [own[name][part] for name in NAMES]
        rows.append([part, *(_micro(cell) for cell in cells), _micro(sum(cells))])
    sums = [sum(own[name].values()) for name in NAMES]
    rows.append(["**in all**", *(_micro(each) for each in sums), f"**{_micro(sum(sums))}**"])
    stored = [[what, _micro(dollars)] for what, dollars in kept.items()]
    stored.append(["**in all**", f"**{_micro(sum(kept.values()))}**"])
    return "\n\n".join(
        [
            "### What a month of a person costs",
            f"{memories:,} memories kept, {STORED} stored as working ones, {SEARCHED} searched, each request by a "
            "process that holds neither key nor index of the person; what is due is done when a schedule finds it. "
            f"List prices of {cost.REGION}, without free tiers. All in all {total:.5f} dollars, of it for what is "
            "done:",
            table(heads, rows),
            f"And to keep it, {SHARES['folded']:.0%} of it folded; old indexes lie there until the run after the next:",
            table(["micro-dollars a month", "for"], stored),
        ]
    )


def _around_it(around: Around) -> str:
    requests = STORED + SEARCHED
    rows = [
        [f"{requests} × the gateway", _micro(around.gateway * requests)],
        [f"{requests} × the authorizer", _micro(around.authorizer * requests)],
        [f"{requests} × the endpoint's checks and the gate", _micro(around.endpoint * requests)],
        [f"{requests} × two entries, the authorizer's and the gate's", _micro(around.entries * requests)],
        ["**in all**", f"**{_micro(around.total * requests)}**"],
    ]
    return "\n\n".join(
        [
            "### What surrounds it",
            "Not part of the bar, for every request has it, whatever it is for: the way through gateway, authorizer "
            "and gate, an assistant's, and its entries in the ledger (as *Cost* prices them, Lambda apart).",
            table(["for", "micro-dollars a month"], rows),
        ]
    )


def _counted(works: Mapping[str, Work], month: Mapping[str, Any], boto3: float, memories: int) -> str:
    rows = []
    for name, title in NAMES.items():
        work = works[name]
        each = [
            work.writes / work.times,
            work.reads / work.times,
            work.count(*cost_memory.PUTS) / work.times,
            work.count(*cost_memory.GETS) / work.times,
            work.count(*cost_memory.KMS) / work.times,
            work.moved / work.times / 1e6,
        ]
        cells = [f"{one:.1f}" for one in each]
        cpu, seconds = work.cpu / work.times, work.seconds(boto3) / work.times
        rows.append([title, str(work.times), *cells, ms(cpu), ms(seconds, 0)])
    heads = ["each, on average", "times", "write units", "read units", "S3 writes", "S3 reads", "KMS", "MB moved"]
    weights, kept = month["weights"], month["kept"]
    sizes = ", ".join(f"{kind} {size / memories:,.0f}" for kind, size in sorted(kept.items()))
    return "\n\n".join(
        [
            "### What was counted",
            f"On ports in memory that count as AWS does. CPU is ours; boto3's, measured at {ms(boto3)} ms a call "
            "against the stand-in, is in the time that Lambda takes. An item with its indexes weighs "
            f"{weights['indexed']:,.0f} bytes while it has its content, and {weights['folded']:,.0f} once it is "
            f"folded. Bytes in S3 for each memory: {sizes}; with what old manifests named "
            f"{month['lain'] / memories:,.0f} on average.",
            table([*heads, "CPU ms", "Lambda ms"], rows),
        ]
    )


def _micro(dollars: float) -> str:
    return f"{dollars * 1e6:,.0f}"
