"""Tokens as a library makes and reads them."""

from __future__ import annotations

from typing import Any

from benchmarks import measured
from benchmarks.stack import Stack
from benchmarks.statistic import Timing, percentile
from benchmarks.text import TIMES, Bar, bar, ms, of, table

GENERATION_BAR = 0.005
"""CPU seconds to make a QRG token; p99. Nothing is waited for, so on a core of its own that is the time it takes."""

VERIFICATION_BAR = 0.001
"""CPU seconds to verify one; p99."""

DEFAULT = "ML-DSA-44"
"""The algorithm of ``QRGConfig()``."""

BUDGET = 10_240
"""Bytes of request line and headers that an HTTP API takes."""

HEADER = "authorization: Bearer \r\n"
HANDLE = "QRG token, handle"


def section(stack: Stack, times: int) -> tuple[str, list[Bar]]:
    """Make and read ``times`` tokens of each kind."""
    answered = measured.answer(stack, "tokens", times)
    return _text(answered, times), _bars(answered["qrg"][DEFAULT]["figures"])


def _bars(raw: dict[str, Any]) -> list[Bar]:
    figures = measured.timings(raw)
    return [
        _slowest(
            f"making a QRG token, checked by the other implementation, takes at most {ms(GENERATION_BAR)} ms of CPU on "
            "one core (p99, local key)",
            {name: figures[name] for name in ("generate", "rotate")},
            GENERATION_BAR,
        ),
        _slowest(
            f"verifying one takes at most {ms(VERIFICATION_BAR)} ms of CPU (p99)",
            {name: figures[name] for name in ("verify long form", "verify handle")},
            VERIFICATION_BAR,
        ),
    ]


def _slowest(text: str, timings: dict[str, Timing], most: float) -> Bar:
    """A bar on the 99th percentile of all of these."""
    found = {name: (percentile(timing.cpu, 99), percentile(timing.wall, 99)) for name, timing in timings.items()}
    said = ", ".join(f"{name} {ms(cpu, 2)} (wall time {ms(wall, 2)})" for name, (cpu, wall) in found.items())
    return bar(max(cpu for cpu, _ in found.values()) <= most, f"{text}: {said}")


def _text(answered: dict[str, Any], times: int) -> str:
    operations = [
        [f"{kind} {algorithm}: {name}", *of(timing)]
        for kind, group in (("QRG", answered["qrg"]), ("access token", answered["access"]))
        for algorithm, found in group.items()
        for name, timing in measured.timings(found["figures"]).items()
    ]
    signatures = [
        [f"{algorithm}: {name}", *of(timing)]
        for algorithm, figures in answered["bare"].items()
        for name, timing in measured.timings(figures).items()
    ]
    sizes = {f"access token, {algorithm}": found["characters"] for algorithm, found in answered["access"].items()}
    sizes |= {f"QRG token, {algorithm}": found["characters"] for algorithm, found in answered["qrg"].items()}
    sizes |= {HANDLE: answered["qrg"][DEFAULT]["handle"]}
    return "\n\n".join(
        [
            "### Tokens as a library",
            f"`QRGGenerator(QRGConfig(algorithm=…))` and access tokens with a key in this process and all else in "
            f"memory, {times} different tokens each, on one core; milliseconds.",
            table(["what", *TIMES], operations),
            "### Signatures alone",
            "Over 256 bytes; milliseconds.",
            table(["what", *TIMES], signatures),
            "### Sizes",
            f"An HTTP API takes {BUDGET:,} bytes of request line and headers together.",
            table(["token", "characters", "left for other headers"], [_size(*size) for size in sizes.items()]),
        ]
    )


def _size(name: str, characters: int) -> list[str]:
    return [name, f"{characters:,}", f"{BUDGET - characters - len(HEADER):,}"]
