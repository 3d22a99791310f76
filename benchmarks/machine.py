"""Under what conditions the figures were taken."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.build import COMMAND, ROOT
from benchmarks.stack import Stack


def conditions(stack: Stack, command: str, load: float) -> str:
    """In one paragraph; ``load`` is the load average before the first measurement."""
    text = (
        f"`{command}`, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, at commit {_commit()}. {_processor()}, "
        f"{len(os.sched_getaffinity(0))} cores, {platform.system()} {platform.machine()}, load average {load:.2f} at "
        f"the start; Python {_version(stack.build.python)} for the functions, from the built layers, "
        f"{platform.python_version()} for the driver and the stand-in for AWS."
    )
    stale = stack.stale()
    if stale:
        text += f" **The build is older than the sources** ({len(stale)} differ, first `{stale[0]}`); run {COMMAND}."
    return text


def load_average() -> float:
    """Processes that wanted to run, on average over the last minute."""
    return os.getloadavg()[0]


def _commit() -> str:
    commit = _output("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD")
    changed = _output("git", "-C", str(ROOT), "status", "--porcelain", "--", "layers", "functions", "template.yaml")
    return f"`{commit}`{', with uncommitted changes in the measured code' if changed else ''}"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown processor"


def _version(python: Path) -> str:
    return _output(str(python), "-c", "import platform; print(platform.python_version())")


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
