"""What is measured: the functions of template.yaml, against the embedded AWS of the one-machine stack."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.build import COMMAND, LAYER, LAYERS, ROOT, Build, NotBuilt
from benchmarks.events import ORIGIN
from benchmarks.process import Program
from local.embedded import Resolved, StandIn
from local.plan import REGION, Plan
from local.template import read

NOT_CLIENTS = ("bedrock", "logs", "sqs", "tag")
"""What a role may call without a client of the function's own, or with one that it seldom makes."""

SOURCES = (".py", ".json", ".cedar", ".cedarschema")

PARAMETERS = {"Issuer": ORIGIN}
"""An issuer that is a URL, because only such a one has metadata."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A build, the plan that template.yaml makes of it, and where its resources are."""

    build: Build
    plan: Plan
    resolved: Resolved

    @property
    def functions(self) -> list[str]:
        """The authorizer first, because every request passes it."""
        authorizers = [authorizer.function for authorizer in self.plan.authorizers.values()]
        return [*authorizers, *sorted(name for name in self.plan.functions if name not in authorizers)]

    @property
    def authorizer(self) -> str:
        return self.functions[0]

    def stale(self) -> list[str]:
        """Source files that differ from what was built of them."""
        built = self.build.plain
        folders = {function.code: built / name for name, function in self.plan.functions.items()}
        folders[ROOT / "layers" / "lukhas_common" / "lukhas_common"] = built / LAYER / "python" / "lukhas_common"
        return sorted(
            str(file.relative_to(ROOT))
            for source, target in folders.items()
            for file in source.rglob("*")
            if file.suffix in SOURCES and not _same(file, target / file.relative_to(source))
        )

    def route(self, function: str) -> str | None:
        """The route key of a function; None for one that no route leads to."""
        return next((route.key for route in self.plan.routes if route.function == function), None)

    def program(self, function: str, *, compiled: bool = True, flags: tuple[str, ...] = ()) -> Program:
        """A function as a worker runs it, with its own role's credentials and variables."""
        planned = self.plan.functions[function]
        folders = self.build.folders(function, planned.layers, compiled=compiled)
        environment = {
            **self.resolved.environment(function),
            **self.resolved.credentials[planned.role],
            "AWS_ENDPOINT_URL": self.resolved.url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "RATE_LIMIT": "1000000",
            # One write a minute and process, which would fall into some runs and not into others.
            "HEARTBEAT_SECONDS": "0",
        }
        if not compiled:
            environment["PYTHONDONTWRITEBYTECODE"] = "1"
        handler = folders[0] / f"{planned.handler.rpartition('.')[0].replace('.', '/')}.py"
        return Program(self.build.python, folders, handler, self._services(planned.role), environment, flags)

    def alone(self, handler: Path, *, compiled: bool) -> Program:
        """A handler file in the authorizer's place."""
        return replace(self.program(self.authorizer, compiled=compiled), handler=handler, services=())

    def _services(self, role: str) -> tuple[str, ...]:
        """The services that a role may call, and so those whose clients its function makes."""
        resources = self.plan.template["Resources"]
        own: list[dict[str, Any]] = resources[role]["Properties"].get("Policies", [])
        attached = [arn["Ref"] for arn in resources[role]["Properties"].get("ManagedPolicyArns", []) if "Ref" in arn]
        actions: list[str] = []
        for policy in [*own, *(resources[name]["Properties"] for name in attached)]:
            statements = policy["PolicyDocument"]["Statement"]
            for statement in statements if isinstance(statements, list) else [statements]:
                action = statement["Action"]
                actions += [action] if isinstance(action, str) else action
        services = dict.fromkeys(action.partition(":")[0] for action in actions)
        return tuple(service for service in services if service not in NOT_CLIENTS)


@contextmanager
def started(build: Build, **parameters: str) -> Iterator[Stack]:
    """Start the embedded AWS with the template's resources, nothing kept; it ends with the block.

    Args:
        parameters: of the template.

    Raises:
        NotBuilt: the template has a function or layer that the build does not have.
    """
    plan = _plan()
    plan = replace(plan, parameters={**plan.parameters, **PARAMETERS, **parameters})
    for name in (*plan.functions, *LAYERS.values()):
        if not (build.compiled / name).is_dir():
            raise NotBuilt(f"{name} is not in the build. Run: {COMMAND}")
    embedded = StandIn(None, fresh=True)
    try:
        yield Stack(build, plan, embedded.make(plan))
    finally:
        embedded.close()


@cache
def _plan() -> Plan:
    return read(ROOT / "template.yaml")


def _same(file: Path, built: Path) -> bool:
    return built.exists() and built.read_bytes() == file.read_bytes()
