"""A one-machine stack in its own process, and small ways to talk to it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
FIXTURE = ROOT / "tests" / "fixtures" / "local"


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes
    cookies: list[str]

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Stack:
    """A running stack; ``ready`` holds its address and the environment of every function."""

    process: subprocess.Popen[bytes]
    ready: dict[str, Any]
    log: Path

    @property
    def url(self) -> str:
        return str(self.ready["url"])

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def request(self, method: str, path: str, body: bytes | str | None = None, **headers: str) -> Reply:
        """Send one request; underscores in header names become hyphens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            response = connection.getresponse()
            cookies = response.headers.get_all("set-cookie") or []
            fields = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, fields, response.read(), cookies)
        finally:
            connection.close()

    def post(self, path: str, body: Any, **headers: str) -> Reply:
        """Send one JSON body."""
        return self.request("POST", path, json.dumps(body), content_type="application/json", **headers)

    def aws(self, service: str, operation: str, **arguments: Any) -> str:
        """Have TableFunction call AWS under its own role: "allowed" or the error's code."""
        call = {"service": service, "operation": operation, "arguments": arguments}
        return self.post("/table", call).body.decode()

    def stop(self) -> int:
        """End it as Ctrl-C does; the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(15)


def start(tmp: Path, template: Path, *options: str) -> Stack:
    """Start a stack on a free port and wait until it takes requests."""
    ready, log = tmp / f"ready-{time.monotonic_ns()}.json", tmp / "log"
    command = [sys.executable, "-m", "local", "--port", "0", "--template", str(template), "--ready-file", str(ready)]
    environment = {**os.environ, "DEVELOPERS_SECRET": "must not reach a function", "HOME": str(tmp)}
    if template != FIXTURE / "template.yaml":
        # tests/unit/local measures its coverage; in all other tests each request would take twice as long.
        environment["STANDIN_UNMEASURED"] = "1"
    with log.open("ab") as file:
        process = subprocess.Popen([*command, *options], cwd=ROOT, stdout=file, stderr=file, env=environment)
    until = time.monotonic() + 60
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > until:
            process.kill()
            process.wait()
            pytest.fail(f"the stack did not start:\n{log.read_text()}")
        time.sleep(0.05)
    return Stack(process, json.loads(ready.read_text()), log)
