"""Entries of the violation log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from lukhas_common.guardian.constitution.engine import Critique, Flaw
from lukhas_common.times import rfc3339

KEPT = 10_000
"""Entries of the log that are kept, the newest."""


def entries(
    operation: str,
    where: str,
    text_hash: str,
    critique: Critique,
    flaws: Iterable[Flaw],
    outcome: str,
    now: float,
) -> Iterator[dict[str, Any]]:
    """An entry for each flaw, and one for a text that could not be judged; none for a text that is clean."""
    common: dict[str, Any] = {
        "time": rfc3339(now),
        "operation": operation,
        "where": where,
        "outcome": outcome,
        "text_hash": text_hash,
        "length": critique.coverage.length,
        "score": round(critique.score, 6),
        "tier": critique.tier.value,
        "engine": critique.engine,
        "fallback": critique.fallback,
        "reasons": list(critique.coverage.reasons),
    }
    for flaw in flaws:
        yield common | {
            "principle": flaw.principle,
            "rule": flaw.rule,
            "span": [flaw.start, flaw.end],
            "severity": round(flaw.severity, 6),
            "remedy": flaw.remedy.value,
        }
    if not critique.coverage.judged:
        yield common | {"principle": "", "rule": "coverage", "span": [], "severity": 0.0, "remedy": "none"}


def keep(log: list[dict[str, Any]], new: Iterable[dict[str, Any]]) -> None:
    """Append to the log, and let its oldest entries go."""
    log.extend(new)
    del log[:-KEPT]


def hashed(text: str, digest: Callable[[bytes], str]) -> str:
    """A hash of a text, lone surrogates included."""
    return digest(text.encode("utf-8", "surrogatepass"))
