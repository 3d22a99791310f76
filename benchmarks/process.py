"""A worker process, seen from its parent."""

from __future__ import annotations

import contextlib
import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from local.embedded import clean_environment

WORKER = Path(__file__).with_name("worker.py")
BARE = "def handler(event, context): return {}\n"
CLIENT = f"import boto3\nboto3.client('dynamodb')\n{BARE}"

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Program:
    """What a worker runs: an interpreter, the folders it imports from, a handler file, its surroundings.

    Attributes:
        services: the AWS services whose clients the function's first request needs.
        flags: further flags of the interpreter.
    """

    python: Path
    folders: tuple[Path, ...]
    handler: Path
    services: tuple[str, ...]
    environment: dict[str, str]
    flags: tuple[str, ...] = ()

    def command(self) -> list[str]:
        """Without site-packages (-S): the built layer is all there is. -P keeps this package out of the path."""
        task = {"path": str(self.handler), "services": self.services}
        return [str(self.python), "-S", "-P", *self.flags, str(WORKER), json.dumps(task)]

    def variables(self) -> dict[str, str]:
        return {**clean_environment(), **self.environment, "PYTHONPATH": ":".join(map(str, self.folders))}


@dataclass(frozen=True, slots=True)
class Start:
    """What starting cost. CPU times are in seconds since the process began, the interpreter included."""

    imported: float
    ready: float
    modules: int
    uncompiled: dict[str, int]


@dataclass(frozen=True, slots=True)
class Reply:
    """One event's answer, what it cost in seconds, and the AWS calls that were sent for it.

    Attributes:
        aws: the CPU that was spent within the calls of boto3's clients.
    """

    answer: dict[str, Any]
    wall: float
    cpu: float
    aws: float
    calls: tuple[str, ...]


class Worker:
    """A started worker; it ends when it is closed, or when this process does."""

    def __init__(self, program: Program) -> None:
        """Start the process and wait until the function is ready.

        Raises:
            RuntimeError: the function cannot be imported; the message holds what it said.
        """
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with the process
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            program.command(), stdin=pipe, stdout=pipe, stderr=self._errors, env=program.variables(), text=True
        )
        self.start = Start(**self._read())

    def ask(self, event: Event) -> Reply:
        """Have one event answered."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(event) + "\n")
        self._process.stdin.flush()
        reply = self._read()
        return Reply(**{**reply, "calls": tuple(reply["calls"])})

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            raise RuntimeError(f"the function ended: {self._said()[-2000:]}")
        value: dict[str, Any] = json.loads(line)
        return value

    def _said(self) -> str:
        self._errors.seek(0)
        return self._errors.read()

    def close(self) -> str:
        """End the process; answers what it wrote to stderr."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        self._process.wait()
        said = self._said()
        self._errors.close()
        return said

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
