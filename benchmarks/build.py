"""The finished ``sam build``, copied twice: as it is deployed, and without its bytecode."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / ".aws-sam" / "build"
LAYER = "CommonLayer"
LAYERS = {"lukhas_common": LAYER, "policy": "PolicyLayer", "memory": "MemoryLayer"}
"""The layers in the build, by the folder that each is built from."""

ARCHITECTURE = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
COMMAND = f"make build ARCH={ARCHITECTURE}"


class NotBuilt(Exception):
    """There is nothing to measure; the message says what to run."""


@dataclass(frozen=True, slots=True)
class Build:
    """A private copy, so that a build made meanwhile changes nothing.

    Attributes:
        compiled: the folder with the bytecode that is deployed.
        plain: the same without any.
    """

    python: Path
    compiled: Path
    plain: Path

    def folders(self, function: str, layers: Iterable[Path], *, compiled: bool) -> tuple[Path, ...]:
        """Where a function imports from: its own folder, then its layers, which are named by their sources."""
        base = self.compiled if compiled else self.plain
        return base / function, *(base / LAYERS[layer.name] / "python" for layer in layers)


def copied(into: Path) -> Build:
    """Copy the build into a folder.

    Raises:
        NotBuilt: there is no build that runs on this machine, or no Python 3.13.
    """
    layer = BUILD / LAYER / "python"
    if not layer.is_dir():
        raise NotBuilt(f"There is no build. Run: {COMMAND}")
    machine = "aarch64" if ARCHITECTURE == "arm64" else "x86_64"
    if not any(layer.glob(f"*-{machine}-*.so")):
        raise NotBuilt(f"The build is for another processor. Run: {COMMAND}")
    if not any(layer.glob("lukhas_common/__pycache__/*.cpython-313.pyc")):
        raise NotBuilt(f"The build holds no bytecode of Python 3.13. Run: {COMMAND}")
    compiled, plain = into / "compiled", into / "plain"
    shutil.copytree(BUILD, compiled)
    shutil.copytree(compiled, plain, ignore=shutil.ignore_patterns("__pycache__"))
    return Build(_python313(), compiled, plain)


def _python313() -> Path:
    named = os.environ.get("PYTHON313")
    installed = sorted(Path.home().glob(".pyenv/versions/3.13*/bin/python3.13"))
    found = named or (str(installed[0]) if installed else shutil.which("python3.13"))
    if not found:
        raise NotBuilt("Python 3.13 is needed. Set PYTHON313=/path/to/python3.13")
    return Path(found)
