"""Runs the programs of ``inside`` on the interpreter and the built layer that are measured."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from benchmarks.build import ROOT
from benchmarks.stack import Stack
from benchmarks.statistic import Timing


def answer(stack: Stack, module: str, times: int, given: str = "", *, function: str = "") -> Any:
    """What a module of ``inside`` answers. The in-memory ports of the tests are in its path, behind the layers.

    Args:
        function: in whose place it runs, with its layers, variables and role; the authorizer's if it is left out.
    """
    program = stack.program(function or stack.authorizer)
    variables = program.variables()
    variables |= {"PYTHONPATH": f"{variables['PYTHONPATH']}:{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(program.python), "-S", "-P", "-m", f"benchmarks.inside.{module}", str(times)]
    done = subprocess.run(command, env=variables, input=given, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def timings(figures: dict[str, Any]) -> dict[str, Timing]:
    """The timings in an answer."""
    return {name: Timing(**timing) for name, timing in figures.items()}
