"""Sealing: bytes, fields, envelopes, and files to a recipient's key."""

from __future__ import annotations

from typing import Any

from benchmarks import measured
from benchmarks.stack import Stack
from benchmarks.text import TIMES, Bar, of, table


def section(stack: Stack, times: int) -> tuple[str, list[Bar]]:
    """Seal and open ``times`` of each, a tenth of the large ones, in the place of the function that exports."""
    found = measured.answer(stack, "sealing", times, function="ExportConsentFunction")
    return _text(found, times), []


def _text(found: dict[str, Any], times: int) -> str:
    rows = [[name, *of(timing)] for name, timing in measured.timings(found["timings"]).items()]
    more = ", ".join(f"{name} {count:,}" for name, count in found["more"].items())
    return "\n\n".join(
        [
            "### Sealing",
            f"{times:,} of each, {max(1, times // 10):,} of those of a MiB and more; milliseconds. Nothing of AWS is "
            f"asked. A file is sealed in segments of {found['segment'] // 1024} KiB.",
            table(["what", *TIMES], rows),
            f"Bytes more than the content: {more}.",
        ]
    )
