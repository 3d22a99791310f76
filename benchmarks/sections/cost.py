"""What the ledger costs on AWS."""

from __future__ import annotations

from collections import Counter
from typing import Any

from benchmarks import cost, measured, sequencer
from benchmarks.cost import Append, Settling
from benchmarks.sections.ledger import TRIES
from benchmarks.sequencer import Runs
from benchmarks.stack import Stack
from benchmarks.statistic import median
from benchmarks.text import Bar, table
from benchmarks.traffic_consent import GRANT

SMALL = 1024
"""Bytes of a data key's item, and of a ring's, at most: what is less than 4 KB costs the same."""


def section(stack: Stack) -> tuple[str, list[Bar]]:
    """Weigh the entries, count the calls, and work it out."""
    sizes = measured.answer(stack, "sizes", 1, function=GRANT)
    counted = measured.answer(stack, "calls", TRIES, function=GRANT)
    runs = sequencer.measure(stack)
    settled = runs.settled
    settling = Settling(sum(settled.taken.cpu) / settled.entries, settled.threads)
    return "\n\n".join([_entries(_appends(sizes, counted), settling, sizes), _month(runs)]), []


def _appends(sizes: dict[str, dict[str, int]], counted: dict[str, Any]) -> dict[str, Append]:
    """The entries that are priced: what is read before each is the newest of its stream, of about the same size."""

    def made(name: str, work: str, *read: int, signs: int = 0, newest: bool = True) -> Append:
        weighed = sizes[name]
        before = (weighed["item"], *read) if newest else read
        calls = Counter(counted["calls"][work]) + Counter({"kms.Sign": signs, "dynamodb.Query": signs})
        cpu = median(counted["taken"][work]["cpu"])
        return Append(weighed["item"], weighed["indexed"], before, signs, cpu, calls)

    appends = {name: made(name, "Ledger.append") for name in sizes if not name.startswith(("audit", "consent"))}
    appends["audit event"] = made("audit event", "LedgerAudit.record", newest=False)
    for name in sizes:
        if name.startswith("consent"):
            # The data key is always read anew, and so is the ring of the receipt's key.
            appends[name] = made(name, "grant, without its receipt", SMALL, SMALL, signs=1)
    return appends


def _entries(appends: dict[str, Append], settling: Settling, sizes: dict[str, dict[str, int]]) -> str:
    dollars = {name: cost.of_append(append, settling) for name, append in appends.items()}
    rows = [
        ["bytes of the item", *(f"{append.item:,}" for append in appends.values())],
        ["of it sealed content", *(f"{sizes[name]['content']:,}" for name in appends)],
        ["bytes in the index", *(f"{append.indexed:,}" for append in appends.values())],
        ["write units, all in all", *(str(cost.write_units(append)) for append in appends.values())],
    ]
    rows += [[part, *(_dollars(found[part]) for found in dollars.values())] for part in next(iter(dollars.values()))]
    sums = {name: sum(found.values()) for name, found in dollars.items()}
    rows += [
        ["**a million, data keys held**", *(f"**{_dollars(total)}**" for total in sums.values())],
        ["a million, no data key held", *(_dollars(total + cost.of_unheld_key()) for total in sums.values())],
        ["stored, a million for a month", *(_dollars(cost.stored(append)) for append in appends.values())],
    ]
    names = {name: name for name in appends}
    first = next(name for name in names if name == "consent, the first")
    three = sums["audit event"] + sums["access, by the person"] + sums[first]
    return "\n\n".join(
        [
            "### What a million entries cost",
            f"List prices of {cost.REGION}, on demand, looked up on {cost.AS_OF}, in dollars: "
            f"DynamoDB {_dollars(cost.WRITE_UNIT * cost.MILLION, 3)} for a million write units and "
            f"{_dollars(cost.READ_UNIT * cost.MILLION, 3)} for a million consistent reads; KMS "
            f"{_dollars(cost.SYMMETRIC * 10_000)} for 10,000 requests, {_dollars(cost.ASYMMETRIC * 10_000)} for "
            f"signatures; Lambda {_dollars(cost.GB_SECOND * cost.MILLION)} for a million GB-seconds on arm64; a month "
            f"of a GB {_dollars(cost.TABLE_GB)} in the table and {_dollars(cost.BACKUP_GB)} in its backup. Sizes, "
            "calls and CPU are measured; that a call to DynamoDB takes 5 ms, to KMS 10 and to S3 20 is assumed. Not "
            "contained: the request that the entry is of, log lines, free tiers.",
            table(["a million", *appends], rows),
            f"A grant over HTTP is three entries, the authorizer's, the gate's and the consent itself: "
            f"{_dollars(three)} for a million. A process reads a data key once for each person and 15 minutes, so what "
            "a million costs is between the two sums.",
        ]
    )


def _month(runs: Runs) -> str:
    fewest = min(runs.busy)
    replies = {"nothing happens": runs.idle, "every minute has an entry": runs.busy[fewest]}
    months = {
        name: cost.of_month(cost.of_run(Counter(reply.calls), reply.cpu, runs.note)) for name, reply in replies.items()
    }
    rows = [[part, *(_dollars(found[part]) for found in months.values())] for part in next(iter(months.values()))]
    rows.append(["**a month**", *(f"**{_dollars(sum(found.values()))}**" for found in months.values())])
    grown = cost.log_growth(runs.note)
    return "\n\n".join(
        [
            "### What a month costs before any entry",
            f"The sequencer's {cost.RUNS:,} runs, {cost.ERASURE_RUNS:,} of FinishErasuresFunction, and {cost.LOG_KEYS} "
            "keys of KMS, in dollars. Calls are those of a run with nothing pending, and of one with "
            f"{fewest} entries, without what these cost themselves; reads are counted as consistent ones.",
            table(["what", *months], rows),
            f"A month of busy minutes adds about {grown / 1e6:,.0f} MB to the log's bucket, "
            f"{_dollars(grown / cost.GB * cost.OBJECT_GB, 3)} for each month that they are kept.",
        ]
    )


def _dollars(amount: float, digits: int = 2) -> str:
    return f"{amount:,.{digits}f}"
