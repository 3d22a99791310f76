"""Enforcing consent, deciding by policy, the gate, and grants."""

from __future__ import annotations

from benchmarks import measured
from benchmarks.sections.ledger import TRIES
from benchmarks.sequencer import listed
from benchmarks.stack import Stack
from benchmarks.statistic import Timing, median, percentile
from benchmarks.text import TIMES, Bar, bar, ms, of, table
from benchmarks.traffic_consent import GRANT

TRIPS_BAR = 1
"""AWS round trips of enforce_scope, with the data key held."""

ENFORCE_BAR = 0.0005
"""CPU seconds of enforce_scope on memory; median."""

DECIDE_BAR = 0.00015
"""CPU seconds of a decision by the policies; median."""

Figures = dict[str, dict[str, Timing]]


def section(stack: Stack, times: int) -> tuple[str, list[Bar]]:
    """Everything ``times`` times."""
    calls: dict[str, dict[str, int]] = measured.answer(stack, "calls", TRIES, function=GRANT)["calls"]
    answered = measured.answer(stack, "deciding", times, function=GRANT)
    figures = {part: measured.timings(found) for part, found in answered.items()}
    return _text(calls, figures, times), _bars(calls, figures)


def _bars(calls: dict[str, dict[str, int]], figures: Figures) -> list[Bar]:
    warm, cold = calls["enforce_scope"], calls["enforce_scope, data key not held"]
    enforced = next(iter(figures["consent"].values()))
    decided = figures["policy"]["decisions.decide"]
    return [
        bar(
            sum(warm.values()) <= TRIPS_BAR,
            f"enforce_scope makes at most {TRIPS_BAR} AWS round trip with the person's data key held: {listed(warm)}; "
            f"without it {sum(cold.values()) - sum(warm.values())} more: {listed(cold)}",
        ),
        bar(
            median(enforced.cpu) <= ENFORCE_BAR,
            f"it takes at most {ms(ENFORCE_BAR)} ms of CPU on memory (p50), where 20 grants stand: "
            f"{ms(median(enforced.cpu), 3)} (p99 {ms(percentile(enforced.cpu, 99), 3)})",
        ),
        bar(
            median(decided.cpu) <= DECIDE_BAR,
            f"the policies decide in at most {ms(DECIDE_BAR, 2)} ms of CPU (p50): {ms(median(decided.cpu), 3)} "
            f"(p99 {ms(percentile(decided.cpu, 99), 3)})",
        ),
    ]


def _text(calls: dict[str, dict[str, int]], figures: Figures, times: int) -> str:
    gate = figures["gate"]
    whole = sum(gate["the same, watched"].cpu)
    parts = {
        name.removeprefix("of it "): sum(timing.cpu[-times:]) / whole
        for name, timing in gate.items()
        if name.startswith("of it ")
    }
    shares = ", ".join(f"{name} {share:.0%}" for name, share in parts.items())
    asked = [[name, listed(found), str(sum(found.values()))] for name, found in calls.items() if "append" not in name]
    return "\n\n".join(
        [
            "### Consent, policy and the gate",
            f"On memory, {times} times each on one core, with the person's data key held; milliseconds. The parts of "
            "the gate are watched while it works, which itself costs some.",
            table(["what", *TIMES], _rows(figures["consent"]) + _rows(figures["policy"]) + _rows(gate)),
            f"Of the gate's CPU for an assistant, {shares} and {1 - sum(parts.values()):.0%} for all else. `append` is "
            "the canonical record, its commitment, the seal and the chain.",
            "### Granting",
            "A grant on memory is read, recorded (ISO/IEC TS 27560), appended under a data key that is read anew, and "
            "answered with a receipt, whose Ed25519 key is in this process; milliseconds.",
            table(["what", *TIMES], _rows(figures["granting"])),
            "### AWS calls of consent and the gate",
            f"Counted when they are sent to the stand-in, most of {TRIES} times each; the data key is held unless it "
            "says otherwise.",
            table(["what", "calls", "in all"], asked),
        ]
    )


def _rows(figures: dict[str, Timing]) -> list[list[str]]:
    return [[name, *of(timing)] for name, timing in figures.items()]
