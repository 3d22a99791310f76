"""What it costs to refuse hostile tokens."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks import measured
from benchmarks.stack import Stack
from benchmarks.statistic import median, percentile
from benchmarks.text import Bar, bar, ms, table

BAR = 0.002
"""CPU seconds that no refusal takes."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One attack, with the CPU seconds of each try."""

    kind: str
    name: str
    cpu: list[float]

    @property
    def most(self) -> float:
        return max(self.cpu)

    def cells(self) -> list[str]:
        times = [median(self.cpu), percentile(self.cpu, 99), self.most]
        return [self.name, *(ms(seconds, 2) for seconds in times), str(len(self.cpu))]


def section(stack: Stack, times: int) -> tuple[str, list[Bar]]:
    """Try every attack ``times`` times."""
    attacks = [Tried(**attack) for attack in measured.answer(stack, "hostile", times)["attacks"]]
    attacks.sort(key=lambda attack: -attack.most)
    over = [attack for attack in attacks if attack.most > BAR]
    worst = attacks[0]
    met = bar(
        not over,
        f"refusing a hostile token costs at most {ms(BAR)} ms of CPU: {len(over)} of {len(attacks)} attacks cost "
        f"more; the worst is {worst.kind}, {worst.name}: {ms(worst.most, 2)} ms",
    )
    kinds = dict.fromkeys(attack.kind for attack in sorted(attacks, key=lambda attack: attack.kind))
    groups = {kind: [attack for attack in attacks if attack.kind == kind] for kind in kinds}
    heads = ["p50", "p99", "most", "tries"]
    text = [
        "### Hostile tokens",
        f"Through `StrictAuth.dispatch` on memory, audit line included, on one core: {len(attacks)} attacks, up to "
        f"{times} times each (fewer where they took a second together). CPU milliseconds; of each kind the worst.",
        table(
            ["kind", "attacks", "the worst", *heads],
            [[kind, str(len(group)), *group[0].cells()] for kind, group in groups.items()],
        ),
    ]
    if over:
        rows = [[attack.kind, *attack.cells()] for attack in over]
        text += ["Over the bar:", table(["kind", "attack", *heads], rows)]
    return "\n\n".join(text), [met]
