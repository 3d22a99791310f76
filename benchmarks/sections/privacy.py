"""Privacy: what noise costs, the start of the function that answers statistics, a table, and the time of redaction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import measured
from benchmarks.build import ROOT
from benchmarks.process import BARE, CLIENT, Program, Worker
from benchmarks.sections import redaction
from benchmarks.stack import Stack
from benchmarks.statistic import Timing, mean, median, percentile
from benchmarks.text import TIMES, Bar, bar, ms, of, table

DATA = ROOT.parent / "shared" / "data"
STATISTIC, EVENT = "GetStatisticFunction", "LogEventFunction"
LEAST, BOTO3 = "JwksFunction", "boto3 with one client"
"""An endpoint that does next to nothing: what the framework takes of all of them; and what is not counted."""

ADDED = 60e-3
"""Seconds of CPU that statistics may add to that."""

NOISE, START, TABLE, DOCUMENT, MODEL = 50e-6, 60e-3, 0.5, 1.5e-3, 3e6
"""Seconds of CPU of a noisy number, of a start, of one pass over a table, and of a document; bytes of a model."""


def section(stack: Stack, folder: Path, rounds: int, times: int) -> tuple[str, list[Bar]]:
    """``rounds`` fresh processes, ``times`` documents; nothing where the data is missing."""
    if not DATA.is_dir():
        return "The public sets are not beside this clone: nothing was measured.", []
    given = {"adult": str(DATA / "kanon" / "adult.csv"), "texts": redaction.texts(DATA / "pii")}
    found = measured.answer(stack, "noising", times, json.dumps(given), function=STATISTIC)
    starts = _starts(stack, folder, rounds)
    return _text(found, starts), _bars(found, starts)


def _starts(stack: Stack, folder: Path, rounds: int) -> dict[str, tuple[list[float], list[float], int]]:
    """CPU seconds of each start, until the handler is imported and until its clients are there; and modules."""
    programs: dict[str, Program] = {}
    for name, source in (("bare handler", BARE), (BOTO3, CLIENT)):
        file = folder / f"{name.replace(' ', '_')}.py"
        file.write_text(source)
        programs[name] = stack.alone(file, compiled=True)
    programs |= {name: stack.program(name) for name in (LEAST, STATISTIC, EVENT)}
    found: dict[str, tuple[list[float], list[float], int]] = {name: ([], [], 0) for name in programs}
    for number in range(rounds + 1):
        for name, program in programs.items():
            with Worker(program) as worker:
                if number:  # the first fills the file cache
                    imported, ready, _ = found[name]
                    imported.append(worker.start.imported)
                    ready.append(worker.start.ready)
                    found[name] = imported, ready, worker.start.modules
    return found


def _aside(starts: Mapping[str, tuple[list[float], list[float], int]], name: str) -> float:
    """A start with its clients, without what ``import boto3`` and one client take."""
    return median(starts[name][1]) - median(starts[BOTO3][1])


def _draw(found: Mapping[str, Any], timing: Timing) -> float:
    return mean(timing.cpu) / float(found["batch"])


def _bars(found: Mapping[str, Any], starts: Mapping[str, tuple[list[float], list[float], int]]) -> list[Bar]:
    draws = measured.timings(found["draws"])
    name, slowest = max(((name, _draw(found, timing)) for name, timing in draws.items()), key=lambda one: one[1])
    spent, least = _aside(starts, STATISTIC), _aside(starts, LEAST)
    cpu = Timing(**found["redacting"]).cpu
    passed = median(Timing(**found["anonymity"]).cpu)
    return [
        bar(slowest <= NOISE, f"a noisy number takes at most 50 µs: {slowest * 1e6:.1f} µs ({name})"),
        (
            True,
            f"{bar(spent <= START, '')[1]}the cold import of {STATISTIC} with bytecode takes at most {ms(START, 0)} ms "
            f"of CPU, boto3 aside: {ms(spent)} ms (reported, not enforced)",
        ),
        bar(
            spent - least <= ADDED,
            f"to an endpoint that does next to nothing ({LEAST}: {ms(least)} ms, of Pydantic and Powertools) it adds "
            f"at most {ms(ADDED, 0)} ms: {ms(spent - least)} ms",
        ),
        bar(
            passed <= TABLE,
            f"Adult's {found['rows']:,} rows are measured in at most {TABLE} s of CPU: {passed:.2f} s",
        ),
        bar(mean(cpu) <= DOCUMENT, f"a document takes at most 1.5 ms of CPU, on average: {ms(mean(cpu), 2)} ms"),
        bar(
            found["model"] + found["names"] <= MODEL,
            f"tagger and lists of names have at most 3 MB: {(found['model'] + found['names']) / 1e6:.2f} MB",
        ),
    ]


def _text(
    found: Mapping[str, Any],
    starts: Mapping[str, tuple[list[float], list[float], int]],
) -> str:
    draws, composed = measured.timings(found["draws"]), found["composed"]
    cells = [
        [name, f"{_draw(found, one) * 1e6:.1f}", f"{percentile(one.cpu, 99) / found['batch'] * 1e6:.1f}"]
        for name, one in draws.items()
    ]
    calibrating = max(Timing(**found["calibrating"]).cpu)
    report = found["report"]
    (diverse,) = report["sensitive"]
    started = [
        [name, str(modules), ms(median(ready) - median(starts["bare handler"][1])), ms(_aside(starts, name))]
        for name, (_, ready, modules) in starts.items()
    ]
    documents = {name: Timing(**found[key]) for name, key in (("redact", "redacting"), ("mask (rules)", "masking"))}
    number = len(found["redacting"]["cpu"])
    return "\n\n".join(
        [
            "### Noise",
            f"Microseconds of CPU a number, in batches of {found['batch']}. Calibrating Gaussian noise takes at most "
            f"{ms(calibrating)} ms more, once in a process for each ε, δ and sensitivity.",
            table(["noise", "mean", "p99 of batches"], cells),
            "### What 100 answers of ε = 0.1 cost together",
            f"At δ = 10⁻⁶; counting takes {ms(median(Timing(**found['composing']).cpu))} ms, "
            f"and of 9,000 answers of different ε {ms(median(Timing(**found['composing_many']).cpu))} ms. "
            "The basic sum is what budgets are held against.",
            table(["way of counting", "ε"], [[name, f"{value:.3f}"] for name, value in composed.items()]),
            "### Cold imports",
            "CPU milliseconds with bytecode, clients included: beyond the bare handler's, and beyond boto3's with one "
            "client.",
            table(["function", "modules", "in all", "boto3 aside"], started),
            "### A table",
            f"Adult by six quasi-identifiers: k = {report['k']}, l = {diverse['distinct_l']}, "
            f"t = {diverse['t']:.3f}, {report['unique']:,} of {report['rows']:,} rows unique. "
            f"CPU {median(Timing(**found['anonymity']).cpu):.3f} s, without reading the file.",
            "### Redaction: time",
            f"{number} documents of {found['characters'] / number:.0f} characters on average; the first call reads "
            f"tagger and lists, {ms(found['first'], 0)} ms.",
            table(["call", "number", *TIMES], [[name, str(number), *of(one)] for name, one in documents.items()]),
        ]
    )
