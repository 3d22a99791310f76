"""One worker process, seen from its parent."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any, TextIO

from local.plan import Function

LONGEST_LINE = 64 * 1024 * 1024  # bytes; an answer has at most 6 MB, which JSON escapes may make longer
INIT = 10.0  # seconds that Lambda gives a function to be imported


class InvocationError(Exception):
    """The function raised, crashed or could not be imported; its log says more."""


class InvocationTimeout(InvocationError):
    """The function took longer than template.yaml allows it, and was killed."""


class Worker:
    """One process that runs one function, one event at a time."""

    def __init__(self, function: Function, environment: dict[str, str], log: TextIO) -> None:
        """Describe the process; ``start`` starts it."""
        self._function, self._environment, self._log = function, environment, log
        self.stamp: object = None

    async def start(self) -> None:
        """Start the process and wait until its code is imported.

        Raises:
            InvocationError: The code cannot be imported, or takes longer than Lambda allows.
        """
        function = self._function
        ours, theirs = socket.socketpair()
        folders = [str(function.code), *map(str, function.layers)]
        start = json.dumps({"handler": function.handler, "path": folders})
        worker = str(Path(__file__).with_name("worker.py"))
        try:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", worker, start, str(theirs.fileno())),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                pass_fds=[theirs.fileno()],
                cwd=function.code,
                env=self._environment,
                start_new_session=True,  # Ctrl-C is for the parent
                limit=LONGEST_LINE,
            )
        except OSError as error:
            ours.close()
            raise InvocationError(f"{function.name} cannot be started: {error}") from error
        finally:
            theirs.close()
        self._reader, self._writer = await asyncio.open_connection(sock=ours, limit=LONGEST_LINE)
        self._copying = asyncio.create_task(self._copy_log())
        try:
            await self._answer(INIT)
        except asyncio.CancelledError:
            await self.close(kill=True)
            raise

    async def invoke(self, event: Any, request_id: str) -> Any:
        """Run one event and return the function's result.

        Raises:
            InvocationTimeout: It took too long; the process is dead.
            InvocationError: It raised (the process lives on) or crashed.
        """
        seconds = self._function.timeout
        message = {"event": event, "request_id": request_id, "seconds": seconds}
        try:
            self._writer.write(json.dumps(message).encode() + b"\n")
            await self._writer.drain()
        except ConnectionError as error:
            raise InvocationError(f"{self._function.name} ended between two events") from error
        answer = await self._answer(seconds)
        if "error" in answer:
            raise InvocationError(f"{self._function.name} raised {answer['error']['errorType']}")
        return answer["result"]

    async def _answer(self, seconds: float) -> dict[str, Any]:
        try:
            async with asyncio.timeout(seconds):
                line = await self._reader.readline()
        except TimeoutError:
            await self.close(kill=True)
            self.say(f"Task timed out after {seconds:.2f} seconds")
            raise InvocationTimeout(f"{self._function.name} timed out after {seconds} s") from None
        except (ConnectionError, ValueError):
            line = b""
        if not line.endswith(b"\n"):
            await self.close(kill=True)
            raise InvocationError(f"{self._function.name} crashed")
        answer: dict[str, Any] = json.loads(line)
        return answer

    @property
    def alive(self) -> bool:
        """Whether the process can take another event."""
        return self._process.returncode is None and not self._writer.is_closing()

    def say(self, text: str) -> None:
        """Write one line to the log under the function's name."""
        self._log.write(f"[{self._function.name}] {text}\n")
        self._log.flush()

    async def _copy_log(self) -> None:
        output = self._process.stdout
        while output and (line := await output.readline()):
            self.say(line.decode(errors="replace").rstrip("\n"))

    async def close(self, kill: bool = False, wait: float = 2.0) -> None:
        """End the process, at once or after it had ``wait`` seconds; whatever it started ends with it."""
        self._writer.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0 if kill else wait):
                await self._process.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        await self._copying
