"""Starts and stops the stand-in from the parent's side."""

import contextlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.plan import ACCOUNT, REGION, Plan

ROOT = Path(__file__).resolve().parent.parent
STACK = "lukhas-local"


@dataclass(frozen=True)
class Resolved:
    """What the stand-in made of a plan: its address, the plan's values, credentials per role and admin's.

    ``stack`` has the ``id`` of the stack and its ``status``, as CloudFormation names them.
    """

    url: str
    values: dict[str, Any]
    credentials: dict[str, dict[str, str]]
    admin: dict[str, str]
    stack: dict[str, str] = field(default_factory=dict)

    def environment(self, function: str) -> dict[str, str]:
        """The variables that template.yaml gives a function, resolved."""
        prefix = f"environment/{function}/"
        return {name.removeprefix(prefix): text(v) for name, v in self.values.items() if name.startswith(prefix)}


def text(value: Any) -> str:
    """Write a resolved value as CloudFormation writes it into a variable."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)


def clean_environment() -> dict[str, str]:
    """What a child of the stack inherits from the shell: the path, and coverage's own variables."""
    names = [name for name in os.environ if name in ("PATH", "LD_LIBRARY_PATH") or name.startswith("COVERAGE_")]
    # A child without HOME still finds ~/.aws through the password file; these two end that.
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return {**{name: os.environ[name] for name in names}, "LANG": "en_US.UTF-8", **nowhere}


class StandIn:
    """The stand-in's process; it ends when this object is closed, or when this process dies."""

    def __init__(self, state: Path | None, fresh: bool = False, host: str = "127.0.0.1", port: int = 0) -> None:
        """Start the process; ``state`` is the file to keep, None keeps nothing."""
        command = [sys.executable, "-m", "local.standin", "--host", host, "--port", str(port)]
        command += ["--state", str(state)] if state else []
        command += ["--fresh"] if fresh else []
        environment = {**clean_environment(), "AWS_DEFAULT_REGION": REGION}
        if os.environ.get("STANDIN_UNMEASURED"):  # most of it is moto, which coverage slows down for nothing
            environment = {name: value for name, value in environment.items() if not name.startswith("COVERAGE_")}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(  # noqa: S603 - this very package
            command, stdin=pipe, stdout=pipe, cwd=ROOT, env=environment
        )

    def make(self, plan: Plan) -> Resolved:
        """Have the resources of the plan made.

        Raises:
            RuntimeError: The stand-in ended instead; it said why on stderr.
        """
        request = {
            "stack": STACK,
            "account": ACCOUNT,
            "region": REGION,
            "template": plan.template,
            "parameters": plan.parameters,
            "values": plan.values,
            "roles": sorted({function.role for function in plan.functions.values()}),
        }
        ask, answer = self.process.stdin, self.process.stdout
        if ask is None or answer is None:
            raise RuntimeError("The stand-in has no pipes.")
        with contextlib.suppress(BrokenPipeError):
            ask.write(json.dumps(request, default=str).encode() + b"\n")
            ask.flush()
        line = answer.readline()
        if not line:
            self.close()
            raise RuntimeError("The stand-in for AWS did not start.")
        return Resolved(**json.loads(line))

    def close(self, wait: float = 20.0) -> None:
        """End the process; it has ``wait`` seconds to save its state."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        try:
            self.process.wait(wait)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
