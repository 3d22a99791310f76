"""Cold starts: what a function costs before its first event, and that event, in fresh processes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.process import BARE, CLIENT, Program, Reply, Start, Worker
from benchmarks.stack import Stack
from benchmarks.statistic import median, percentile
from benchmarks.traffic import Traffic

BARE_NAME, CLIENT_NAME = "bare handler", "boto3 with one client"
OWN_FILES = {BARE_NAME: BARE, CLIENT_NAME: CLIENT}
"""What is measured beside the functions, for comparison."""


@dataclass(slots=True)
class Runs:
    """Fresh processes of one function, with or without bytecode. Times in CPU seconds."""

    starts: list[Start] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)

    def imported(self, bare: Runs) -> float:
        """Importing the handler module, beyond the bare handler; median."""
        return median([start.imported for start in self.starts]) - bare.floor

    def cold(self, bare: Runs, percent: float = 50) -> float:
        """Importing the handler module and creating its clients, beyond the bare handler."""
        return percentile([start.ready for start in self.starts], percent) - bare.floor

    def first(self) -> float | None:
        """Answering the first event; median."""
        return median([reply.cpu for reply in self.replies]) if self.replies else None

    @property
    def floor(self) -> float:
        return median([start.ready for start in self.starts])

    @property
    def modules(self) -> int:
        return max(start.modules for start in self.starts)


@dataclass(frozen=True, slots=True)
class Cold:
    """All runs, by function and by whether bytecode was there."""

    rounds: int
    runs: dict[tuple[str, bool], Runs]

    def of(self, function: str, compiled: bool) -> Runs:
        return self.runs[function, compiled]

    @property
    def costliest(self) -> str:
        """The function whose cold import costs most with bytecode."""
        return max((name for name, _ in self.runs), key=self.cold)

    def cold(self, name: str) -> float:
        """Cold import with bytecode; median."""
        return self.of(name, True).cold(self.of(BARE_NAME, True))

    def ratio(self, function: str) -> float:
        """Cold import with bytecode, as a part of the one without."""
        with_bytecode, without = (
            self.of(function, compiled).cold(self.of(BARE_NAME, compiled)) for compiled in (True, False)
        )
        return with_bytecode / without


def measure(stack: Stack, traffic: Traffic, folder: Path, rounds: int) -> Cold:
    """Start everything in turn, so that a noisy minute falls on all alike.

    Raises:
        RuntimeError: bytecode is missing where it should be, or there where it should not.
    """
    files = {name: folder / f"{number}.py" for number, name in enumerate(OWN_FILES)}
    for name, file in files.items():
        file.write_text(OWN_FILES[name])
    runs: defaultdict[tuple[str, bool], Runs] = defaultdict(Runs)
    for number in range(rounds + 1):  # the first fills the file cache and the interpreter's own bytecode
        for name in (*files, *stack.functions):
            for compiled in (True, False):
                program = (
                    stack.alone(files[name], compiled=compiled)
                    if name in files
                    else stack.program(name, compiled=compiled)
                )
                start, reply = _once(program, name, traffic)
                if number == 0:
                    continue
                _check(name, start, compiled)
                runs[name, compiled].starts.append(start)
                if reply is not None:
                    runs[name, compiled].replies.append(reply)
    return Cold(rounds, dict(runs))


def _once(program: Program, name: str, traffic: Traffic) -> tuple[Start, Reply | None]:
    event = traffic.next(name) if traffic.knows(name) else None
    with Worker(program) as worker:
        if event is None:
            return worker.start, None
        reply = worker.ask(event)
        traffic.answered(name, reply.answer)
        return worker.start, reply


def _check(name: str, start: Start, compiled: bool) -> None:
    missing = start.uncompiled
    if missing["stdlib"]:
        raise RuntimeError(f"{missing['stdlib']} modules of the standard library have no bytecode and cannot get any")
    if name in OWN_FILES:  # a file that was just written may have none either way
        return
    if compiled is bool(missing["other"]):
        raise RuntimeError(f"{name}: {missing['other']} modules without bytecode, compiled is {compiled}")
