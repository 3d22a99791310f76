"""Where the import time of a function goes, from the interpreter's own ``-X importtime``."""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.process import Worker
from benchmarks.stack import Stack
from benchmarks.statistic import median

_LINE = re.compile(r"import time: +(\d+) \| +(\d+) \| ( *)(\S+)")
_OURS = "lukhas_common"


@dataclass(frozen=True, slots=True)
class Imported:
    """One module: microseconds of its own, with all that it imported, and who asked for it first."""

    name: str
    own: int
    total: int
    by: str


@dataclass(frozen=True, slots=True)
class Share:
    """What importing something costs, in milliseconds of wall time under the profiler."""

    name: str
    milliseconds: float
    modules: int


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Import time by package (each module counted once), and by what the product's own code asks for."""

    packages: list[Share]
    asked_for: list[Share]


def breakdown(stack: Stack, function: str, rounds: int) -> Breakdown:
    """Profile the imports of a function with bytecode; medians over fresh processes."""
    program = stack.program(function, flags=("-X", "importtime"))
    runs = [list(_parse(Worker(program).close())) for _ in range(rounds)]
    return Breakdown(
        _shares([_by_package(run) for run in runs]),
        _shares([_by_request(run) for run in runs]),
    )


def _parse(text: str) -> Iterator[Imported]:
    """Read the report, which names a module after all that it imported, indented by depth."""
    above: list[str] = []
    for match in reversed(list(_LINE.finditer(text))):
        own, total, indent, name = match.groups()
        depth = len(indent) // 2
        del above[depth:]
        yield Imported(name, int(own), int(total), above[-1] if above else "")
        above.append(name)


def _by_package(run: list[Imported]) -> dict[str, tuple[int, int]]:
    sums: defaultdict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for module in run:
        top = module.name.partition(".")[0]
        name = "the standard library" if top in sys.stdlib_module_names else f"`{top}`"
        own, modules = sums[name]
        sums[name] = own + module.own, modules + 1
    return dict(sums)


def _by_request(run: list[Imported]) -> dict[str, tuple[int, int]]:
    """The first step out of our own code, with everything behind it.

    What nobody asked for was imported by the handler file, which is loaded by its path, or late, while a
    client was created.
    """
    sums: dict[str, tuple[int, int]] = {}
    for index, module in enumerate(run):
        late = not module.by and module.name.partition(".")[0] not in sys.stdlib_module_names
        if module.name.startswith(_OURS) or not (late or module.by.startswith(_OURS)):
            continue
        asker = f"`{module.by}`" if module.by else "the handler or on creating a client"
        sums[f"`{module.name}`, by {asker}"] = module.total, 1 + _behind(run, index)
    return sums


def _behind(run: list[Imported], index: int) -> int:
    """How many modules a module pulled in: those that follow it and hang, at some remove, on it."""
    names = {run[index].name}
    for module in run[index + 1 :]:
        if module.by not in names:
            break
        names.add(module.name)
    return len(names) - 1


def _shares(runs: list[dict[str, tuple[int, int]]]) -> list[Share]:
    names = {name for run in runs for name in run}
    shares = [
        Share(
            name,
            median([run.get(name, (0, 0))[0] for run in runs]) / 1000,
            max(run.get(name, (0, 0))[1] for run in runs),
        )
        for name in names
    ]
    return sorted(shares, key=lambda share: -share.milliseconds)
