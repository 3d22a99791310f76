"""Under what conditions the figures were taken."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.build import COMMAND, ROOT
from benchmarks.stack import Stack


def conditions(stack: Stack, command: str, load: float) -> list[str]:
    """One line per condition; ``load`` is the load average before the first measurement."""
    lines = [
        f"Command: `{command}`",
        f"Date: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        f"Commit: {_commit()}",
        f"Machine: {_processor()}, {len(os.sched_getaffinity(0))} cores, {platform.system()} {platform.machine()}; "
        f"load average at the start {load:.2f}",
        f"Python: {_version(stack.build.python)} (functions, from the built layer), "
        f"{platform.python_version()} (driver and stand-in for AWS)",
    ]
    stale = stack.stale()
    if stale:
        lines.append(
            f"**The build is older than the sources** ({len(stale)} differ, first `{stale[0]}`); run {COMMAND}"
        )
    return lines


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
