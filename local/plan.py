"""What the one-machine stack runs, as plain data."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

ACCOUNT = "123456789012"
REGION = "eu-central-1"


@dataclass(frozen=True)
class Function:
    """One Lambda function: folders are absolute, timeout is in seconds, memory in MB."""

    name: str
    handler: str
    code: Path
    layers: tuple[Path, ...]
    timeout: int
    memory: int
    runtime: str
    role: str
    log_format: str


@dataclass(frozen=True)
class Route:
    """One route of the HTTP API; method ``ANY`` takes every method, authorizer None takes every caller."""

    method: str
    path: str
    function: str
    authorizer: str | None

    @property
    def key(self) -> str:
        """The route key as API Gateway writes it."""
        return "$default" if self.path == "$default" else f"{self.method} {self.path}"


@dataclass(frozen=True)
class Authorizer:
    """A Lambda authorizer and the headers (lower case) that must be there before it is asked."""

    function: str
    headers: tuple[str, ...]


@dataclass(frozen=True)
class Schedule:
    """One schedule of a function; its expression and input are values that the stand-in resolves."""

    name: str
    function: str
    kind: str


@dataclass(frozen=True)
class Rule:
    """One EventBridgeRule of a function; ``deploys`` if it is fired by the stack's own deployment."""

    name: str
    function: str
    deploys: bool


@dataclass(frozen=True)
class Queue:
    """One queue of which a function takes the messages; its ARN is a value that the stand-in resolves."""

    name: str
    function: str
    batch: int
    reports_failures: bool


@dataclass(frozen=True)
class Plan:
    """Everything that the stack runs; ``values`` are named expressions over ``template``."""

    functions: dict[str, Function]
    routes: tuple[Route, ...]
    authorizers: dict[str, Authorizer]
    schedules: tuple[Schedule, ...]
    rules: tuple[Rule, ...]
    queues: tuple[Queue, ...]
    template: dict[str, Any]
    parameters: dict[str, str]
    values: dict[str, Any]
